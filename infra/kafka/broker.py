"""One Kafka broker for development and tests: KRaft, a single node, loopback only, in a folder of its own.

A second start on the same folder finds topics, offsets and addresses where they were, also after `kill -9`.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.embedded.locks import FileLock
from infra.embedded.privileges import Identity, before_exec
from infra.kafka.jars import BrokerUnavailable, jars, java

HEAP_MAX = "320m"
READY_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 30.0
POLL_SECONDS = 0.05
LOOPBACK = "127.0.0.1"
NODE_ID = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """A second listener, with TLS and SASL: its certificate and key as PEM, and who may enter with which password."""

    certificate: str
    key: str = field(repr=False)
    users: Mapping[str, str] = field(repr=False)


class Broker:
    """A broker that lives as long as the process, and the thread, that started it."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        secured: Secured | None = None,
        elsewhere: str | None = None,
        announce: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`port` None picks a free one, kept for later starts. `elsewhere` is a host that a relay makes it reachable
        by: clients that come through it are told that address. Raises BrokerUnavailable.
        """
        self.folder = folder.absolute()
        self._java, self._jars = java(), jars(announce=announce)
        self._announce = announce
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: FileLock | None = None
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._properties = self.folder / "server.properties"
        if not (self.folder / "formatted").exists():
            self._configure(port, secured, elsewhere)

    @property
    def address(self) -> str:
        """host:port for clients."""
        return self._listener("CLAIR")

    @property
    def secured_address(self) -> str:
        """host:port of the listener with TLS and SASL."""
        return self._listener("SUR")

    @property
    def relayed_port(self) -> int:
        """The port, on loopback, of the listener that is told as `elsewhere`; the same there."""
        return int(self._listener("AILLEURS").rpartition(":")[2])

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Format the storage if it is new, start, and wait until clients are answered. Raises BrokerUnavailable."""
        lock = FileLock.open(self.folder / "broker.lock")
        if not lock.try_exclusive():
            lock.close()
            raise BrokerUnavailable(f"Un courtier Kafka tourne déjà sur {self.folder}.")
        self._lock = lock
        try:
            if not (self.folder / "formatted").exists():
                self._format()
            self._announce("Démarrage du courtier Kafka…")
            with (self.folder / "broker.log").open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
                    self._command("kafka.Kafka", str(self._properties)),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=self._environment(),
                    preexec_fn=before_exec(
                        Identity(uid=None, gid=os.getegid(), capability=None), death_signal=signal.SIGKILL
                    ),
                )
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Stop in order; what takes too long is killed, which the next start recovers from."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self, order: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(order)
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _configure(self, port: int | None, secured: Secured | None, elsewhere: str | None) -> None:
        taken = _free_ports(4)
        listeners = {"CLAIR": f"{LOOPBACK}:{port or taken[0]}", "CONTROLE": f"{LOOPBACK}:{taken[1]}"}
        advertised = {"CLAIR": listeners["CLAIR"]}
        protocols = {"CLAIR": "PLAINTEXT", "CONTROLE": "PLAINTEXT"}
        more: dict[str, str] = {}
        if elsewhere is not None:
            listeners["AILLEURS"], protocols["AILLEURS"] = f"{LOOPBACK}:{taken[2]}", "PLAINTEXT"
            advertised["AILLEURS"] = f"{elsewhere}:{taken[2]}"
        if secured is not None:
            listeners["SUR"], protocols["SUR"] = f"{LOOPBACK}:{taken[3]}", "SASL_SSL"
            advertised["SUR"] = listeners["SUR"]
            more = _secured_properties(secured)
        properties = properties_of(self.folder, listeners, advertised, protocols) | more
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        descriptor = os.open(self._properties, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)

    def _format(self) -> None:
        """A start that was interrupted here leaves no mark, and formats anew."""
        shutil.rmtree(self.folder / "log", ignore_errors=True)
        identifier = urlsafe_b64encode(bytes([0x40 | os.urandom(1)[0] & 0x3F]) + os.urandom(15)).decode().rstrip("=")
        self._run("kafka.tools.StorageTool", "format", "--standalone", "-t", identifier, "-c", str(self._properties))
        (self.folder / "formatted").touch()

    def _run(self, main: str, *arguments: str) -> str:
        ended = subprocess.run(  # noqa: S603 - no shell, our own arguments
            self._command(main, *arguments),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self._environment(),
            timeout=READY_SECONDS_MAX,
            check=False,
        )
        if ended.returncode:
            raise BrokerUnavailable(f"Préparation du courtier Kafka impossible : {ended.stderr.strip()[-300:]}")
        return ended.stdout

    def _command(self, main: str, *arguments: str) -> list[str]:
        with resources.as_file(resources.files("infra.kafka").joinpath("log4j2.properties")) as logging:
            return [
                str(self._java),
                f"-Xmx{HEAP_MAX}",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                f"-Dlog4j2.configurationFile={logging}",
                "-cp",
                f"{self._jars}/*",
                main,
                *arguments,
            ]

    def _environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA_", "DECOMPTE_"))}

    def _wait_until_ready(self) -> None:
        """A broker that listens may still be looking for its controller: it is ready when it knows itself."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            if not self.is_running:
                break
            if answers(self.address):
                return
            time.sleep(POLL_SECONDS)
        raise BrokerUnavailable(f"Le courtier Kafka n'a pas démarré : voir {self.folder / 'broker.log'}.")

    def _listener(self, name: str) -> str:
        for line in self._properties.read_text(encoding="utf-8").splitlines():
            if line.startswith("listeners="):
                for listener in line.removeprefix("listeners=").split(","):
                    if listener.startswith(f"{name}://"):
                        return listener.removeprefix(f"{name}://")
        raise BrokerUnavailable(f"Ce courtier n'écoute pas « {name} ».")


def properties_of(
    folder: Path, listeners: Mapping[str, str], advertised: Mapping[str, str], protocols: Mapping[str, str]
) -> dict[str, str]:
    """How a single node of KRaft is set."""
    return {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "controller.quorum.bootstrap.servers": listeners["CONTROLE"],
        "controller.listener.names": "CONTROLE",
        "inter.broker.listener.name": "CLAIR",
        "listeners": ",".join(f"{name}://{place}" for name, place in listeners.items()),
        "advertised.listeners": ",".join(f"{name}://{place}" for name, place in advertised.items()),
        "listener.security.protocol.map": ",".join(f"{name}:{value}" for name, value in protocols.items()),
        "log.dirs": str(folder / "log"),
        "auto.create.topics.enable": "false",
        "delete.topic.enable": "true",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "log.retention.hours": "-1",
        "num.network.threads": "2",
        "num.io.threads": "2",
        # A broker that was killed is let in again once its last session has run out.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
    }


def answers(address: str) -> bool:
    """Whether a broker at this address answers and knows its cluster."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
        client = KafkaAdminClient(bootstrap_servers=address, bootstrap_timeout_ms=2_000, request_timeout_ms=2_000)
    except (OSError, KafkaError):
        return False
    try:
        return bool(client.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        client.close()


def _secured_properties(secured: Secured) -> dict[str, str]:
    users = " ".join(f'user_{name}="{password}"' for name, password in secured.users.items())
    plain = f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};"
    return {
        "listener.name.sur.ssl.keystore.type": "PEM",
        "listener.name.sur.ssl.keystore.certificate.chain": _one_line(secured.certificate),
        "listener.name.sur.ssl.keystore.key": _one_line(secured.key),
        "listener.name.sur.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sur.plain.sasl.jaas.config": plain,
    }


def _one_line(pem: str) -> str:
    return pem.strip().replace("\n", "\\n")


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody has now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
