"""The answers of the access."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from infra.auth.roles import Role
from infra.auth.sessions import Consentement, SessionOuverte


@dataclass(frozen=True, slots=True, kw_only=True)
class DefiOuvert:
    """A way begun. The same whether there is such a member or not."""

    defi: str
    expire_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeConfirme:
    """The code was right."""

    statut: Literal["confirme"] = "confirme"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDonnee:
    """An open session. `jeton` is its secret, to be used as bearer from now on; None when it has not changed."""

    jeton: str | None
    id: UUID
    role: Role
    numero_adherent: str | None
    beneficiaire: str | None
    expire_at: datetime
    a_second_facteur: bool
    second_facteur_at: datetime | None
    soins_visibles: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MotDePasseEstime:
    """How a password stands, from 0 to 4; `conseils` is empty when it is admitted."""

    score: int
    admis: bool
    conseils: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSessions:
    """The open sessions of an account, the latest seen first; never more than twenty, so never a further page."""

    elements: tuple[SessionOuverte, ...]
    suivant: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsFermees:
    """How many sessions were ended."""

    fermees: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyVue:
    """A passkey as its owner sees it."""

    id: UUID
    nom: str
    cree_at: datetime
    utilisee_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacteursVue:
    """What protects the account beside its password."""

    totp: bool
    passkeys: tuple[PasskeyVue, ...]
    codes_de_secours_restants: int
    ajout_possible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolementTotp:
    """What an authenticator takes in: base32 secret, `otpauth:` address, QR code as SVG."""

    secret: str
    uri: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFacteurEnPlace:
    """The second factor is in place. `codes_de_secours` are shown this once; empty when those of before stand."""

    session: SessionDonnee
    codes_de_secours: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesDeSecours:
    """Ten recovery codes, shown this once."""

    codes_de_secours: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsPasskey:
    """What to hand to the browser's `navigator.credentials`, as WebAuthn's JSON says."""

    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentementsVus:
    """What this person last said about each object that is hers to decide."""

    elements: tuple[Consentement, ...]
    suivant: None = None
