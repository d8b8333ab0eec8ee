"""Page cursors: opaque to the client, and worth something only to the list that gave them."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from infra.http.problems import Problem
from infra.journal.keyring import Keyring

CURSOR_CHARACTERS_MAX = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT_BYTES, _ID_BYTES, _POSITION_BYTES, _MAC_BYTES = 8, 16, 8, 8

Place = tuple[datetime, UUID]
"""The last element of a page."""


def write_cursor(keyring: Keyring, place: Place, *, liste: str) -> str:
    """The cursor that goes on after `place` in this list (its name, with whatever narrows it)."""
    at, identifier = place
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    content = micros.to_bytes(_INSTANT_BYTES, "big") + identifier.bytes
    return base64.urlsafe_b64encode(content + keyring.cursor_mac(content + liste.encode())).decode().rstrip("=")


def write_position_cursor(keyring: Keyring, position: int, *, liste: str) -> str:
    """The cursor that goes on from a position of the journal in this list."""
    content = position.to_bytes(_POSITION_BYTES, "big")
    return base64.urlsafe_b64encode(content + keyring.cursor_mac(content + liste.encode())).decode().rstrip("=")


def read_position_cursor(keyring: Keyring, cursor: str, *, liste: str) -> int:
    """The position that a cursor stands for. Raises the Problem `curseur_invalide`."""
    return int.from_bytes(_content(keyring, cursor, liste=liste, length=_POSITION_BYTES), "big")


def read_cursor(keyring: Keyring, cursor: str, *, liste: str) -> Place:
    """The place that a cursor stands for. Raises the Problem `curseur_invalide`."""
    content = _content(keyring, cursor, liste=liste, length=_INSTANT_BYTES + _ID_BYTES)
    micros = int.from_bytes(content[:_INSTANT_BYTES], "big")
    return _EPOCH + timedelta(microseconds=micros), UUID(bytes=content[_INSTANT_BYTES:])


def _content(keyring: Keyring, cursor: str, *, liste: str, length: int) -> bytes:
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Problem("curseur_invalide") from None
    content, mac = sealed[:-_MAC_BYTES], sealed[-_MAC_BYTES:]
    if len(content) != length or not hmac.compare_digest(mac, keyring.cursor_mac(content + liste.encode())):
        raise Problem("curseur_invalide")
    return content
