"""What the routes work with, opened with the application and closed with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from anyio import CapacityLimiter
from starlette.requests import Request

from infra.audit.balances import Balances
from infra.audit.journal import JournalReads
from infra.bootstrap import Services
from infra.http.hot_lookup import HotLookup
from infra.http.look_keeper import LookKeeper
from infra.live.hub import LiveHub
from infra.observation.exposition import Exposition
from infra.preuve.reads import ProofReads
from infra.reads.document_keeper import DocumentKeeper
from infra.reads.members import MemberReads
from infra.reads.moments import Moments
from infra.reads.pool import ReadPool
from infra.reads.positions import PositionWatch

INTAKE_THREADS = 12
"""How many batches are taken at once; each uses one connection at a time."""

QUARANTINE_THREADS = 4
PREFERENCE_THREADS = 4

ACCES_THREADS = 8
"""How many steps of the access run at once; each uses two connections at most."""

PROOF_THREADS = 4
EXPORT_THREADS = 2
"""How many downloads are rendered at once: each keeps a core busy."""
RECOURS_THREADS = 4
AUDIT_THREADS = 4

JOURNAL_EXPORTS = 2
"""How many exports of the whole journal run at once: each keeps a connection and part of a core busy."""


class Context:
    """The services, and the asynchronous side of reading. Made on the event loop that it serves."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.pool = ReadPool(services.url)
        self.members = MemberReads(self.pool, services.keyring, services.members)
        self.positions = PositionWatch(self.pool)
        self.moments = Moments(self.pool, today=services.settings.now)
        self.documents = DocumentKeeper(services.url)
        self.hot: HotLookup[Any] = HotLookup(services.url)
        self.live = LiveHub(services.url, self.pool)
        self.intake_threads = CapacityLimiter(INTAKE_THREADS)
        self.quarantine_threads = CapacityLimiter(QUARANTINE_THREADS)
        self.acces_threads = CapacityLimiter(ACCES_THREADS)
        self.looks = LookKeeper(services.journal_acces)
        self.proofs = ProofReads(services.datastore, services.logs)
        self.proof_threads = CapacityLimiter(PROOF_THREADS)
        self.export_threads = CapacityLimiter(EXPORT_THREADS)
        self.preference_threads = CapacityLimiter(PREFERENCE_THREADS)
        self.recours_threads = CapacityLimiter(RECOURS_THREADS)
        self.exposition = Exposition(services.url)
        self.exposition_threads = CapacityLimiter(1)
        self.balances = Balances(services.url)
        self.audit = JournalReads(services.datastore)
        self.journal_exports = CapacityLimiter(JOURNAL_EXPORTS)
        self.audit_threads = CapacityLimiter(AUDIT_THREADS)


@asynccontextmanager
async def opened(services: Services) -> AsyncIterator[Context]:
    """A context whose pool is open."""
    context = Context(services)
    await context.pool.open()
    context.documents.open()
    context.hot.open()
    context.looks.open()
    try:
        yield context
    finally:
        await context.live.close()
        await context.balances.close()
        await context.hot.close()
        await context.looks.close()
        await context.documents.close()
        await context.pool.close()


def context_of(request: Request) -> Context:
    """The context of the application that serves this request."""
    return cast(Context, request.app.state.context)
