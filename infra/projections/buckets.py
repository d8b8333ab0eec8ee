"""In which bucket a stored event is, without reading more of it than needed."""

import msgspec

from infra.journal.mapper import read_state
from ledger.buckets import BUCKETS, Bucket, bucket_of

UNREADABLE = BUCKETS[0]
"""Where an event is that names no subject which can be read: somebody has to set it aside."""

_SUJET = b'"sujet":"'
_LAST_DIGIT = len(_SUJET) + 35
_FAITS = b'"faits":'
_DIGITS = frozenset(BUCKETS.encode())
_QUOTE = ord('"')


def bucket_of_state(state: bytes) -> Bucket:
    """The bucket of a stored event.

    States are written with the subject before the facts, in lower case with its dashes: its last digit is then found
    where it stands. A quote inside a text is escaped, so nothing else looks like the name of the field. Whatever
    stands otherwise is decoded.
    """
    at = state.find(_SUJET)
    last = at + _LAST_DIGIT
    is_plain = at > 0 and last + 1 < len(state) and state[last] in _DIGITS and state[last + 1] == _QUOTE
    if is_plain and state.find(_FAITS, 0, at) < 0:
        return chr(state[last])
    try:
        return bucket_of(read_state(state).sujet.bytes)
    except msgspec.MsgspecError:
        return UNREADABLE
