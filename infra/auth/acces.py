"""The access of members and of the people of the house: the one façade that routes and pages call.

Synchronous: call it in a thread of a bounded limiter. Each step returns a typed result or raises an AccesRefuse.
Nothing tells whether an account exists: an unknown number gets the same answers, for the same work.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore

from infra.auth.annonces import Annonces
from infra.auth.clock import Clock, now
from infra.auth.comptes import Comptes, Identite
from infra.auth.connexion import Connexions
from infra.auth.consentements import Consentements
from infra.auth.debits import Debits
from infra.auth.defis import Defis, Usage
from infra.auth.hachage import Hacheur
from infra.auth.maison import Maison
from infra.auth.outils import Outils
from infra.auth.ouvertures import Ouvertures
from infra.auth.parcours import Parcours
from infra.auth.registre import Fiche, Registre
from infra.auth.second_facteur import SecondFacteur
from infra.auth.secours import Secours
from infra.auth.sessions import (
    Client,
    Consentement,
    Defi,
    Enrolled,
    Enrolment,
    Estimation,
    Facteurs,
    Objet,
    Opened,
    Session,
    SessionOuverte,
)
from infra.journal.keyring import Keyring
from infra.journal.members import MemberKeys
from infra.mail.outbox import Outbox

if TYPE_CHECKING:
    from infra.auth.passkeys import Passkeys


class Acces:
    """Every step of the access."""

    def __init__(
        self,
        datastore: PostgresDatastore,
        keyring: Keyring,
        members: MemberKeys,
        outbox: Outbox,
        *,
        public_url: str,
        today: Callable[[], date],
        clock: Clock = now,
    ) -> None:
        registre = Registre(datastore, members)
        comptes = Comptes(keyring)
        outils = Outils(
            datastore=datastore,
            keyring=keyring,
            registre=registre,
            comptes=comptes,
            ouvertures=Ouvertures(keyring, comptes),
            defis=Defis(keyring),
            secours=Secours(keyring),
            debits=Debits(datastore, keyring, clock),
            hacheur=Hacheur(),
            annonces=Annonces(outbox, registre, public_url=public_url),
            clock=clock,
            today=today,
            public_url=public_url,
        )
        self._outils = outils
        self._parcours = Parcours(outils)
        self._connexions = Connexions(outils, self._parcours)
        self._second = SecondFacteur(outils)
        self._consentements = Consentements(outils)
        self.maison = Maison(outils)
        """The accounts of the house and the letters, for the command line."""

    @cached_property
    def _passkeys(self) -> "Passkeys":
        # Imported when first asked for: WebAuthn's library takes a fifth of a command's start, and commands use none.
        from infra.auth.passkeys import Passkeys

        return Passkeys(self._outils, self._second)

    def close(self) -> None:
        """Let the threads that hash passwords end."""
        self._outils.hacheur.close()

    def purge(self) -> int:
        """Forget sessions, ways, letters, counts and devices past their time; returns how many sessions and ways."""
        outils = self._outils
        outils.debits.purge()
        with outils.transaction() as cursor:
            instant = outils.clock()
            outils.comptes.purge(cursor, now=instant)
            return outils.ouvertures.purge(cursor, now=instant) + outils.defis.purge(cursor, now=instant)

    # --- A code sent or printed, then a password -------------------------------------------------------------------

    def begin_activation(
        self, numero: str, date_naissance: date, beneficiaire: str | None = None, *, client: Client
    ) -> Defi:
        """Send a code to the e-mail on file, if there is such a member without an access. Raises TropDEssais."""
        return self._parcours.begin(Usage.ACTIVATION, numero, date_naissance, beneficiaire, client=client)

    def confirm_activation_code(self, defi: str, code: str, *, client: Client) -> None:
        """The code of the e-mail, or that of the letter. Raises CodeRefuse, DefiInvalide, TropDEssais."""
        self._parcours.confirm(Usage.ACTIVATION, defi, code, client=client)

    def begin_reset(
        self, numero: str, date_naissance: date, beneficiaire: str | None = None, *, client: Client
    ) -> Defi:
        """As `begin_activation`, for a member who has an access and forgot her password."""
        return self._parcours.begin(Usage.REINITIALISATION, numero, date_naissance, beneficiaire, client=client)

    def confirm_reset_code(self, defi: str, code: str, *, client: Client, second_factor: str | None = None) -> None:
        """The code, and for a blocked access with a second factor its code or a recovery code.

        Raises CodeRefuse, SecondFacteurRequis, SecondFacteurRefuse, DefiInvalide, TropDEssais.
        """
        self._parcours.confirm(Usage.REINITIALISATION, defi, code, client=client, second_factor=second_factor)

    def choose_password(self, defi: str, password: str, *, client: Client) -> Opened:
        """Set the password after a confirmed activation, reset or link; opens a session.

        A reset ends every other session and leaves the second factor in place. Raises MotDePasseFaible, DefiInvalide.
        """
        return self._parcours.choose_password(defi, password, client=client)

    def estimate_password(self, password: str, context: str | Session | None = None) -> Estimation:
        """How a password stands, for the owner of a way begun (its secret) or of a session."""
        return self._parcours.estimate(password, context)

    def begin_unblock(
        self, numero: str, date_naissance: date, beneficiaire: str | None = None, *, client: Client
    ) -> Defi:
        """Send a code to the e-mail on file of a blocked access: the complementary verification."""
        return self._parcours.begin(Usage.DEBLOCAGE, numero, date_naissance, beneficiaire, client=client)

    def confirm_unblock_code(self, defi: str, code: str, *, client: Client, second_factor: str | None = None) -> None:
        """Unblock. With a second factor in place, its code or a recovery code too. The device counts as known after.

        Raises CodeRefuse, SecondFacteurRequis, SecondFacteurRefuse, DefiInvalide, TropDEssais.
        """
        self._parcours.confirm(Usage.DEBLOCAGE, defi, code, client=client, second_factor=second_factor)

    # --- Sessions ---------------------------------------------------------------------------------------------------

    def sign_in(self, numero: str, password: str, *, client: Client, beneficiaire: str | None = None) -> Opened:
        """Open a session that shows amounts. Raises IdentifiantsRefuses, TropDEssais, AccesSature."""
        return self._connexions.sign_in(Identite(numero=numero, beneficiaire=beneficiaire), password, client=client)

    def sign_in_house(self, email: str, password: str, *, client: Client) -> Opened:
        """Open a session of a person of the house; nothing but the second factor works until that is proved."""
        return self._connexions.sign_in(Identite(email=email.strip().casefold()), password, client=client)

    def open_link(self, link: str) -> Defi:
        """The one-use link of a person of the house: a way ready for `choose_password`. Raises DefiInvalide."""
        return self._parcours.open_link(link)

    def session_of(self, secret: str) -> Session | None:
        """The session of a secret, None when it is unknown, past its time or revoked. Counts as a sign of life."""
        return self._connexions.session_of(secret)

    def sign_out(self, session: Session) -> None:
        """End this session. Twice is as once."""
        self._connexions.sign_out(session)

    def sessions(self, session: Session) -> tuple[SessionOuverte, ...]:
        """The open sessions of this account, the latest seen first."""
        return self._connexions.listing(session)

    def revoke(self, session: Session, identifier: UUID) -> None:
        """End another session of the same account. Raises SessionInconnue."""
        self._connexions.revoke(session, identifier)

    def sign_out_everywhere(self, session: Session) -> int:
        """End every session of the account, this one too; returns how many."""
        return self._connexions.sign_out_everywhere(session)

    def change_password(self, session: Session, current: str, password: str, *, client: Client) -> Opened:
        """Replace the password; every other session ends, this one gets a new secret.

        With a second factor in place it must have been proved lately. Raises IdentifiantsRefuses, MotDePasseFaible,
        SecondFacteurRequis, TropDEssais.
        """
        return self._connexions.change_password(session, current, password, client=client)

    # --- The second factor ------------------------------------------------------------------------------------------

    def factors(self, session: Session) -> Facteurs:
        """What protects the account, and whether a second factor may be added now."""
        return self._passkeys.factors(session)

    def begin_enrolment_code(self, session: Session, *, client: Client) -> Defi:
        """Send a code to the member who has no second factor yet and signed in by password alone."""
        return self._parcours.begin_enrolment(session, client=client)

    def confirm_enrolment_code(self, session: Session, defi: str, code: str, *, client: Client) -> Session:
        """After it a second factor may be enrolled in this session. A letter's code does too."""
        return self._parcours.confirm_enrolment(session, defi, code, client=client)

    def begin_totp(self, session: Session) -> Enrolment:
        """A new secret, in force once confirmed. Raises CodeEnrolementRequis, SecondFacteurRequis."""
        return self._second.begin_totp(session)

    def confirm_totp(self, session: Session, code: str, *, client: Client) -> Enrolled:
        """Put the new secret in force by a first code of it; the session has proved its second factor, and its secret
        is replaced. Raises SecondFacteurRefuse, SecondFacteurAbsent (nothing begun)."""
        return self._second.confirm_totp(session, code, client=client)

    def prove_totp(self, session: Session, code: str, *, client: Client) -> Opened:
        """Prove the second factor; replaces the secret. After five failures the access is blocked and its sessions end.

        Raises SecondFacteurRefuse, SecondFacteurAbsent, TropDEssais, SessionTerminee.
        """
        return self._second.prove(session, code, client=client, is_recovery=False)

    def prove_recovery_code(self, session: Session, code: str, *, client: Client) -> Opened:
        """As `prove_totp`, by a recovery code, which is then used up."""
        return self._second.prove(session, code, client=client, is_recovery=True)

    def renew_recovery_codes(self, session: Session) -> tuple[str, ...]:
        """Ten new recovery codes; the former ones no longer work. Raises SecondFacteurRequis."""
        return self._second.renew_recovery_codes(session)

    def redeem_letter(self, session: Session, code: str, *, client: Client) -> Session:
        """Remove a lost second factor by the code of a new letter; a new one may then be enrolled.

        Raises CodeRefuse, TropDEssais.
        """
        return self._second.redeem_letter(session, code, client=client)

    def begin_passkey_registration(self, session: Session) -> dict[str, Any]:
        """The options for `navigator.credentials.create` (JSON). Raises as `begin_totp`."""
        return self._passkeys.begin_registration(session)

    def finish_passkey_registration(
        self, session: Session, credential: dict[str, Any], *, nom: str, client: Client
    ) -> Enrolled:
        """Keep the passkey; as `confirm_totp`. Raises PasskeyRefusee."""
        return self._passkeys.finish_registration(session, credential, nom=nom, client=client)

    def begin_passkey_proof(self, session: Session) -> dict[str, Any]:
        """The options for `navigator.credentials.get` (JSON). Raises SecondFacteurAbsent."""
        return self._passkeys.begin_proof(session)

    def finish_passkey_proof(self, session: Session, credential: dict[str, Any], *, client: Client) -> Opened:
        """As `prove_totp`. Raises PasskeyRefusee, SecondFacteurAbsent."""
        return self._passkeys.finish_proof(session, credential, client=client)

    def remove_passkey(self, session: Session, identifier: UUID) -> None:
        """Remove one passkey. Raises SecondFacteurRequis, SecondFacteurAbsent (none such)."""
        self._passkeys.remove(session, identifier)

    # --- Consents ---------------------------------------------------------------------------------------------------

    def consent(self, session: Session, objet: Objet, *, accorde: bool) -> Consentement:
        """Record a consent given or taken back, with its date. Raises ConsentementImpossible."""
        return self._consentements.record(session, objet, accorde=accorde)

    def consents(self, session: Session) -> tuple[Consentement, ...]:
        """What this person last said about each object that is hers to decide."""
        return self._consentements.in_force(session)

    def paperless_since(self, sujet: UUID) -> datetime | None:
        """Since when the holder wants her statements without paper; None when she does not."""
        return self._consentements.paperless_since(sujet)

    def registered(self, numero: str) -> Fiche | None:
        """A member's registration in force; None for who was never registered, or is forgotten."""
        return self._outils.registre.read(numero)

    def masked_beneficiaires(self, numero: str) -> frozenset[str]:
        """The adult beneficiaries whose acts the holder sees as amounts only: those who have not consented."""
        return self._consentements.masked(numero)
