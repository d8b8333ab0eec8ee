"""Reads that may be answered by a finished document, and how to tell whether one was."""

import time

import httpx
from prometheus_client import REGISTRY

from infra.auth.roles import Role
from tests.support.documents import KEPT_SECONDS_MAX
from tests.support.ledger import decompte, soin_line
from tests.support.serving import Served

OWN_HEADERS = ("date", "x-trace-id", "ledger-position")
"""What differs from one answer to the next."""


def directly_served() -> float:
    """How many reads were, in this process."""
    return REGISTRY.get_sample_value("decompte_documents_total", {"issue": "servi"}) or 0.0


def ask(client: httpx.Client, path: str, **headers: str) -> tuple[httpx.Response, bytes, bool]:
    """The answer, its bytes as they came, and whether it was served directly."""
    before = directly_served()
    with client.stream("GET", path, headers=headers) as answer:
        raw = b"".join(answer.iter_raw())
    # Measured once it is sent: the client may be quicker.
    deadline = time.monotonic() + 0.2
    while directly_served() == before and time.monotonic() < deadline:
        time.sleep(0.001)
    return answer, raw, directly_served() > before


def get_directly(served: Served, path: str) -> httpx.Response:
    """Read as the portal until the finished document is there; the answer that it gives."""
    client = served.as_(Role.PORTAIL)
    deadline = time.monotonic() + KEPT_SECONDS_MAX
    while time.monotonic() < deadline:
        if ask(client, path)[2]:
            return client.get(path)
    raise AssertionError(f"{path} is never served directly")


def by_the_route(path: str) -> str:
    """The same read, asked in a way that only the route answers."""
    return f"{path}{'&' if '?' in path else '?'}attendre_position=0"


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """The headers that two equal answers share."""
    return {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}


def record_two_years(served: Served, numero: str) -> str:
    """Record a décompte in each of the two years; returns the address of the member."""
    old = {"date_paiement": "2025-06-01", "lignes": [soin_line(soin="F0", date_soin="2025-05-20")]}
    messages = decompte(f"N-{numero}", numero_adherent=numero), decompte(f"O-{numero}", numero_adherent=numero, **old)
    served.get("/v1/adherents/X/accueil", after=served.record(*messages))
    return f"/v1/adherents/{numero}"
