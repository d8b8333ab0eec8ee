"""Signing in by password, and what ends a session. A wrong password, a blocked access and no access look alike."""

from datetime import timedelta
from uuid import UUID

from infra.auth.annonces import Fait
from infra.auth.comptes import Compte, Identite
from infra.auth.debits import Geste
from infra.auth.outils import Curseur, Outils, refused_alike
from infra.auth.parcours import Parcours
from infra.auth.refus import IdentifiantsRefuses, SecondFacteurRequis, SessionInconnue
from infra.auth.robustesse import CHARACTERS_MAX
from infra.auth.sessions import Client, Opened, Session, SessionOuverte
from infra.auth.soupcon import (
    FAILURES_ANNOUNCED,
    FAILURES_BLOCKED,
    PACE_MINUTES,
    POINTS_BLOCKED,
    Connexion,
    points,
)
from infra.auth.terminaux import known_by


class Connexions:
    """Sessions opened by password, listed and ended."""

    def __init__(self, outils: Outils, parcours: Parcours) -> None:
        self._outils = outils
        self._parcours = parcours

    def sign_in(self, identite: Identite, password: str, *, client: Client) -> Opened:
        """Raises IdentifiantsRefuses, TropDEssais, AccesSature."""
        outils = self._outils
        outils.debits.count(Geste.CONNEXION, adresse=client.address, compte=outils.comptes.empreinte(identite))
        with outils.transaction() as cursor:
            known = outils.comptes.find(cursor, identite)
        kept = known.mot_de_passe if known is not None else None
        with refused_alike():
            is_right = outils.hacheur.verify(kept, password[: CHARACTERS_MAX + 1])
            is_old = is_right and kept is not None and outils.hacheur.needs_rehash(kept)
            rehashed = outils.hacheur.hash(password) if is_old else None
            opened = None
            with outils.transaction() as cursor:
                compte = outils.comptes.find(cursor, identite)
                # Changed while it was being checked: what was checked is no longer the password.
                is_right = is_right and compte is not None and compte.mot_de_passe == kept
                if compte is None:
                    outils.debits.write_decoy(cursor)
                elif self._is_open(compte):
                    if not is_right:
                        self._fail(cursor, compte)
                    else:
                        if rehashed is not None:
                            outils.comptes.rehash(cursor, compte, rehashed)
                        opened = self._admit(cursor, compte, client=client)
            if opened is None:
                raise IdentifiantsRefuses
            return opened

    def session_of(self, secret: str) -> Session | None:
        """The live session of a secret, its sign of life kept."""
        outils = self._outils
        now = outils.clock()
        with outils.datastore.get_connection() as connection:
            found = outils.ouvertures.find(connection.cursor(), secret, now=now)
        if found is None:
            return None
        session, is_due = found
        if is_due:
            with outils.transaction() as cursor:
                outils.ouvertures.touch(cursor, session, now=now)
        return session

    def sign_out(self, session: Session) -> None:
        """End this session."""
        with self._outils.transaction() as cursor:
            self._outils.ouvertures.end(cursor, session.compte, session.id)

    def listing(self, session: Session) -> tuple[SessionOuverte, ...]:
        """The live sessions of the account."""
        with self._outils.transaction() as cursor:
            return self._outils.ouvertures.listing(cursor, session, now=self._outils.clock())

    def revoke(self, session: Session, identifier: UUID) -> None:
        """End another session of the account. Raises SessionInconnue."""
        with self._outils.transaction() as cursor:
            if not self._outils.ouvertures.end(cursor, session.compte, identifier):
                raise SessionInconnue

    def sign_out_everywhere(self, session: Session) -> int:
        """End every session of the account."""
        with self._outils.transaction() as cursor:
            return self._outils.ouvertures.end_all(cursor, session.compte)

    def change_password(self, session: Session, current: str, password: str, *, client: Client) -> Opened:
        """Replace the password. Raises IdentifiantsRefuses, MotDePasseFaible, SecondFacteurRequis, TropDEssais."""
        outils = self._outils
        if session.has_second_factor and not session.has_medical_access(outils.clock()):
            raise SecondFacteurRequis
        outils.debits.count(Geste.CONNEXION, adresse=client.address, compte=session.compte.bytes)
        with outils.transaction() as cursor:
            kept = outils.locked(cursor, session, now=outils.clock()).mot_de_passe
        if not outils.hacheur.verify(kept, current[: CHARACTERS_MAX + 1]):
            with outils.transaction() as cursor:
                self._fail(cursor, outils.locked(cursor, session, now=outils.clock()))
            raise IdentifiantsRefuses
        self._parcours.check_password(password, self._parcours.owner_of(session.numero))
        hashed = outils.hacheur.hash(password)
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            if compte.mot_de_passe != kept:
                raise IdentifiantsRefuses
            outils.comptes.set_password(cursor, compte, hashed, now=now)
            outils.ouvertures.end_all(cursor, compte.id, but=session.id)
            outils.annonces.tell(cursor, compte, Fait.MOT_DE_PASSE, now=now)
            return outils.ouvertures.rotate(cursor, session, now=now, is_proved=False)

    def _admit(self, cursor: Curseur, compte: Compte, *, client: Client) -> Opened | None:
        """A right password: a session, or a block when too much about it is unusual; unusual is always told."""
        outils, now = self._outils, self._outils.clock()
        known = outils.comptes.knows(cursor, compte, known_by(client))
        seen = points(
            Connexion(
                is_device_known="appareil" in known,
                is_network_known="reseau" in known,
                failures=compte.echecs,
                opened=outils.ouvertures.opened_since(cursor, compte, now - timedelta(minutes=PACE_MINUTES)),
            )
        )
        if seen >= POINTS_BLOCKED:
            outils.block(cursor, compte, now=now)
            return None
        if seen:
            outils.annonces.tell(cursor, compte, Fait.CONNEXION, now=now)
        outils.comptes.clear_failures(cursor, compte)
        outils.comptes.remember(cursor, compte, known_by(client), now=now)
        return outils.ouvertures.open(cursor, compte, client=client, now=now)

    def _fail(self, cursor: Curseur, compte: Compte) -> None:
        failures = self._outils.comptes.count_failure(cursor, compte)
        if failures >= FAILURES_BLOCKED:
            self._outils.block(cursor, compte, now=self._outils.clock())
        elif failures >= FAILURES_ANNOUNCED:
            self._outils.annonces.tell(cursor, compte, Fait.ECHECS, now=self._outils.clock())

    @staticmethod
    def _is_open(compte: Compte) -> bool:
        return compte.is_active and not compte.is_blocked and not compte.is_closed
