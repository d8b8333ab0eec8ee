"""Who may see a page: a member who is signed in, one who also proved her second factor, a person of the house."""

from collections.abc import Callable
from typing import TypeVar, cast
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from infra.auth.acces import Acces
from infra.auth.roles import Role
from infra.auth.sessions import Client, Opened, Session
from infra.http import clients
from infra.http.access import acces_step
from infra.http.context import context_of
from infra.portal import cookies
from infra.portal.pages import now, redirect

T = TypeVar("T")


class Ailleurs(Exception):
    """The page is not shown: go there first."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def acces_of(request: Request) -> Acces:
    """The façade of the access."""
    return context_of(request).services.acces


async def step(request: Request, function: Callable[[], T]) -> T:
    """Run a step of the access in a thread, a bounded number of them at once."""
    return await acces_step(context_of(request), function)


def client_of(request: Request) -> Client:
    """From where a request comes, for what watches over suspicious attempts."""
    return clients.client_of(request, device=cookies.read(request, cookies.APPAREIL))


async def session_or_none(request: Request) -> Session | None:
    """The session of the browser's cookie, if it is open."""
    secret = cookies.read(request, cookies.SESSION)
    if not secret:
        return None
    session = await step(request, lambda: acces_of(request).session_of(secret))
    request.state.bearer = session  # the frame's log names the actor
    return session


async def signed_in(request: Request) -> Session:
    """A member who is signed in: she sees amounts. Sends others to sign in."""
    session = await session_or_none(request)
    if session is None or session.role is not Role.ADHERENT or session.numero is None:
        raise Ailleurs(redirect(f"/espace/connexion{_suite(request)}"))
    return session


async def with_second_factor(request: Request) -> Session:
    """A member who proved her second factor lately: she sees which care it was. Sends others to prove or enrol it."""
    session = await signed_in(request)
    if not session.has_medical_access(now()):
        raise Ailleurs(redirect(second_factor_address(session) + _suite(request)))
    return session


def second_factor_address(session: Session) -> str:
    """Where the second factor is proved, or put in place when there is none."""
    return "/espace/verification" if session.has_second_factor else "/espace/securite/code-de-securite"


async def of_the_house(request: Request) -> Session:
    """A person of the house who proved her second factor."""
    session = await session_or_none(request)
    if session is None or not session.is_house:
        raise Ailleurs(redirect("/maison/connexion"))
    if not session.may_act():
        raise Ailleurs(redirect("/maison/verification" if session.has_second_factor else "/maison/code-de-securite"))
    return session


def open_session(request: Request, response: Response, opened: Opened) -> Response:
    """Put the secret of a session in the browser, in place of any other."""
    cookies.put(request, response, cookies.SESSION, opened.secret)
    cookies.drop(request, response, cookies.DEFI)
    return response


def _suite(request: Request) -> str:
    """The page that was asked for, to come back to; only what a reload may ask for again."""
    if request.method not in ("GET", "HEAD"):
        return ""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"?suite={quote(asked, safe='')}"


def numero_of(session: Session) -> str:
    """The number of a member's session."""
    return cast(str, session.numero)
