"""Activation, forgotten password, blocked access: a code first, then a password or an open way.

Whoever asks, the same is done and answered: an unknown number gets a decoy that no code confirms.
"""

from datetime import date, datetime
from uuid import UUID

from infra.auth.annonces import Fait
from infra.auth.codes import CODE_CHARACTERS_MAX
from infra.auth.comptes import Compte, Identite
from infra.auth.debits import Geste
from infra.auth.defis import TRIES_MAX, EnCours, Usage, UsageLettre
from infra.auth.outils import Curseur, Outils, answered_alike
from infra.auth.refus import (
    AccesRefuse,
    CodeRefuse,
    DefiInvalide,
    MotDePasseFaible,
    SecondFacteurRefuse,
    SecondFacteurRequis,
)
from infra.auth.registre import Fiche, Personne
from infra.auth.robustesse import CHARACTERS_MAX, days_of, estimate
from infra.auth.roles import Role
from infra.auth.sessions import Client, Defi, Estimation, Opened, Session
from infra.auth.terminaux import known_by

_WITH_PASSWORD = (Usage.ACTIVATION, Usage.REINITIALISATION, Usage.LIEN)


class Parcours:
    """The ways that begin with a code."""

    def __init__(self, outils: Outils) -> None:
        self._outils = outils

    def begin(
        self, usage: Usage, numero: str, date_naissance: date, beneficiaire: str | None, *, client: Client
    ) -> Defi:
        """Send a code to the e-mail on file if the person may go this way. Raises TropDEssais."""
        outils = self._outils
        identite = Identite(numero=numero, beneficiaire=beneficiaire)
        outils.debits.count(Geste.DEMANDE, adresse=client.address, compte=outils.comptes.empreinte(identite))
        with answered_alike():
            now = outils.clock()
            fiche = outils.registre.read(numero)
            personne = fiche.personne(beneficiaire, today=outils.today()) if fiche is not None else None
            if personne is not None and personne.date_naissance != date_naissance:
                personne = None
            with outils.transaction() as cursor:
                compte = None
                if fiche is not None and personne is not None:
                    compte = self._admitted(cursor, usage, identite, fiche, personne, now=now)
                defi, identifier, code = outils.defis.begin(
                    cursor, usage, compte=compte.id if compte is not None else None, now=now
                )
                if compte is not None and personne is not None and personne.email is not None:
                    outils.annonces.send_code(
                        cursor,
                        compte,
                        email=personne.email,
                        usage=usage,
                        defi=identifier,
                        code=code,
                        expire_at=defi.expire_at,
                    )
            return defi

    def begin_enrolment(self, session: Session, *, client: Client) -> Defi:
        """Send a code to the owner of a session, before a first second factor. Raises TropDEssais, SessionTerminee."""
        outils = self._outils
        outils.debits.count(Geste.DEMANDE, adresse=client.address, compte=session.compte.bytes)
        now = outils.clock()
        with outils.transaction() as cursor:
            compte = outils.locked(cursor, session, now=now)
            defi, identifier, code = outils.defis.begin(cursor, Usage.ENROLEMENT, compte=compte.id, now=now)
            email = outils.annonces.email_of(compte)
            if email is not None:
                outils.annonces.send_code(
                    cursor,
                    compte,
                    email=email,
                    usage=Usage.ENROLEMENT,
                    defi=identifier,
                    code=code,
                    expire_at=defi.expire_at,
                )
        return defi

    def confirm(
        self, usage: Usage, defi: str, code: str, *, client: Client, second_factor: str | None = None
    ) -> UUID | None:
        """The code sent, or that of a letter; with the second factor where the way asks for it. Returns the account.

        Raises CodeRefuse, DefiInvalide, SecondFacteurRequis, SecondFacteurRefuse, TropDEssais.
        """
        outils = self._outils
        outils.debits.count(Geste.CODE, adresse=client.address, compte=defi.encode())
        refusal: AccesRefuse | None = None
        confirmed: UUID | None = None
        with outils.transaction() as cursor:
            now = outils.clock()
            way = outils.defis.find(cursor, defi, usage, now=now)
            if way is None:
                raise DefiInvalide
            refusal = self._judge(cursor, way, code[:CODE_CHARACTERS_MAX], second_factor, client=client, now=now)
            confirmed = way.compte
        if refusal is not None:  # After the transaction: what was counted is kept.
            raise refusal
        return confirmed

    def confirm_enrolment(self, session: Session, defi: str, code: str, *, client: Client) -> Session:
        """After it a second factor may be enrolled in this session. Raises as `confirm`, and SessionTerminee."""
        outils = self._outils
        if self.confirm(Usage.ENROLEMENT, defi, code, client=client) != session.compte:
            raise DefiInvalide
        with outils.transaction() as cursor:
            now = outils.clock()
            outils.locked(cursor, session, now=now)
            way = outils.defis.find(cursor, defi, Usage.ENROLEMENT, now=now)
            if way is None:
                raise DefiInvalide
            outils.defis.consume(cursor, way, now=now)
            outils.ouvertures.allow_enrolment(cursor, session, now=now)
            return outils.ouvertures.reread(cursor, session, now=now)

    def choose_password(self, defi: str, password: str, *, client: Client) -> Opened:
        """Set the password of a confirmed way; opens a session. Raises MotDePasseFaible, DefiInvalide, AccesSature."""
        outils = self._outils
        with outils.transaction() as cursor:
            self._confirmed(cursor, defi, now=outils.clock())
        self.check_password(password, self._owner_of_way(defi))
        hashed = outils.hacheur.hash(password)
        with outils.transaction() as cursor:
            now = outils.clock()
            way, compte = self._confirmed(cursor, defi, now=now)
            if compte.is_blocked and compte.has_second_factor and way.second_at is None:
                raise DefiInvalide  # Blocked since the code was confirmed: the way back asks for the second factor.
            outils.comptes.set_password(cursor, compte, hashed, now=now)
            if compte.is_blocked:
                outils.comptes.unblock(cursor, compte)
            outils.defis.consume(cursor, way, now=now)
            outils.ouvertures.end_all(cursor, compte.id)
            outils.comptes.remember(cursor, compte, known_by(client), now=now)
            outils.annonces.tell(cursor, compte, Fait.MOT_DE_PASSE, now=now)
            return outils.ouvertures.open(cursor, compte, client=client, now=now, is_enrolling=True)

    def open_link(self, link: str) -> Defi:
        """Use the link of a person of the house up. Raises DefiInvalide."""
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.comptes.get(cursor, outils.defis.use_link(cursor, link, now=now))
            if compte is None or compte.is_closed:
                raise DefiInvalide
            return outils.defis.begin_confirmed(cursor, Usage.LIEN, compte=compte.id, now=now)

    def estimate(self, password: str, context: str | Session | None) -> Estimation:
        """How a password stands for the owner of a way or of a session; nobody's data when it is neither."""
        if isinstance(context, str):
            owner = self._owner_of_way(context)
        elif context is not None:
            owner = self.owner_of(context.numero)
        else:
            owner = ()
        return estimate(password[: CHARACTERS_MAX + 1], owner=owner)

    def check_password(self, password: str, owner: tuple[str, ...]) -> None:
        """Raises MotDePasseFaible, with what would help."""
        estimated = estimate(password[: CHARACTERS_MAX + 1], owner=owner)
        if not estimated.is_admitted:
            raise MotDePasseFaible(estimated.conseils)

    def owner_of(self, numero: str | None, *, email: str | None = None) -> tuple[str, ...]:
        """What somebody's own data is: the first that a guesser tries."""
        said = ["smi", "mutuelle", "decompte", *(s for s in (numero, email) if s)]
        fiche = self._outils.registre.read(numero) if numero is not None else None
        if fiche is not None:
            known = fiche.registration
            said += [known.nom, known.prenom, known.email or "", known.telephone or "", *days_of(known.date_naissance)]
            for other in known.beneficiaires:
                said += [other.prenom, *days_of(other.date_naissance)]
        return tuple(s for s in said if s)

    def _admitted(
        self, cursor: Curseur, usage: Usage, identite: Identite, fiche: Fiche, personne: Personne, *, now: datetime
    ) -> Compte | None:
        """The account that may go this way; who may not is told why by mail, never by the answer."""
        outils = self._outils
        if usage is Usage.ACTIVATION:
            compte = outils.comptes.create(cursor, identite, role=Role.ADHERENT, sujet=fiche.sujet, now=now)
            fait = Fait.ACCES_EXISTE if compte.is_active else None
        else:
            found = outils.comptes.find(cursor, identite)
            if found is None or not found.is_active:
                # To tell her, an account is needed: the one that she will activate.
                compte = outils.comptes.create(cursor, identite, role=Role.ADHERENT, sujet=fiche.sujet, now=now)
                fait = Fait.ACCES_ABSENT
            else:
                compte = found
                fait = Fait.PAS_BLOQUE if usage is Usage.DEBLOCAGE and not found.is_blocked else None
        if fait is None:
            return compte
        if personne.email is not None:
            outils.annonces.tell(cursor, compte, fait, now=now, email=personne.email)
        return None

    def _judge(
        self, cursor: Curseur, way: EnCours, code: str, second_factor: str | None, *, client: Client, now: datetime
    ) -> AccesRefuse | None:
        """What is wrong with a confirmation; None when the way is confirmed, and unblocked where it leads there."""
        outils = self._outils
        if way.essais >= TRIES_MAX:
            return CodeRefuse()
        compte = outils.comptes.get(cursor, way.compte)
        is_letter = not outils.defis.is_code(way, code)
        if is_letter and not outils.defis.has_letter(cursor, way.compte, UsageLettre.CODE, code, now=now):
            outils.defis.count_try(cursor, way)
            return CodeRefuse()
        assert compte is not None
        needs_second = (
            compte.is_blocked
            and compte.has_second_factor
            and way.usage in (Usage.REINITIALISATION, Usage.DEBLOCAGE)
            and way.second_at is None
        )
        if needs_second:
            if second_factor is None:
                return SecondFacteurRequis()
            if not outils.is_second(cursor, compte, second_factor[:CODE_CHARACTERS_MAX], now=now):
                outils.defis.count_try(cursor, way)
                outils.fail_second(cursor, compte, now=now)
                return SecondFacteurRefuse()
        # A letter is used up once: not before all that goes with it is there.
        if is_letter and not outils.defis.use_letter(cursor, compte.id, UsageLettre.CODE, code, now=now):
            return CodeRefuse()
        outils.defis.confirm(cursor, way.id, code=code, now=now, is_second_proved=needs_second)
        if way.usage is Usage.DEBLOCAGE:
            outils.comptes.unblock(cursor, compte)
            outils.comptes.remember(cursor, compte, known_by(client), now=now)
            outils.defis.consume(cursor, way, now=now)
            outils.annonces.tell(cursor, compte, Fait.DEBLOCAGE, now=now)
        return None

    def _confirmed(self, cursor: Curseur, defi: str, *, now: datetime) -> tuple[EnCours, Compte]:
        way = self._outils.defis.find(cursor, defi, *_WITH_PASSWORD, now=now)
        compte = self._outils.comptes.get(cursor, way.compte) if way is not None and way.is_confirmed else None
        if way is None or compte is None or compte.is_closed:
            raise DefiInvalide
        return way, compte

    def _owner_of_way(self, defi: str) -> tuple[str, ...]:
        outils = self._outils
        with outils.transaction() as cursor:
            way = outils.defis.find(cursor, defi, *_WITH_PASSWORD, now=outils.clock())
            # Who has only begun is told nothing about whose number it is, not even by an estimate.
            compte = outils.comptes.get(cursor, way.compte) if way is not None and way.is_confirmed else None
        if compte is None:
            return ()
        identite = compte.identite
        return self.owner_of(identite.numero, email=identite.email)
