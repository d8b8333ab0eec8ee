"""A worker that the network cuts off, from the broker or from the database: no loss, no double, back without hands."""

import time

from infra.bench.kafka_feeder import Feeder, check
from infra.bench.kafka_network import Network, addresses, unavailable
from infra.bench.kafka_site import Site
from infra.bench.stand import Stand
from infra.kafka.topics import PARTITIONS

FULL_FROM = 10_000
CUT_SECONDS = 30.0
REDUCED_CUT_SECONDS = 2.5
RETURN_SECONDS_MAX = 90.0


SEEN_SECONDS_MAX = 4.0


class NoNetwork(OSError):
    """This machine has no network namespaces to cut: the message says why."""


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Cut both links in turn while messages come. Raises AssertionError, NoNetwork."""
    reason = unavailable()
    if reason is not None:
        raise NoNetwork(reason)
    seconds = CUT_SECONDS if messages >= FULL_FROM else REDUCED_CUT_SECONDS
    courtier, base = addresses(2)
    with (
        Site(stand, elsewhere=courtier) as site,
        Network({courtier: site.broker.relayed_port, base: site.database_port}) as network,
    ):
        cut_off = site.start(
            "consume",
            within=network.within,
            environment={
                "DECOMPTE_DATABASE_URL": site.reachable_at(base, site.database_port),
                "DECOMPTE_KAFKA_SERVEURS": f"{courtier}:{site.broker.relayed_port}",
            },
        )
        other = site.start("consume")
        found: dict[str, float | int | str] = {"coupure_secondes": seconds}
        feeders: list[Feeder] = []
        for number, (name, host) in enumerate((("courtier", courtier), ("base", base))):
            _wait_shared(site)
            feeder = Feeder(site, messages // 2, seconds=seconds + 2, prefix=str(number))
            feeders.append(feeder)
            feeder.start()
            before = _sent(feeders)
            site.wait_until(lambda before=before: site.taken() > before, "rien n'est pris", seconds=60)  # type: ignore[misc]
            stand.prepare(f"lien avec {'le courtier' if host == courtier else 'la base'} coupé {seconds:g} s")
            network.cut(host)
            at_cut, begun = site.taken(), time.monotonic()
            time.sleep(seconds)
            found[f"{name}_pris_pendant"] = site.taken() - at_cut
            network.mend(host)
            feeder.finish()
            mended = time.monotonic()
            sent = _sent(feeders) + messages // 2
            site.wait_until(
                lambda sent=sent: site.taken() >= sent,  # type: ignore[misc]
                "tout n'est pas pris après la coupure",
                seconds=RETURN_SECONDS_MAX,
            )
            _wait_shared(site)
            found[f"{name}_retour_secondes"] = round(time.monotonic() - mended, 1)
            assert time.monotonic() - begun >= seconds
        site.wait_until(lambda: not site.rows("SELECT 1 FROM kafka_rejet LIMIT 1"), "des refus restent", seconds=60)
        site.stop(cut_off)
        site.stop(other)
        return found | check(site, *feeders)


def _sent(feeders: list[Feeder]) -> int:
    """How many messages the feeders before the last one wrote."""
    return sum(feeder.messages for feeder in feeders[:-1])


def _wait_shared(site: Site) -> None:
    """Both workers read: each has half of the partitions, and looked at them lately."""

    def is_shared() -> bool:
        rows = site.rows(
            "SELECT count(DISTINCT owner) AS owners, count(*) AS n,"
            " max(extract(epoch FROM clock_timestamp() - end_seen_at)) AS seen FROM kafka_partition"
        )
        return bool(rows[0]["owners"] == 2 and rows[0]["n"] == PARTITIONS and rows[0]["seen"] < SEEN_SECONDS_MAX)

    site.wait_until(is_shared, "les deux ouvriers ne se partagent pas les partitions", seconds=RETURN_SECONDS_MAX)
