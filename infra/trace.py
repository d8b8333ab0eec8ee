"""Trace ids: one per request or command, 32 hexadecimal digits as in W3C Trace Context."""

from infra.draws import Draws

_TRACE_BYTES = 16
_draws = Draws(size=_TRACE_BYTES, at_once=64)


def new_trace_id() -> str:
    """A random trace id."""
    return _draws.draw().hex()
