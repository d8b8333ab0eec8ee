"""The token that every form carries: of the session, or, before there is one, of the browser.

Before sign-in the browser keeps a random value in a cookie that no script reads, and the form carries its hash: another
site can neither read the one nor guess the other. Browsers that say where a request comes from are listened to as well.
"""

import hashlib
import hmac
import re
import secrets

from starlette.requests import Request

from infra.auth.sessions import Session
from infra.portal import cookies

_NONCE = re.compile(r"[A-Za-z0-9_-]{43}")
_OTHER_SITES = frozenset({"cross-site", "same-site"})


def browser_nonce(request: Request) -> str:
    """The random value of this browser; a new one when it has none."""
    known = cookies.read(request, cookies.FORMULAIRE)
    return known if known is not None and _NONCE.fullmatch(known) else secrets.token_urlsafe(32)


def token_of(nonce: str) -> str:
    """What the forms of a browser carry."""
    return hashlib.blake2b(nonce.encode(), digest_size=24, person=b"formulaire").hexdigest()


def is_from_our_page(request: Request, session: Session | None, given: str) -> bool:
    """Whether a form that was sent is one that we showed to this very browser."""
    if request.headers.get("sec-fetch-site") in _OTHER_SITES:
        return False
    if session is not None:
        return hmac.compare_digest(session.csrf.encode(), given.encode())
    nonce = cookies.read(request, cookies.FORMULAIRE)
    if nonce is None or not _NONCE.fullmatch(nonce):
        return False
    return hmac.compare_digest(token_of(nonce).encode(), given.encode())


def new_device() -> str:
    """A random mark for a browser that has none."""
    return secrets.token_urlsafe(32)
