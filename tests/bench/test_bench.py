"""The bench really measures: every figure runs, at sizes that say nothing about speed."""

import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.bench import synthetic
from infra.bench.children import import_lines
from infra.bench.measures import Better, Figure, Limit, Measured
from infra.bench.memory_watch import MemoryWatch
from infra.bench.registry import FIGURES
from infra.bench.report import conditions, document, missed
from infra.bench.sizes import FULL, QUICK, Sizes
from infra.bench.stand import PREFIX, Stand
from tests.support.broker import unavailable
from tests.support.command import run
from tests.support.postgres import DatabaseFactory

TINY = Sizes(
    repetitions=1,
    members=4,
    append_events=300,
    saves_per_thread=3,
    stock_events=60,
    load_seconds=0.2,
    fresh_seconds=0.4,
    appends=20,
    small_decomptes=500,
    large_decomptes=1_000,
    reads_per_pass=3,
)


@pytest.fixture(scope="module")
def stand(databases_18: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    url = databases_18.create()
    opened = Stand(url, tmp_path_factory.mktemp("bench"), TINY, announce=lambda _: None)
    yield opened
    opened.close()
    databases_18.drop(url)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_every_figure_is_really_measured(stand: Stand, figure: Figure) -> None:
    if figure.id == "kafka" and (reason := unavailable()) is not None:
        pytest.skip(reason)
    measured = figure.measure(stand)
    assert measured.ratio > 0
    assert measured.ours > 0
    if measured.reference is not None:
        assert measured.ratio == pytest.approx(measured.ours / measured.reference)
    json.dumps(document({figure: measured}, {}))


def test_the_figures_and_their_floors_are_those_that_were_asked_for() -> None:
    assert {figure.id: figure.floor for figure in FIGURES.values()} == {
        "append_1000": 0.60,
        "append_5000": 0.80,
        "ingest": 0.30,
        "save_8_threads": 2.5,
        "http_flux": 0.7,
        "kafka": 0.6,
        "projection": 25,
        "projection_2": 1.0,
        "rebuild": 30,
        "rebuild_floor": 0.50,
        "releve": 0.25,
        "flat": 1.2,
        "fresh_ms": 250,
        "append_during_rebuild": 2.5,
        "sealing": 0.90,
        "verify_log": 0.50,
        "verify_rows": 1.0,
        "memory": 1.3,
    }
    lower = {figure.id for figure in FIGURES.values() if figure.better is Better.LOWER}
    assert lower == {"flat", "fresh_ms", "append_during_rebuild", "memory"}
    assert {figure.id for figure in FIGURES.values() if figure.is_long} == {"flat", "memory"}


@pytest.mark.parametrize("sizes", [QUICK, FULL])
def test_medians_are_of_three_repetitions_at_least(sizes: Sizes) -> None:
    assert sizes.repetitions >= 3


def test_the_flat_figure_has_members_enough_for_every_pass() -> None:
    for sizes in (QUICK, FULL):
        assert sizes.small_decomptes // 50 >= sizes.reads_per_pass * (sizes.repetitions + 1)


def figure(floor: float, better: Better = Better.HIGHER) -> Figure:
    return Figure(id="exemple", title="exemple", floor=floor, better=better, measure=lambda _: at(1))


def at(ratio: float, *limits: Limit) -> Measured:
    return Measured(ratio=ratio, unit="x", ours=ratio, limits=limits)


@pytest.mark.parametrize(("ratio", "is_held"), [(0.59, False), (0.60, True), (0.9, True)])
def test_a_floor_is_held_from_below(ratio: float, is_held: bool) -> None:
    assert figure(0.60).is_held(at(ratio)) is is_held


@pytest.mark.parametrize(("ratio", "is_held"), [(1.21, False), (1.2, True), (0.9, True)])
def test_a_cost_is_held_from_above(ratio: float, is_held: bool) -> None:
    assert figure(1.2, Better.LOWER).is_held(at(ratio)) is is_held


def test_a_good_ratio_does_not_make_up_for_a_limit_that_is_broken() -> None:
    limit = Limit(name="p99_ms", value=7.0, below=5.0)
    assert figure(0.25).is_held(at(0.9, dataclasses.replace(limit, value=4.9)))
    assert not figure(0.25).is_held(at(0.9, limit))
    assert missed({figure(0.25): at(0.9, limit)}) == ["exemple"]


def test_the_document_says_the_ratio_the_target_and_the_conditions(database_url: str) -> None:
    said = document(
        {figure(0.5): at(0.61234, Limit(name="p99_ms", value=4.0))}, conditions(database_url, TINY, is_quick=True)
    )
    [entry] = said["figures"]
    assert (entry["id"], entry["ratio"], entry["target"], entry["better"], entry["p99_ms"]) == (
        "exemple", 0.6123, 0.5, "higher", 4.0,
    )  # fmt: skip
    assert said["conditions"]["fsync"] == "on"
    assert said["conditions"]["synchronous_commit"] == "on"


def test_one_figure_alone_gives_a_table_and_a_file(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "mesures.json"
    done = run("bench", "--quick", "--only", "append_1000", "--json", str(file), url=database_url)
    assert done.returncode == 0, done.stderr.decode()
    assert [entry["id"] for entry in json.loads(file.read_text())["figures"]] == ["append_1000"]
    table = done.stdout.decode()
    for heading in ("figure", "rapport", "plancher", "tenu ?", "nôtre", "référence", "append_1000", "≥ 0,6"):
        assert heading in table
    assert "mesure 3 / 3" in done.stderr.decode()


def test_a_stand_leaves_no_database_behind(tmp_path: Path, database_url: str) -> None:
    closed = Stand(database_url, tmp_path, TINY, announce=lambda _: None)
    with psycopg.connect(database_url, autocommit=True) as connection:

        def existing(urls: set[str]) -> int:
            names = [url.rpartition("/")[2] for url in urls]
            assert all(name.startswith(PREFIX) for name in names)
            row = connection.execute("SELECT count(*) FROM pg_database WHERE datname = ANY(%s)", (names,)).fetchone()
            assert row is not None
            count: int = row[0]
            return count

        with closed.database() as url:
            urls = {closed.empty, url}
            assert existing(urls) == 2
        assert existing(urls) == 1
        closed.close()
        assert existing(urls) == 0


def test_an_unknown_figure_is_named_with_those_that_exist() -> None:
    done = run("bench", "--only", "vitesse")
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "figure inconnue : vitesse" in said
    assert "rebuild_floor" in said


def test_quick_refuses_a_long_figure_rather_than_measure_something_else() -> None:
    done = run("bench", "--quick", "--only", "flat")
    assert done.returncode == 2
    assert "flat : figure longue" in done.stderr.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="la mémoire d'un processus n'est lue de l'extérieur que sous Linux")
def test_memory_is_seen_however_short_the_look() -> None:
    with MemoryWatch(os.getpid()) as watch:
        pass
    assert watch.peak_bytes > 1_000_000


def test_the_memory_of_an_import_is_not_that_of_who_starts_it(stand: Stand) -> None:
    ballast = b"x" * 200_000_000
    with stand.database() as url:
        imported = import_lines(stand.environment(url), synthetic.lines(100))
    assert 10_000_000 < imported.peak_bytes < len(ballast)
