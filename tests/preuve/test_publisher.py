"""What leaves the house: exported checkpoints, and a witness's cosignatures."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra.bootstrap import Services
from infra.preuve.log import LogAltered
from infra.preuve.merkle import EMPTY_ROOT
from infra.preuve.note import Note, NoteRefused, open_checkpoint
from infra.preuve.publisher import Publisher, check_past, export_points, export_tiles, exported_points
from infra.preuve.store import point_of
from infra.preuve.witness import Witness
from infra.settings import BadSettings, read_settings
from infra.verify.verify import verify
from tests.preuve.witness_server import AT, WitnessServer, witnessing
from tests.support.ledger import decompte, portfolio, services_on, take


@pytest.fixture
def connection(services: Services) -> Iterator[Connection[DictRow]]:
    with psycopg.connect(services.url, autocommit=True, row_factory=dict_row) as opened:
        yield opened


@pytest.fixture
def witness(services: Services) -> Iterator[WitnessServer]:
    with witnessing(services.logs[0].vkey) as running:
        yield running


def sealed(services: Services, *counts: int) -> None:
    for count in counts:
        take(services, *portfolio(count))
        services.sealer().catch_up()


def test_a_witness_cosigns_each_last_checkpoint_and_what_it_says_is_kept(
    services: Services, connection: Connection[DictRow], witness: WitnessServer, tmp_path: Path
) -> None:
    publisher = Publisher(services.url, services.logs, folder=tmp_path, witnesses=[Witness.parse(witness.setting)])
    for count in (5, 300):
        sealed(services, count)
        publisher.publish(connection)
        publisher.publish(connection)
        found = point_of(connection, services.logs[0])
        assert found is not None
        point, note = found
        assert witness.size == point.size
        assert Note.parse(note).signature_of(witness.signer.vkey) == AT
        *_, last = exported_points(tmp_path / "evenements")
        assert last.read_bytes() == note
    assert witness.asked == 2
    report = verify(services)
    assert report.faults == []


def test_a_witness_that_knows_less_than_we_think_is_asked_from_where_it_is(
    services: Services, connection: Connection[DictRow], witness: WitnessServer
) -> None:
    sealed(services, 5, 20)
    publisher = Publisher(services.url, services.logs, witnesses=[Witness.parse(witness.setting)])
    publisher.publish(connection)
    witness.size, witness.root = 0, EMPTY_ROOT
    sealed(services, 40)
    publisher.publish(connection)
    assert witness.asked == 3
    assert witness.size == services.journal.position()


def test_a_fork_is_refused_by_the_witness_and_nothing_is_kept(
    services: Services, connection: Connection[DictRow], witness: WitnessServer
) -> None:
    sealed(services, 5)
    witness.size, witness.root = 3, bytes(32)
    Publisher(services.url, services.logs, witnesses=[Witness.parse(witness.setting)]).publish(connection)
    witness.size = 1_000
    Publisher(services.url, services.logs, witnesses=[Witness.parse(witness.setting)]).publish(connection)
    assert witness.asked == 3
    assert connection.execute("SELECT count(*) AS n FROM preuve_cosignature").fetchone() == {"n": 0}


def test_a_witness_that_is_away_is_left_alone_for_a_while(
    services: Services, connection: Connection[DictRow], witness: WitnessServer
) -> None:
    sealed(services, 5)
    away = Witness("http://127.0.0.1:9", witness.signer.vkey)
    publisher = Publisher(services.url, services.logs, witnesses=[away])
    publisher.publish(connection)
    publisher.publish(connection)
    assert connection.execute("SELECT count(*) AS n FROM preuve_cosignature").fetchone() == {"n": 0}


def test_the_exported_checkpoints_are_all_there_and_older_ones_stay_true(
    services: Services, connection: Connection[DictRow], tmp_path: Path
) -> None:
    sealed(services, 3, 30)
    assert export_points(connection, services.logs[0], tmp_path) == 2
    sealed(services, 60)
    assert export_points(connection, services.logs[0], tmp_path) == 1
    files = list(exported_points(tmp_path / "evenements"))
    assert [file.name for file in files] == sorted(f"{int(file.stem):012d}.point" for file in files)
    for file in files:
        assert check_past(connection, services.logs[0], file.read_bytes()).size == int(file.stem)
    assert not list(tmp_path.rglob("*.partiel"))


def test_a_log_that_is_not_the_exported_one_any_more_exports_nothing(
    services: Services, connection: Connection[DictRow], tmp_path: Path
) -> None:
    sealed(services, 10)
    export_points(connection, services.logs[0], tmp_path)
    [file] = exported_points(tmp_path / "evenements")
    longer = tmp_path / "evenements" / "000000001000.point"
    shutil.copy(file, longer)
    point, _ = open_checkpoint(file.read_bytes(), services.logs[0].vkey)
    ahead = type(point)(point.origin, 1_000, point.root)
    longer.write_bytes(services.logs[0].signer.sign(ahead.body))
    with pytest.raises(LogAltered, match=f"position {point.size + 1} : queue coupée"):
        export_points(connection, services.logs[0], tmp_path)
    longer.unlink()
    forked = type(point)(point.origin, point.size, bytes(32))
    file.write_bytes(services.logs[0].signer.sign(forked.body))
    with pytest.raises(LogAltered, match="bifurcation"):
        export_points(connection, services.logs[0], tmp_path)
    file.write_bytes(services.logs[0].signer.sign(forked.body)[:-10])
    with pytest.raises(LogAltered, match="point exporté"):
        export_points(connection, services.logs[0], tmp_path)


def test_the_tiles_are_laid_out_for_any_web_server(
    services: Services, connection: Connection[DictRow], tmp_path: Path
) -> None:
    assert export_tiles(connection, services.logs[0], tmp_path) == 0
    sealed(services, 10, 300)
    size = services.journal.position()
    assert export_tiles(connection, services.logs[0], tmp_path) == 6
    tiles = tmp_path / "evenements" / "tile"
    names = sorted(str(file.relative_to(tiles)) for file in tiles.rglob("*") if file.is_file())
    partial = size - 256
    assert names == ["0/000", f"0/001.p/{partial}", "1/000.p/1", "entries/000", f"entries/001.p/{partial}"]
    assert export_tiles(connection, services.logs[0], tmp_path) == 1
    point, _ = open_checkpoint((tmp_path / "evenements" / "checkpoint").read_bytes(), services.logs[0].vkey)
    leaves = (tiles / f"0/001.p/{partial}").read_bytes()
    assert len(leaves) == partial * 32
    assert point.size == size


def test_the_worker_publishes_by_itself_and_stops_when_asked(
    services: Services, witness: WitnessServer, tmp_path: Path
) -> None:
    with services_on(services.url, preuve_export=tmp_path, temoins=(Witness.parse(witness.setting),)) as opened:
        workers = opened.workers()
        threads = [threading.Thread(target=workers[name].run) for name in ("preuve", "publication")]
        for thread in threads:
            thread.start()
        try:
            take(opened, decompte())
            deadline = time.monotonic() + 20
            while witness.size < opened.journal.position() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert witness.size == opened.journal.position()
        finally:
            for name in ("preuve", "publication"):
                workers[name].stop()
            for thread in threads:
                thread.join(10)
    assert len(list(exported_points(tmp_path / "evenements"))) == 1


@pytest.mark.parametrize("temoins", ["temoin", "http://temoin.example clé", "ftp://x a+b+c", "https://x.example"])
def test_a_witness_that_is_not_named_rightly_is_refused(temoins: str) -> None:
    with pytest.raises(BadSettings, match="DECOMPTE_TEMOINS"):
        read_settings({"DECOMPTE_TEMOINS": temoins})


def test_settings_name_witnesses_and_the_origin(services: Services, witness: WitnessServer) -> None:
    settings = read_settings({"DECOMPTE_TEMOINS": f"{witness.setting}, {witness.setting}"})
    assert [str(each.vkey) for each in settings.temoins] == [str(witness.signer.vkey)] * 2
    with pytest.raises(BadSettings, match="type 4"):
        read_settings({"DECOMPTE_TEMOINS": f"{witness.url} {services.logs[0].vkey}"})
    with pytest.raises(BadSettings, match="PREUVE_ORIGINE"):
        read_settings({"DECOMPTE_PREUVE_ORIGINE": "a b"})
    with pytest.raises(NoteRefused):
        open_checkpoint(b"", witness.signer.vkey)
