"""From where a request comes: what limits and suspicion look at."""

from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import Request

from infra.auth.sessions import Client
from infra.http.context import context_of

USER_AGENT_CHARACTERS_MAX = 300
FORWARDED_MAX = 20
"""How many entries of X-Forwarded-For are looked at, from the last."""


def client_of(request: Request, *, device: str | None) -> Client:
    """Who asks. `device` is the random mark that her device keeps, if any."""
    mandataires = context_of(request).services.settings.mandataires
    return Client(
        address=address_of(request, mandataires=mandataires),
        user_agent=request.headers.get("user-agent", "")[:USER_AGENT_CHARACTERS_MAX],
        device=device,
    )


def address_of(request: Request, *, mandataires: tuple[IPv4Network | IPv6Network, ...]) -> str:
    """The address of who asks: behind proxies of ours, the last one that none of them is."""
    address = request.client.host if request.client is not None else ""
    forwarded = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
    for said in reversed(forwarded[-FORWARDED_MAX:]):
        if not _is_within(address, mandataires):
            break
        address = said
    return address


def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks if network.version == parsed.version)
