"""During a rebuild a reader never sees a row less: to its end, cancelled, killed in the middle, twice in a row."""

import signal
import time
from collections.abc import Callable

from infra.bench import synthetic
from infra.bench.children import import_lines, rebuilding_once
from infra.bench.contents import contents, first_difference, read_relations
from infra.bench.stand import Stand
from infra.bench.watching import watched

GONE_SECONDS_MAX = 60.0
POLL_SECONDS = 0.1


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Run all four on a ledger of that many plain décomptes. Raises AssertionError."""
    stand.prepare(f"grand livre de {messages} décomptes")
    with stand.database() as url:
        import_lines(stand.environment(url), synthetic.lines(messages))
        with stand.services(url) as services:
            services.projection_worker().catch_up()
        before, relations = contents(url), read_relations(url)
        seconds: dict[str, float] = {}
        with watched(url) as watch:
            for step, order in (
                ("complete", None),
                ("annulee", signal.SIGINT),
                ("tuee", signal.SIGKILL),
                ("encore", None),
                ("et_encore", None),
            ):
                stand.prepare(f"reconstruction {step}")
                begun = time.perf_counter()
                with rebuilding_once(stand.environment(url)) as child:
                    is_done = child.run(order)
                seconds[f"{step}_secondes"] = round(time.perf_counter() - begun, 2)
                assert is_done is (order is None), f"{step} : la reconstruction a fini autrement que demandé"
                _wait_until(lambda: read_relations(url) == relations, f"{step} : il reste des tables")
                assert not watch.missing, f"{step} : {watch.missing[:3]}"
            polls_before_end = watch.polls
        assert polls_before_end > 0
        assert watch.counts > 0
        difference = first_difference(before, contents(url))
        assert difference is None, difference
    return {
        "lignes": sum(map(len, before.values())),
        **seconds,
        "lectures": watch.polls,
        "comptages": watch.counts,
        "lignes_manquantes": len(watch.missing),
        "lecture_la_plus_longue_ms": round(watch.longest_seconds * 1000, 1),
    }


def _wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    """PostgreSQL notices a client that was killed when it next speaks to it."""
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(POLL_SECONDS)
