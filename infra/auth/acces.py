"""The access of members and of the people of the house: the one façade that routes and pages call.

Synchronous: call it in a thread of a bounded limiter. Each step returns a typed result or raises an AccesRefuse.
Nothing tells whether an account exists: an unknown number gets the same answers, for the same work.
"""

from datetime import date
from typing import Any
from uuid import UUID

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


class Acces:
    """Every step of the access."""

    # --- A code sent or printed, then a password -------------------------------------------------------------------

    def begin_activation(
        self, numero: str, date_naissance: date, beneficiaire: str | None = None, *, client: Client
    ) -> Defi:
        """Send a code to the e-mail on file, if there is such a member without an access. Raises TropDEssais."""
        raise NotImplementedError

    def confirm_activation_code(self, defi: str, code: str, *, client: Client) -> None:
        """The code of the e-mail, or that of the letter. Raises CodeRefuse, DefiInvalide, TropDEssais."""
        raise NotImplementedError

    def begin_reset(
        self, numero: str, date_naissance: date, beneficiaire: str | None = None, *, client: Client
    ) -> Defi:
        """As `begin_activation`, for a member who has an access and forgot her password."""
        raise NotImplementedError

    def confirm_reset_code(self, defi: str, code: str, *, client: Client, second_factor: str | None = None) -> None:
        """The code, and for a blocked access with a second factor its code or a recovery code.

        Raises CodeRefuse, SecondFacteurRequis, SecondFacteurRefuse, DefiInvalide, TropDEssais.
        """
        raise NotImplementedError

    def choose_password(self, defi: str, password: str, *, client: Client) -> Opened:
        """Set the password after a confirmed activation, reset or link; opens a session.

        A reset ends every other session and leaves the second factor in place. Raises MotDePasseFaible, DefiInvalide.
        """
        raise NotImplementedError

    def estimate_password(self, password: str, context: str | Session | None = None) -> Estimation:
        """How a password stands, for the owner of a way begun (its secret) or of a session."""
        raise NotImplementedError

    def begin_unblock(
        self, numero: str, date_naissance: date, beneficiaire: str | None = None, *, client: Client
    ) -> Defi:
        """Send a code to the e-mail on file of a blocked access: the complementary verification."""
        raise NotImplementedError

    def confirm_unblock_code(self, defi: str, code: str, *, client: Client, second_factor: str | None = None) -> None:
        """Unblock. With a second factor in place, its code or a recovery code too. The device counts as known after.

        Raises CodeRefuse, SecondFacteurRequis, SecondFacteurRefuse, DefiInvalide, TropDEssais.
        """
        raise NotImplementedError

    # --- Sessions ---------------------------------------------------------------------------------------------------

    def sign_in(self, numero: str, password: str, *, client: Client, beneficiaire: str | None = None) -> Opened:
        """Open a session that shows amounts. Raises IdentifiantsRefuses, TropDEssais, AccesSature."""
        raise NotImplementedError

    def sign_in_house(self, email: str, password: str, *, client: Client) -> Opened:
        """Open a session of a person of the house; nothing but the second factor works until that is proved."""
        raise NotImplementedError

    def open_link(self, link: str, *, client: Client) -> Defi:
        """The one-use link of a person of the house: a way ready for `choose_password`. Raises DefiInvalide."""
        raise NotImplementedError

    def session_of(self, secret: str) -> Session | None:
        """The session of a secret, None when it is unknown, past its time or revoked. Counts as a sign of life."""
        raise NotImplementedError

    def sign_out(self, session: Session) -> None:
        """End this session. Twice is as once."""
        raise NotImplementedError

    def sessions(self, session: Session) -> tuple[SessionOuverte, ...]:
        """The open sessions of this account, the latest seen first."""
        raise NotImplementedError

    def revoke(self, session: Session, identifier: UUID) -> None:
        """End another session of the same account. Raises SessionInconnue."""
        raise NotImplementedError

    def sign_out_everywhere(self, session: Session) -> int:
        """End every session of the account, this one too; returns how many."""
        raise NotImplementedError

    def change_password(self, session: Session, current: str, password: str, *, client: Client) -> Opened:
        """Replace the password; every other session ends, this one gets a new secret.

        With a second factor in place it must have been proved lately. Raises IdentifiantsRefuses, MotDePasseFaible,
        SecondFacteurRequis, TropDEssais.
        """
        raise NotImplementedError

    # --- The second factor ------------------------------------------------------------------------------------------

    def factors(self, session: Session) -> Facteurs:
        """What protects the account, and whether a second factor may be added now."""
        raise NotImplementedError

    def begin_enrolment_code(self, session: Session, *, client: Client) -> Defi:
        """Send a code to the member who has no second factor yet and signed in by password alone."""
        raise NotImplementedError

    def confirm_enrolment_code(self, session: Session, defi: str, code: str, *, client: Client) -> Session:
        """After it a second factor may be enrolled in this session. A letter's code does too."""
        raise NotImplementedError

    def begin_totp(self, session: Session) -> Enrolment:
        """A new secret, in force once confirmed. Raises CodeEnrolementRequis, SecondFacteurRequis."""
        raise NotImplementedError

    def confirm_totp(self, session: Session, code: str, *, client: Client) -> Enrolled:
        """Put the new secret in force by a first code of it; the session has proved its second factor, and its secret
        is replaced. Raises SecondFacteurRefuse, SecondFacteurAbsent (nothing begun)."""
        raise NotImplementedError

    def prove_totp(self, session: Session, code: str, *, client: Client) -> Opened:
        """Prove the second factor; replaces the secret. After five failures the access is blocked and its sessions end.

        Raises SecondFacteurRefuse, SecondFacteurAbsent, TropDEssais, SessionTerminee.
        """
        raise NotImplementedError

    def prove_recovery_code(self, session: Session, code: str, *, client: Client) -> Opened:
        """As `prove_totp`, by a recovery code, which is then used up."""
        raise NotImplementedError

    def renew_recovery_codes(self, session: Session) -> tuple[str, ...]:
        """Ten new recovery codes; the former ones no longer work. Raises SecondFacteurRequis."""
        raise NotImplementedError

    def redeem_letter(self, session: Session, code: str, *, client: Client) -> Session:
        """Remove a lost second factor by the code of a new letter; a new one may then be enrolled.

        Raises CodeRefuse, TropDEssais.
        """
        raise NotImplementedError

    def begin_passkey_registration(self, session: Session) -> dict[str, Any]:
        """The options for `navigator.credentials.create` (JSON). Raises as `begin_totp`."""
        raise NotImplementedError

    def finish_passkey_registration(
        self, session: Session, credential: dict[str, Any], *, nom: str, client: Client
    ) -> Enrolled:
        """Keep the passkey; as `confirm_totp`. Raises PasskeyRefusee."""
        raise NotImplementedError

    def begin_passkey_proof(self, session: Session) -> dict[str, Any]:
        """The options for `navigator.credentials.get` (JSON). Raises SecondFacteurAbsent."""
        raise NotImplementedError

    def finish_passkey_proof(self, session: Session, credential: dict[str, Any], *, client: Client) -> Opened:
        """As `prove_totp`. Raises PasskeyRefusee, SecondFacteurAbsent."""
        raise NotImplementedError

    def remove_passkey(self, session: Session, identifier: UUID) -> None:
        """Remove one passkey. Raises SecondFacteurRequis, SecondFacteurAbsent (none such)."""
        raise NotImplementedError

    # --- Consents ---------------------------------------------------------------------------------------------------

    def consent(self, session: Session, objet: Objet, *, accorde: bool) -> Consentement:
        """Record a consent given or taken back, with its date. Raises ConsentementImpossible."""
        raise NotImplementedError

    def consents(self, session: Session) -> tuple[Consentement, ...]:
        """What this person last said about each object that is hers to decide."""
        raise NotImplementedError

    def masked_beneficiaires(self, numero: str) -> frozenset[str]:
        """The adult beneficiaries whose acts the holder sees as amounts only: those who have not consented."""
        raise NotImplementedError
