"""The bucket of a member: a fixed division of all members into sixteen, for work that goes on side by side.

A member's token is random and never changes, so the last hexadecimal digit of its written form (the low four bits of
its last byte) spreads members evenly and never moves one. **Permanent**: positions are kept by bucket. Whatever has a
token of its own that is no member's, a bordereau for one, has its bucket by the same rule. A table from bucket to
database is all that a ledger on several databases would need besides.
"""

Bucket = str
"""One hexadecimal digit, in lower case."""

BUCKETS = "0123456789abcdef"
"""All of them, in order."""


def bucket_of(sujet: bytes) -> Bucket:
    """The bucket of a token, given as the 16 bytes of its UUID."""
    return BUCKETS[sujet[15] & 0x0F]
