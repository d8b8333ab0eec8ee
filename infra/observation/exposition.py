"""What Prometheus scrapes: this process's own counters, and how the installation is doing as its database tells.

Each process tells the same of the database, so that any one of them may die; dashboards take the maximum.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Metric, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from infra.observation.etat import BaseSansForme, Etat, read_etat
from infra.observation.kafka import gauges_of_kafka

log = structlog.get_logger(__name__)


class EtatCollector(Collector):
    """Reads the state of the installation at each scrape; a database that does not answer is one of the figures."""

    def __init__(self, url: str) -> None:
        self._url = url

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        try:
            etat = read_etat(self._url)
        except (psycopg.Error, BaseSansForme) as error:
            log.warning("etat_illisible", exc_info=error)
            yield _gauge("decompte_base_disponible", "1 when the database answers.", 0)
            return
        yield _gauge("decompte_base_disponible", "1 when the database answers.", 1)
        yield from gauges_of(etat)


class Exposition(CollectorRegistry):
    """This process's registry and the installation's state, in one answer."""

    def __init__(self, url: str) -> None:
        super().__init__(auto_describe=False)
        self._etat = EtatCollector(url)

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from REGISTRY.collect()
        yield from self._etat.collect()

    def text(self) -> bytes:
        """The answer to a scrape. Blocks while the database answers: for a thread."""
        return generate_latest(self)


@contextmanager
def exposed(url: str, port: int | None, *, host: str = "127.0.0.1") -> Iterator[int | None]:
    """Serve `/metrics` beside a worker that has no HTTP of its own; yields the port, None when none was asked for."""
    if port is None:
        yield None
        return
    server, thread = start_http_server(port, addr=host, registry=Exposition(url))
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def gauges_of(etat: Etat) -> Iterator[Metric]:
    """The state as gauges."""
    yield _gauge("decompte_base_octets", "Size of the database.", etat.base.octets)
    yield _gauge("decompte_base_sessions", "Sessions on the database.", etat.base.sessions)
    yield _gauge("decompte_base_sessions_max", "Sessions that the server allows.", etat.base.sessions_max)
    yield _gauge("decompte_journal_position", "Last event recorded.", etat.journal.position)
    if etat.journal.age_secondes is not None:
        yield _gauge("decompte_journal_age_secondes", "Since the last event was recorded.", etat.journal.age_secondes)
    events = GaugeMetricFamily(
        "decompte_projection_retard_evenements", "Events recorded and not projected.", labels=["projection"]
    )
    seconds = GaugeMetricFamily(
        "decompte_projection_retard_secondes", "Since the oldest event not projected.", labels=["projection"]
    )
    aside = GaugeMetricFamily(
        "decompte_projection_ecartes_en_attente", "Events set aside that nobody mended.", labels=["projection"]
    )
    of_bucket = ["projection", "seau"]
    bucket_events = GaugeMetricFamily(
        "decompte_projection_seau_retard_evenements", "Events not looked at yet, by member bucket.", labels=of_bucket
    )
    bucket_seconds = GaugeMetricFamily(
        "decompte_projection_seau_retard_secondes", "Since the oldest of them, by member bucket.", labels=of_bucket
    )
    for projection in etat.projections:
        for bucket in projection.seaux:
            bucket_events.add_metric([projection.nom, bucket.seau], bucket.retard_evenements)
            bucket_seconds.add_metric([projection.nom, bucket.seau], bucket.retard_secondes)
        events.add_metric([projection.nom], projection.retard_evenements)
        seconds.add_metric([projection.nom], projection.retard_secondes)
        aside.add_metric([projection.nom], projection.ecartes)
    yield from (events, seconds, aside, bucket_events, bucket_seconds)
    yield _gauge("decompte_notifications_retard_evenements", "Events not announced yet.", etat.notifications_retard)
    unsealed = GaugeMetricFamily(
        "decompte_preuve_retard_entrees", "Entries that no checkpoint covers yet.", labels=["journal"]
    )
    for preuve in etat.preuves:
        unsealed.add_metric([preuve.nom], preuve.retard_entrees)
    yield unsealed
    mails = GaugeMetricFamily("decompte_courriels_en_attente", "Mails that wait, by state.", labels=["etat"])
    ages = GaugeMetricFamily("decompte_courriels_age_secondes", "Age of the oldest of them.", labels=["etat"])
    for mail in etat.courriels:
        mails.add_metric([mail.nom], mail.nombre)
        ages.add_metric([mail.nom], mail.age_secondes or 0.0)
    yield from (mails, ages)
    kept = GaugeMetricFamily(
        "decompte_quarantaine_messages", "Messages that nobody replayed, by code.", labels=["code"]
    )
    for message in etat.quarantaine:
        kept.add_metric([message.nom], message.nombre)
    yield kept
    yield from gauges_of_kafka(etat.kafka)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
