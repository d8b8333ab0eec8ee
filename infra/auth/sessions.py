"""What the steps of the access take and give: who asks, what was opened, what is enrolled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from infra.auth.roles import Role

SECOND_FACTOR_MINUTES = 30
"""How long a second factor opens medical content."""

ENROLMENT_MINUTES = 30
"""How long, after a code sent to the member, a first second factor may be enrolled in that session."""

SESSION_PREFIX = "dcs_"
"""How the secret of a session begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """From where somebody asks: her address, what her browser says it is, the random mark of her device if any."""

    address: str
    user_agent: str = ""
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open session. Its secret is in the cookie or the bearer only; `id` is its public name."""

    id: UUID
    compte: UUID
    role: Role
    numero: str | None
    sujet: UUID | None
    beneficiaire: str | None
    csrf: str
    created_at: datetime
    expire_at: datetime
    second_factor_at: datetime | None
    enrolment_at: datetime | None
    has_second_factor: bool

    @property
    def is_house(self) -> bool:
        """Whether it is a person of the house."""
        return self.role is not Role.ADHERENT

    @property
    def actor(self) -> str:
        """How the access log names who looks: never a person."""
        return f"compte:{self.compte}"

    def has_medical_access(self, now: datetime) -> bool:
        """Whether the second factor was proved less than SECOND_FACTOR_MINUTES ago."""
        return self.second_factor_at is not None and now - self.second_factor_at < timedelta(
            minutes=SECOND_FACTOR_MINUTES
        )

    def may_act(self) -> bool:
        """Whether it may do anything but prove or enrol a second factor: a person of the house has proved hers."""
        return not self.is_house or self.second_factor_at is not None

    def may_enrol(self, now: datetime) -> bool:
        """Whether a second factor may be added now: after a code sent to the member, or after another factor."""
        if self.has_second_factor:
            return self.has_medical_access(now)
        return self.enrolment_at is not None and now - self.enrolment_at < timedelta(minutes=ENROLMENT_MINUTES)


class Opened(NamedTuple):
    """A session and its secret, to be put in the cookie: the former secret, if any, no longer opens."""

    secret: str
    session: Session


class Defi(NamedTuple):
    """A way begun: what the next steps name, and until when. The same for a decoy."""

    secret: str
    expire_at: datetime


class Enrolment(NamedTuple):
    """A TOTP secret for an authenticator: as text (base32), as address, as QR code (SVG; PNG as a data: address)."""

    secret: str
    uri: str
    svg: str
    png: str


class Enrolled(NamedTuple):
    """A second factor is in place: the session with its new secret, and recovery codes to keep (none: they stand)."""

    secret: str
    session: Session
    recovery_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOuverte:
    """An open session as its owner sees it. `appareil` is said in words; `is_current` the one that asks."""

    id: UUID
    appareil: str
    created_at: datetime
    seen_at: datetime
    second_factor_at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: UUID
    nom: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facteurs:
    """What protects an account beside its password."""

    has_totp: bool
    passkeys: tuple[Passkey, ...]
    recovery_codes_left: int
    can_enrol: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimation:
    """How a password stands. `score` 0 to 4; `conseils` says in French what would help."""

    score: int
    is_admitted: bool
    conseils: tuple[str, ...]


class Objet(StrEnum):
    """What a consent is about: paperless statements (holder), or her acts shown to the holder (adult beneficiary)."""

    RELEVES_DEMATERIALISES = "releves_dematerialises"
    PARTAGE_TITULAIRE = "partage_titulaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consentement:
    """What was last said about an object, and when; `accorde` False also when nothing was ever said (`at` None)."""

    objet: Objet
    accorde: bool
    at: datetime | None
