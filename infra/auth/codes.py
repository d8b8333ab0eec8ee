"""Codes that people type, and secrets that programs carry."""

import secrets
import unicodedata

CODE_DIGITS = 8
LETTER_CHARACTERS = 12
RECOVERY_CHARACTERS = 10
RECOVERY_CODES = 10
CODE_CHARACTERS_MAX = 40
"""The longest entry that is looked at."""

SECRET_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U, which people take for others."""

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def draw_code() -> str:
    """A code for a mail: digits alone."""
    return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))


def draw_letter_code() -> str:
    """A code for a letter, 60 bits, in groups of four."""
    return _grouped(_drawn(LETTER_CHARACTERS), 4)


def draw_recovery_codes() -> tuple[str, ...]:
    """Ten recovery codes, 50 bits each, in groups of five."""
    return tuple(_grouped(_drawn(RECOVERY_CHARACTERS), 5) for _ in range(RECOVERY_CODES))


def draw_secret(prefix: str) -> str:
    """A secret that nobody types: of a session, of a way begun, of a link."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def read_code(entered: str) -> str:
    """An entry as it is compared: without spaces and dashes, capitals, look-alikes read as what they stand for."""
    plain = unicodedata.normalize("NFKC", entered[:CODE_CHARACTERS_MAX]).upper()
    return "".join(c for c in plain if c.isalnum()).translate(_READ_AS)


def _drawn(characters: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(characters))


def _grouped(code: str, size: int) -> str:
    return "-".join(code[i : i + size] for i in range(0, len(code), size))
