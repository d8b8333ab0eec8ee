"""What a mail says, and what may be in it: one address, one line of subject, plain text.

Header injection is refused where a mail is put, not where it is sent: a line break or any other control character in
what becomes a header is an error of the caller, or an address that nobody can write to.
"""

import re
import unicodedata

import msgspec

OBJET_CHARACTERS_MAX = 200
TEXTE_CHARACTERS_MAX = 20_000
ADDRESS_CHARACTERS_MAX = 254
LOCAL_CHARACTERS_MAX = 64
URL_CHARACTERS_MAX = 900
"""A header line has 998 characters at most (RFC 5322)."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+;=%-]+")
_BREAKS = "\u2028\u2029"


class CourrielInvalide(ValueError):
    """A mail that cannot be written so; the message says which part, never its value."""


class Contenu(msgspec.Struct, frozen=True, kw_only=True):
    """What the seal of a mail holds."""

    destinataire: str
    objet: str
    texte: str
    list_unsubscribe: str | None = None


def checked(*, destinataire: str, objet: str, texte: str, list_unsubscribe: str | None) -> Contenu:
    """The content of a mail. Raises CourrielInvalide."""
    if not 1 <= len(objet) <= OBJET_CHARACTERS_MAX or _has_control(objet):
        raise CourrielInvalide("objet : une ligne, sans caractère de contrôle")
    if len(texte) > TEXTE_CHARACTERS_MAX or _has_control(texte, allowed="\n\t"):
        raise CourrielInvalide("texte : trop long, ou avec un caractère de contrôle")
    if list_unsubscribe is not None and (
        len(list_unsubscribe) > URL_CHARACTERS_MAX or not _URL.fullmatch(list_unsubscribe)
    ):
        raise CourrielInvalide("list_unsubscribe : une adresse http ou https")
    return Contenu(destinataire=address(destinataire), objet=objet, texte=texte, list_unsubscribe=list_unsubscribe)


def address(given: str) -> str:
    """An address as SMTP takes it, its domain in ASCII (IDNA). Raises CourrielInvalide.

    Quoted local parts and local parts outside ASCII are refused: hardly any server takes them, and they are where
    injections hide.
    """
    local, at, domain = given.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        raise CourrielInvalide("destinataire : domaine illisible") from None
    if (
        not at
        or len(local) > LOCAL_CHARACTERS_MAX
        or len(local) + 1 + len(domain) > ADDRESS_CHARACTERS_MAX
        or not _LOCAL.fullmatch(local)
        or not all(_LABEL.fullmatch(label) for label in domain.split("."))
    ):
        raise CourrielInvalide("destinataire : ce n'est pas une adresse")
    return f"{local}@{domain}"


def _has_control(text: str, *, allowed: str = "") -> bool:
    return any(c in _BREAKS or (unicodedata.category(c) in ("Cc", "Cs") and c not in allowed) for c in text)
