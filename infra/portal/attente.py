"""After a form: the page that follows reads what the form has recorded."""

from anyio import to_thread
from starlette.requests import Request

from infra.http.context import context_of
from infra.http.quand import ATTENTE_SECONDS_MAX


async def caught_up(request: Request, position: int | None = None) -> None:
    """Wait until the pages read what was recorded, by default until now; not for ever."""
    context = context_of(request)
    if position is None:
        position = await to_thread.run_sync(context.services.journal.position, limiter=context.recours_threads)
    await context.positions.wait_for(position, seconds_max=ATTENTE_SECONDS_MAX)
