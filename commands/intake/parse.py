"""From bytes to a checked message, or the typed refusal that says why not. Pure.

The fast way decodes straight into the schema. It cannot see a field that comes twice (the last one wins), so it
encodes what it has read and counts quotes: a doubled field has at least two more. Where escapes make the count
unsure, or anything is refused, `explain` decides.
"""

import msgspec

from commands.intake.explain import explain
from commands.intake.rules import broken_rules
from commands.intake.schema import MESSAGE_BYTES_MAX, DecompteMessage, Message
from ledger.errors import MessageTropGrand, TotalIncoherent

_BOM = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


def parse(raw: bytes) -> Message:
    """The message that the bytes say. Raises a Refusal of `ledger.errors` (kind Malformed)."""
    if len(raw) > MESSAGE_BYTES_MAX:
        raise MessageTropGrand(f"Le message dépasse {MESSAGE_BYTES_MAX // 1024} Kio.")
    text = raw.removeprefix(_BOM)
    try:
        message: Message = _decode(text)
        is_doubtful = b"\\" in text or text.count(b'"') != _encode(message).count(b'"') or any(broken_rules(message))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        is_doubtful = True
    if is_doubtful:
        message = explain(text)
    if isinstance(message, DecompteMessage) and message.total != sum(ligne.montant for ligne in message.lignes):
        raise TotalIncoherent
    return message
