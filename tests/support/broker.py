"""One real broker that every worker of a test run shares, kept by a process of its own as long as one of them lives.

Run as a program: `python -m tests.support.broker FOLDER`, it keeps the broker.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from infra.embedded.locks import FileLock
from infra.kafka.broker import Broker, Secured
from infra.kafka.jars import BrokerUnavailable, jars, java
from tests.support.certificates import server_context
from tests.support.command import ROOT

START_SECONDS_MAX = 120.0
POLL_SECONDS = 0.05
ACCOUNT = ("payeur", "un mot de passe")


class Address(msgspec.Struct, frozen=True):
    """Where the shared broker listens, and the authority of its secured listener."""

    plain: str
    secured: str
    ca: str


def unavailable() -> str | None:
    """Why there is no broker on this machine; None where there is one."""
    try:
        java()
        jars()
    except BrokerUnavailable as reason:
        return str(reason)
    return None


class SharedBroker:
    """This worker's hold on the shared broker."""

    def __init__(self, folder: Path) -> None:
        """Start the broker of this folder, or share it."""
        folder.mkdir(parents=True, exist_ok=True)
        self._hold = FileLock.open(folder / "users.lock")
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._hold.try_shared():  # the keeper looks whether anybody is left
            time.sleep(POLL_SECONDS)
        with FileLock.open(folder / "start.lock") as start:
            while not start.try_exclusive():
                time.sleep(POLL_SECONDS)
            address = folder / "address.json"
            if not address.exists():
                subprocess.run(
                    [sys.executable, "-m", "tests.support.broker", str(folder)],
                    cwd=ROOT,
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    check=True,
                )
            while not address.exists():
                assert time.monotonic() < deadline, "the broker did not start"
                time.sleep(POLL_SECONDS)
        self.address = msgspec.json.decode(address.read_bytes(), type=Address)

    def close(self) -> None:
        """Leave the broker; it stops with the last worker that leaves."""
        self._hold.close()


def keep(folder: Path) -> None:
    """Run the broker until nobody shares its lock."""
    _, certificate = server_context(folder)
    secured = Secured(
        certificate=certificate.read_text(), key=(folder / "serveur.key").read_text(), users=dict([ACCOUNT])
    )
    users = FileLock.open(folder / "users.lock")
    with Broker(folder / "broker", secured=secured) as broker:
        address = Address(plain=broker.address, secured=broker.secured_address, ca=str(certificate))
        written = folder / "address.new"
        written.write_bytes(msgspec.json.encode(address))
        written.rename(folder / "address.json")
        while broker.is_running and not users.try_exclusive():
            time.sleep(POLL_SECONDS * 4)
        (folder / "address.json").unlink()


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # nobody's child, so that the worker that started it has nothing to wait for
    os.umask(0o077)
    keep(Path(sys.argv[1]))
