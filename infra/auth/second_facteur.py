"""The second factor: enrolled after a code sent to its owner, proved in a session, taken away by a letter alone."""

from infra.auth import totp
from infra.auth.annonces import Fait
from infra.auth.codes import CODE_CHARACTERS_MAX
from infra.auth.comptes import Compte
from infra.auth.debits import Geste
from infra.auth.defis import UsageLettre
from infra.auth.outils import Curseur, Outils
from infra.auth.refus import (
    AccesRefuse,
    CodeEnrolementRequis,
    CodeRefuse,
    SecondFacteurAbsent,
    SecondFacteurRefuse,
    SecondFacteurRequis,
    SessionTerminee,
)
from infra.auth.sessions import Client, Enrolled, Enrolment, Opened, Session
from infra.journal.mapper import seal, unseal


class SecondFacteur:
    """TOTP and recovery codes."""

    def __init__(self, outils: Outils) -> None:
        self._outils = outils

    def check_may_enrol(self, session: Session) -> None:
        """Raises CodeEnrolementRequis for a first factor, SecondFacteurRequis for a further one."""
        if not session.may_enrol(self._outils.clock()):
            raise SecondFacteurRequis if session.has_second_factor else CodeEnrolementRequis

    def begin_totp(self, session: Session) -> Enrolment:
        """A new secret, pending in this session."""
        self.check_may_enrol(session)
        outils, secret = self._outils, totp.new_secret()
        with outils.transaction() as cursor:
            compte = outils.locked(cursor, session, now=outils.clock())
            sealed = seal(outils.keyring.acces(), secret.encode(), b"pending" + session.id.bytes)
            outils.ouvertures.keep_pending(cursor, session, sealed)
        return totp.enrolment(secret, account=compte.identite.email or compte.identite.numero or "")

    def confirm_totp(self, session: Session, code: str, *, client: Client) -> Enrolled:
        """Put the pending secret in force. Raises SecondFacteurRefuse, SecondFacteurAbsent."""
        self.check_may_enrol(session)
        outils = self._outils
        outils.count_second(session.compte, client)
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            pending = outils.ouvertures.pending(cursor, session)
            if pending is None:
                raise SecondFacteurAbsent
            secret = unseal(outils.keyring.acces(), pending, b"pending" + session.id.bytes).decode()
            step = totp.step_of(secret, "".join(code[:CODE_CHARACTERS_MAX].split()), now=now, after=None)
            if step is None:
                raise SecondFacteurRefuse
            outils.comptes.set_totp(cursor, compte, secret, step=step, now=now)
            return self.enrolled(cursor, session, compte)

    def enrolled(self, cursor: Curseur, session: Session, compte: Compte) -> Enrolled:
        """What follows a new factor: codes to keep when there are none, a mail, other sessions ended, a new secret."""
        outils, now = self._outils, self._outils.clock()
        has_some = outils.secours.left(cursor, compte) > 0
        codes = () if has_some else outils.secours.renew(cursor, compte, now=now)
        outils.annonces.tell(cursor, compte, Fait.SECOND_FACTEUR, now=now)
        outils.ouvertures.end_all(cursor, compte.id, but=session.id)
        opened = outils.ouvertures.rotate(cursor, session, now=now, is_proved=True)
        return Enrolled(opened.secret, opened.session, codes)

    def prove(self, session: Session, code: str, *, client: Client, is_recovery: bool) -> Opened:
        """Prove it by a code. Raises SecondFacteurRefuse, SecondFacteurAbsent, TropDEssais, SessionTerminee."""
        outils = self._outils
        outils.count_second(session.compte, client)
        entered = code[:CODE_CHARACTERS_MAX]
        refusal: AccesRefuse
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            if not (compte.has_second_factor if is_recovery else compte.totp is not None):
                raise SecondFacteurAbsent
            check = outils.is_recovery if is_recovery else outils.is_totp
            if check(cursor, compte, entered, now=now):
                return outils.ouvertures.rotate(cursor, session, now=now, is_proved=True)
            outils.fail_second(cursor, compte, now=now)
            is_over = not outils.ouvertures.is_live(cursor, session, now=now)
            refusal = SessionTerminee() if is_over else SecondFacteurRefuse()
        raise refusal

    def renew_recovery_codes(self, session: Session) -> tuple[str, ...]:
        """Ten new codes. Raises SecondFacteurRequis."""
        outils = self._outils
        if not session.has_medical_access(outils.clock()):
            raise SecondFacteurRequis
        with outils.transaction() as cursor:
            now = outils.clock()
            return outils.secours.renew(cursor, outils.locked(cursor, session, now=now), now=now)

    def redeem_letter(self, session: Session, code: str, *, client: Client) -> Session:
        """Take every second factor away by a letter. Raises CodeRefuse, TropDEssais."""
        outils = self._outils
        outils.debits.count(Geste.CODE, adresse=client.address, compte=session.compte.bytes)
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            entered = code[:CODE_CHARACTERS_MAX]
            if not outils.defis.use_letter(cursor, compte.id, UsageLettre.SECOND_FACTEUR, entered, now=now):
                raise CodeRefuse
            outils.comptes.remove_second_factor(cursor, compte)
            outils.ouvertures.forget_proofs(cursor, compte.id)
            outils.ouvertures.allow_enrolment(cursor, session, now=now)
            outils.annonces.tell(cursor, compte, Fait.SECOND_FACTEUR_RETIRE, now=now)
            return outils.ouvertures.reread(cursor, session, now=now)
