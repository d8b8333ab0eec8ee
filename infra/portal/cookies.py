"""The cookies of the pages: names, and how they are set and read.

Over https every name begins with `__Host-`: such a cookie is secure, of this host alone, and no other host of the
domain can plant one. On loopback, without https, browsers refuse that prefix and it is left out.
"""

from starlette.requests import Request
from starlette.responses import Response

from infra.http.context import context_of

SESSION = "decompte"
"""The secret of the session."""

FORMULAIRE = "decompte-formulaire"
"""What ties a form to the browser it was shown in, before there is a session."""

DEFI = "decompte-defi"
"""The step under way of an activation, a reset or an unblocking."""

APPAREIL = "decompte-appareil"
"""A random name of this browser: what makes a device known."""

CONSULTATION = "decompte-consultation"
"""Whose files an auditor has open, and why, sealed."""

COURT_SECONDS = 3600
APPAREIL_SECONDS = 400 * 24 * 3600


def read(request: Request, name: str) -> str | None:
    """The value of a cookie, or None."""
    return request.cookies.get(_full_name(request, name))


def put(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie that no script reads; without `seconds` it ends with the browser."""
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def drop(request: Request, response: Response, name: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(
        _full_name(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def is_secure(request: Request) -> bool:
    """Whether the site is reached by https, as its public address says."""
    return (context_of(request).services.settings.public_url or "").startswith("https://")


def _full_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if is_secure(request) else name
