"""Accounts of the people of the house, and codes on paper: made by the command line alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from infra.auth.annonces import Fait
from infra.auth.comptes import Compte, Identite
from infra.auth.defis import UsageLettre
from infra.auth.outils import Outils
from infra.auth.roles import Role
from infra.mail.contents import CourrielInvalide, address
from infra.postgres.sql import statements

HOUSE_ROLES = (Role.AUDITEUR, Role.ASSIA, Role.EXPLOITANT)
_SQL = statements("infra.auth", "maison.sql")


class CompteImpossible(Exception):
    """An account cannot be made or changed so; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompteMaison:
    """An account of the house as it is listed."""

    id: UUID
    role: Role
    email: str
    is_active: bool
    has_second_factor: bool
    is_blocked: bool
    is_closed: bool
    cree_at: datetime


class Maison:
    """Makes, lists and closes accounts; writes links and letters."""

    def __init__(self, outils: Outils) -> None:
        self._outils = outils

    def create(self, role: Role, email: str) -> str:
        """A new account; returns its one-use link. Raises CompteImpossible."""
        if role not in HOUSE_ROLES:
            raise CompteImpossible(f"Le rôle {role.value} n'a pas de compte de la maison.")
        outils = self._outils
        identite = Identite(email=_address(email))
        with outils.transaction() as cursor:
            now = outils.clock()
            if outils.comptes.find(cursor, identite) is not None:
                raise CompteImpossible("Cette adresse a déjà un compte ; « compte lien » en refait le lien.")
            compte = outils.comptes.create(cursor, identite, role=role, sujet=None, now=now)
            return self._link(outils.defis.write_letter(cursor, compte.id, UsageLettre.LIEN, now=now))

    def link(self, email: str, *, with_second_factor: bool) -> str:
        """A new link: it sets the password anew. `with_second_factor`: a lost one is taken away too, and all sessions.

        Raises CompteImpossible.
        """
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.comptes.find(cursor, Identite(email=_address(email)))
            if compte is None or compte.is_closed:
                raise CompteImpossible("Aucun compte ouvert à cette adresse.")
            if with_second_factor:
                outils.comptes.remove_second_factor(cursor, compte)
                outils.ouvertures.end_all(cursor, compte.id)
                outils.annonces.tell(cursor, compte, Fait.SECOND_FACTEUR_RETIRE, now=now)
            outils.comptes.unblock(cursor, compte)
            return self._link(outils.defis.write_letter(cursor, compte.id, UsageLettre.LIEN, now=now))

    def close(self, email: str) -> bool:
        """Close an account and end its sessions; whether there was one open. Raises CompteImpossible."""
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.comptes.find(cursor, Identite(email=_address(email)))
            if compte is None or compte.is_closed:
                return False
            cursor.execute(_SQL["close"], {"id": compte.id, "now": now})
            outils.ouvertures.end_all(cursor, compte.id)
            return True

    def listing(self) -> Sequence[CompteMaison]:
        """Every account of the house, the oldest first."""
        with self._outils.datastore.get_connection() as connection:
            rows = connection.execute(_SQL["listing"]).fetchall()
        return [
            CompteMaison(
                id=row["id"],
                role=Role(row["role"]),
                email=self._outils.comptes.open_identite(row["id"], bytes(row["identite_scellee"])).email or "",
                is_active=row["active_at"] is not None,
                has_second_factor=row["has_second_factor"],
                is_blocked=row["bloque_at"] is not None,
                is_closed=row["ferme_at"] is not None,
                cree_at=row["cree_at"],
            )
            for row in rows
        ]

    def letter(self, numero: str, beneficiaire: str | None, usage: UsageLettre) -> str:
        """A code to be printed for a member: it replaces the one sent by mail, once. Raises CompteImpossible."""
        outils = self._outils
        fiche = outils.registre.read(numero)
        if fiche is None or fiche.personne(beneficiaire, today=outils.today()) is None:
            raise CompteImpossible("Le journal ne connaît pas cet adhérent, ou pas ce bénéficiaire majeur.")
        identite = Identite(numero=numero, beneficiaire=beneficiaire)
        with outils.transaction() as cursor:
            now = outils.clock()
            compte: Compte = outils.comptes.create(cursor, identite, role=Role.ADHERENT, sujet=fiche.sujet, now=now)
            return outils.defis.write_letter(cursor, compte.id, usage, now=now)

    def _link(self, secret: str) -> str:
        return f"{self._outils.public_url}/maison/lien/{secret}"


def _address(email: str) -> str:
    try:
        return address(email.strip().casefold())
    except CourrielInvalide:
        raise CompteImpossible("Ce n'est pas une adresse e-mail.") from None
