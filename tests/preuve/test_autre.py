"""Our log before Go's own verifier (golang.org/x/mod/sumdb), which knows nothing of ours but the public formats."""

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import dict_row

from infra.bootstrap import Services
from infra.preuve.note import Checkpoint, Signer
from infra.preuve.publisher import export_points, export_tiles, exported_points
from infra.preuve.reads import ProofReads
from tests.preuve.go_program import build
from tests.support.ledger import portfolio, services_on, take
from tests.support.postgres import DatabaseFactory

SIZES = (3, 256, 300, 700)


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A log as it was exported, and what checks it."""

    services: Services
    folder: Path
    program: Path

    def verify(self, *files: Path, folder: Path | None = None, vkey: object = None, entry: bytes = b"") -> str:
        """What the program says: `ok N`, or what is wrong."""
        key = str(vkey or self.services.logs[0].vkey)
        done = subprocess.run(
            [str(self.program), str(folder or self.folder), key, *map(str, files)],
            env={**os.environ, "ENTRY": base64.b64encode(entry).decode()},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) is done.stdout.startswith("ok"), done
        return done.stdout.strip() or done.stderr.strip()


@pytest.fixture(scope="module")
def exported(databases_18: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    """A log of three tiles, several checkpoints."""
    program = build(tmp_path_factory.mktemp("go"))
    if isinstance(program, str):
        pytest.skip(program)
    folder, url = tmp_path_factory.mktemp("exported"), databases_18.create()
    with services_on(url) as services:
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            for count in SIZES:
                take(services, *portfolio(count))
                services.sealer().catch_up()
            export_points(connection, services.logs[0], folder)
            export_tiles(connection, services.logs[0], folder)
        yield Exported(services=services, folder=folder / "evenements", program=program)
    databases_18.drop(url)


def copied(exported: Exported, folder: Path) -> Path:
    shutil.copytree(exported.folder, folder / "copy")
    return folder / "copy"


def test_checkpoint_tiles_and_entries_are_right_and_every_older_checkpoint_is_of_the_past(exported: Exported) -> None:
    points = list(exported_points(exported.folder))
    assert len(points) == len(SIZES)
    assert exported.verify(*points) == f"ok {exported.services.journal.position()}"


def test_the_proofs_that_we_make_are_right(exported: Exported, tmp_path: Path) -> None:
    reads = ProofReads(exported.services.datastore, exported.services.logs)
    last = exported.services.journal.position()
    oldest = int(next(iter(exported_points(exported.folder))).stem)
    for position, size in ((1, None), (256, None), (257, None), (last, None), (2, oldest)):
        [inclusion] = reads.inclusions(exported.services.logs[0], [position], size)
        file = tmp_path / f"{position}.tlog-proof"
        file.write_text(inclusion.document)
        assert exported.verify(file, entry=inclusion.entry).startswith("ok")
        assert "invalid" in exported.verify(file, entry=inclusion.entry + b"x")


def test_a_fork_is_refused(exported: Exported, tmp_path: Path) -> None:
    log = exported.services.logs[0]
    fork = tmp_path / "fork"
    for size in (int(next(iter(exported_points(exported.folder))).stem), exported.services.journal.position()):
        fork.write_bytes(log.signer.sign(Checkpoint(log.origin, size, bytes(32)).body))
        assert exported.verify(fork).startswith("fork: ")


def test_what_another_key_signed_is_refused(exported: Exported, tmp_path: Path) -> None:
    log = exported.services.logs[0]
    forger = Signer(log.origin, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert "note has no verifiable signatures" in exported.verify(vkey=forger.vkey)
    forged = tmp_path / "forged"
    forged.write_bytes(forger.sign(Checkpoint(log.origin, 3, bytes(32)).body))
    assert "no verifiable signatures" in exported.verify(forged)


@pytest.mark.parametrize("name", ["tile/0/000", "tile/0/002.p", "tile/1/000.p", "tile/entries/001"])
def test_one_byte_in_any_tile_is_refused(exported: Exported, tmp_path: Path, name: str) -> None:
    folder = copied(exported, tmp_path)
    found = folder / name
    file = next(found.iterdir()) if found.is_dir() else found
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert not exported.verify(folder=folder).startswith("ok")
