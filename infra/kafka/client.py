"""How our clients of Kafka speak to the brokers: addresses, TLS, SASL, bounded waits."""

import logging
import ssl
from collections.abc import Callable
from threading import Event
from typing import Any, TypeVar

from kafka.errors import KafkaError

from infra.settings import BadSettings, Settings

REQUEST_TIMEOUT_MS = 10_000
BOOTSTRAP_TIMEOUT_MS = 3_000
RECONNECT_MAX_MS = 1_000
RETRY_SECONDS_MAX = 10.0

C = TypeVar("C")


def options(settings: Settings, *, client: str) -> dict[str, Any]:
    """What every client is given. Raises BadSettings when no broker is named, or a file of TLS cannot be read."""
    if not settings.kafka_serveurs:
        raise BadSettings("Donner les courtiers Kafka : DECOMPTE_KAFKA_SERVEURS=hôte:port[,hôte:port…]")
    given: dict[str, Any] = {
        "bootstrap_servers": list(settings.kafka_serveurs),
        "client_id": f"decompte-{client}",
        "security_protocol": settings.kafka_protocole,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "bootstrap_timeout_ms": BOOTSTRAP_TIMEOUT_MS,
        "reconnect_backoff_max_ms": RECONNECT_MAX_MS,
    }
    if settings.kafka_protocole.endswith("SSL"):
        given["ssl_context"] = _tls(settings)
    if settings.kafka_protocole.startswith("SASL"):
        given |= {
            "sasl_mechanism": settings.kafka_mecanisme,
            "sasl_plain_username": settings.kafka_utilisateur,
            "sasl_plain_password": settings.kafka_mot_de_passe,
        }
    return given


def connected(
    make: Callable[[], C], settings: Settings, *, stopped: Event, announce: Callable[[str], None]
) -> C | None:
    """A client, as soon as a broker answers; None when asked to stop first. Says what it waits for."""
    wait, servers = 0.5, settings.kafka_serveurs
    is_account_given = settings.kafka_utilisateur is not None
    while not stopped.is_set():
        try:
            return make()
        except KafkaError as error:
            # A broker that refuses an account closes the connection: the library sees no difference.
            why = "ne répond pas, ou refuse notre compte" if is_account_given else "ne répond pas"
            announce(f"Kafka ({', '.join(servers)}) {why} ({type(error).__name__}) : nouvel essai dans {wait:g} s.")
            stopped.wait(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)
    return None


def quieten() -> None:
    """The library tells of every reconnection at level ERROR; what matters of it we tell ourselves."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca)
        if settings.kafka_certificat is not None:
            context.load_cert_chain(settings.kafka_certificat, settings.kafka_cle)
    except OSError as error:
        raise BadSettings(f"Réglages TLS de Kafka illisibles : {error}") from None
    return context
