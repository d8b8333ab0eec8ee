"""Apache Kafka on this machine: found, or fetched by Maven, for development and tests. Production has its own.

The jars go into a folder of the project that git ignores, one a version of `pom.xml`; a fetch that is interrupted
leaves nothing that looks finished.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from infra.embedded.locks import POLL_SECONDS, held_alone

JAVA_MIN = 17
FETCH_SECONDS_MAX = 600.0
_ROOT = Path(__file__).resolve().parents[2]


class BrokerUnavailable(OSError):
    """This machine cannot run a broker of its own: the message says what is missing."""


def java() -> Path:
    """The Java that runs the broker. Raises BrokerUnavailable when there is none, or one that is too old."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(f"{home}/bin/java") if home else shutil.which("java")
    if found is None:
        raise BrokerUnavailable(f"Java {JAVA_MIN} est absent (paquet default-jre-headless) : pas de courtier ici.")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    version = re.search(r'version "(\d+)', said.stderr)
    if version is None or int(version[1]) < JAVA_MIN:
        raise BrokerUnavailable(f"Java {JAVA_MIN} ou plus récent est nécessaire au courtier Kafka.")
    return Path(found)


def jars(*, announce: Callable[[str], None] = lambda _: None) -> Path:
    """The folder of Kafka's jars, fetched when it is not there yet. Raises BrokerUnavailable."""
    pom = resources.files("infra.kafka").joinpath("pom.xml").read_bytes()
    state = _ROOT / ".decompte" / "kafka"
    folder = state / hashlib.sha256(pom).hexdigest()[:16]
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerUnavailable("Maven est absent (paquet maven) : impossible d'obtenir Apache Kafka.")
    state.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + FETCH_SECONDS_MAX
    while not folder.is_dir():  # whoever fetches alone is awaited by the others
        with held_alone(state / "fetch.lock") as lock:
            if lock is not None and not folder.is_dir():
                announce("Apache Kafka, par Maven (une seule fois)…")
                _fetch(maven, pom, state, folder)
        if time.monotonic() > deadline:
            raise BrokerUnavailable("Apache Kafka n'a pas pu être obtenu à temps.")
        time.sleep(POLL_SECONDS)
    return folder


def _fetch(maven: str, pom: bytes, state: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=state) as scratch:
        Path(scratch, "pom.xml").write_bytes(pom)
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={scratch}/jars"]
        ended = subprocess.run(  # noqa: S603 - no shell, our own arguments
            [maven, "-q", "-B", *goal],
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS_MAX,
            check=False,
        )
        if ended.returncode or not list(Path(scratch).glob("jars/kafka_*.jar")):
            said = (ended.stdout + ended.stderr).strip().splitlines()
            raise BrokerUnavailable("Maven n'a pas obtenu Apache Kafka" + (f" : {said[0]}" if said else "."))
        Path(scratch, "jars").rename(folder)
