"""Trace ids: one per request or command, 32 hexadecimal digits as in W3C Trace Context."""

import secrets


def new_trace_id() -> str:
    """A random trace id."""
    return secrets.token_hex(16)
