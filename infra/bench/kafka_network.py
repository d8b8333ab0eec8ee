"""A network of its own for a worker, whose links can be cut: a namespace, two pairs of interfaces, a relay for each.

Linux, as root, with `ip` (iproute2). Packets are lost in silence while a link is down, as when a cable is pulled. The
relays stand for the servers' machines: they notice a client that is cut off as the servers would, by TCP keepalive.
"""

import os
import secrets
import selectors
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

COMMAND_SECONDS_MAX = 20.0
CHUNK_BYTES = 65_536
_USER_TIMEOUT_MS = 10_000


def unavailable() -> str | None:
    """Why there are no namespaces here; None where there are."""
    if os.geteuid() != 0:
        return "les espaces de noms réseau demandent root"
    if shutil.which("ip") is None:
        return "ip est absent (paquet iproute2)"
    name = f"decompte-{secrets.token_hex(3)}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:  # noqa: S603, S607
        return "ce noyau, ou ce conteneur, refuse les espaces de noms réseau"
    _ip("netns", "del", name)
    return None


class Network:
    """The namespace and its two links; the worker's commands run `within` it."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        """For each address, the port of loopback that it leads to."""
        self._name = f"decompte-{secrets.token_hex(3)}"
        self._ports = ports
        self._links = {host: f"dk{secrets.token_hex(3)}" for host in ports}
        self._relays: list[Relay] = []

    @property
    def within(self) -> Sequence[str]:
        """What runs a command in the namespace."""
        return ["ip", "netns", "exec", self._name]

    def __enter__(self) -> Self:
        try:
            _ip("netns", "add", self._name)
            _ip("-n", self._name, "link", "set", "lo", "up")
            for host, link in self._links.items():
                inside = f"{link}i"
                _ip("link", "add", link, "type", "veth", "peer", "name", inside, "netns", self._name)
                _ip("address", "add", f"{host}/30", "dev", link)
                _ip("link", "set", link, "up")
                _ip("-n", self._name, "address", "add", f"{_neighbour(host)}/30", "dev", inside)
                _ip("-n", self._name, "link", "set", inside, "up")
                self._relays.append(Relay(host, self._ports[host]))
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def cut(self, host: str) -> None:
        """Pull the cable between the worker and this address."""
        _ip("link", "set", self._links[host], "down")

    def mend(self, host: str) -> None:
        """Put it back."""
        _ip("link", "set", self._links[host], "up")

    def _remove(self) -> None:
        for relay in self._relays:
            relay.close()
        for link in self._links.values():  # the other end goes with it
            subprocess.run(["ip", "link", "del", link], capture_output=True, check=False)  # noqa: S603, S607
        subprocess.run(["ip", "netns", "del", self._name], capture_output=True, check=False)  # noqa: S603, S607


class Relay:
    """host:port to the same port on loopback, with one thread for all connections."""

    def __init__(self, host: str, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((host, port), backlog=64)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._other: dict[socket.socket, socket.socket] = {}
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="relais", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let every connection go."""
        self._is_closed = True
        self._thread.join(COMMAND_SECONDS_MAX)

    def _run(self) -> None:
        while not self._is_closed:
            for key, _ in self._selector.select(timeout=0.1):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._pass_on(key.fileobj)
        for each in list(self._other):
            each.close()
        self._listener.close()
        self._selector.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self._port), timeout=5)
        except OSError:
            client.close()
            return
        _notice_its_end(client)
        for one, other in ((client, server), (server, client)):
            one.settimeout(_USER_TIMEOUT_MS / 1000)
            self._other[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, source: socket.socket) -> None:
        target = self._other.get(source)
        if target is None:
            return
        try:
            chunk = source.recv(CHUNK_BYTES)
            if chunk:
                target.sendall(chunk)
                return
        except OSError:
            pass
        for each in (source, target):
            self._selector.unregister(each)
            del self._other[each]
            each.close()


def addresses(count: int) -> list[str]:
    """Addresses of a private network that another run at the same time hardly has: each the first of four."""
    third = secrets.randbelow(256)
    return [f"10.203.{third}.{4 * number + 1}" for number in range(count)]


def _neighbour(host: str) -> str:
    network, _, last = host.rpartition(".")
    return f"{network}.{int(last) + 1}"


def _notice_its_end(client: socket.socket) -> None:
    """As the broker's and the database's machines are told to."""
    if sys.platform == "linux":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)


def _ip(*arguments: str) -> None:
    subprocess.run(  # noqa: S603
        ["ip", *arguments],  # noqa: S607
        capture_output=True,
        timeout=COMMAND_SECONDS_MAX,
        check=True,
    )
