"""What is taken away: taken up again wherever it was cut off, read by others, the same totals, nothing personal."""

import gzip
import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from infra.audit import export, parquet
from infra.audit.calcul import balance_at
from infra.audit.emporter import emporter
from infra.audit.fichier import AutreFichier
from infra.audit.parquet import EVENEMENTS, LIGNES, write_parquet
from infra.bootstrap import Services
from infra.cli.main import app
from tests.audit.test_balance import difficult
from tests.recours.importing import fill
from tests.support.keys import destroy_key
from tests.support.ledger import annulation, decompte, portfolio, services_on, take
from tests.support.postgres import DatabaseFactory

SQL = (Path(__file__).parent / "reste_a_charge.sql").read_text(encoding="utf-8")
PERSONAL = ("Lovelace", "ada@exemple.fr", "Consultation", "1980-02-03", "double_paiement")


@pytest.fixture(scope="module")
def filled(databases_18: DatabaseFactory) -> Iterator[Services]:
    """Members with corrections and recoveries, one of whom was forgotten; projected."""
    url = databases_18.create()
    with services_on(url) as services:
        take(services, *portfolio(140), *difficult(), annulation("ABSENT"))
        fill(services)
        services.projection_worker().catch_up()
        destroy_key(services, "00000003")
        yield services
    databases_18.drop(url)


def content_of(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


@pytest.mark.parametrize("name", ["journal.ndjson", "journal.ndjson.gz"])
def test_a_file_is_taken_up_wherever_it_was_cut_off(
    filled: Services, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK_EVENTS", 40)
    head = filled.journal.position()
    whole = tmp_path / f"whole-{name}"
    assert emporter(filled.url, whole, depuis=1, head=head).evenements == head
    lines, raw = content_of(whole), whole.read_bytes()
    assert lines.count(b"\n") == head
    for personal in PERSONAL:
        assert personal.encode() not in lines
    ends = [len(raw), len(raw) - 1, 0, 1, *random.Random(1).sample(range(len(raw)), 12)]
    for cut in ends:
        file = tmp_path / name
        file.write_bytes(raw[:cut])
        done = emporter(filled.url, file, depuis=1, head=head)
        assert content_of(file) == lines, cut
        assert done.evenements <= head
    assert emporter(filled.url, whole, depuis=1, head=head) == (head + 1, head, 0)


def test_a_file_goes_on_when_the_journal_has(services: Services, tmp_path: Path) -> None:
    take(services, decompte("R-1"), decompte("R-2"))
    file = tmp_path / "journal.ndjson.gz"
    assert emporter(services.url, file, depuis=2, head=2).evenements == 1
    take(services, decompte("R-3"))
    assert emporter(services.url, file, depuis=1, head=3) == (3, 3, 1)
    assert [line.split(b",")[0] for line in content_of(file).splitlines()] == [b'{"position":2', b'{"position":3']


def test_a_file_of_another_journal_is_left_as_it_is(filled: Services, tmp_path: Path) -> None:
    line = b'{"position":3,"enregistre_at":"2026-01-01T00:00:00.000000Z"}\n'
    for name, content in (
        ("a.ndjson", line),
        ("b.ndjson", b"ligne;montant\n1;2\n"),
        ("c.ndjson.gz", b"pas du gzip, mais plus long que son en-t\xc3\xaate"),
        ("d.ndjson.gz", gzip.compress(line)),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(AutreFichier):
            emporter(filled.url, file, depuis=1, head=10)
        assert file.read_bytes() == content


def test_an_analyst_finds_the_same_balance_in_the_parquet_files(
    filled: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 50)
    head = filled.journal.position()
    for au in (head, head // 2):
        folder = tmp_path / str(au)
        written = write_parquet(filled.url, folder, au)
        balance = balance_at(filled.url, au)
        with duckdb.connect() as db:
            for name, columns in (("lignes", LIGNES), ("evenements", EVENEMENTS)):
                db.execute(f"CREATE VIEW {name} AS FROM '{folder}/{name}.parquet'")
                assert [row[0] for row in db.execute(f"DESCRIBE {name}").fetchall()] == list(columns)
            found = db.execute(SQL).fetchall()[0]
            total = asdict(balance.total)
            assert dict(zip((d[0] for d in db.description or ()), found, strict=True)) == {
                name: value for name, value in total.items() if name != "indemnise_par_tiers"
            }
            paid = db.execute(
                "SELECT payeur, sum(montant_centimes)::BIGINT, count(*) FROM lignes WHERE NOT annule GROUP BY 1"
            ).fetchall()
            assert sorted(paid) == sorted((p.payeur.value, p.montant, p.lignes) for p in balance.par_payeur if p.lignes)
            assert db.execute("SELECT count(*), max(position) FROM evenements").fetchall() == [(au, au)]
            [(groups,)] = db.execute(
                f"SELECT count(DISTINCT row_group_id) FROM parquet_metadata('{folder}/evenements.parquet')"
            ).fetchall()
            assert groups > 1
            waiting = db.execute(f"SELECT count(*) FROM '{folder}/annulations.parquet' WHERE en_attente").fetchall()
            assert waiting[0][0] == sum(a.nombre for a in balance.anomalies if a.code == "annulation_en_attente")
        assert written.evenements == au
        everything = b"".join(file.read_bytes() for file in folder.iterdir())
        for personal in PERSONAL:
            assert personal.encode() not in everything
        assert sorted(file.name for file in folder.iterdir()) == [
            "annulations.parquet", "evenements.parquet", "lignes.parquet",
        ]  # fmt: skip


def test_the_commands_say_what_they_wrote(filled: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filled.settings.master_key is not None
    monkeypatch.setenv("DECOMPTE_DATABASE_URL", filled.url)
    monkeypatch.setenv("DECOMPTE_MASTER_KEY", "dW5lIGNsZSBtYWl0cmUgZGUgMzIgb2N0ZXRzIGljaS4=")
    runner, head = CliRunner(), filled.journal.position()
    done = runner.invoke(app, ["export", "evenements", "--depuis", str(head - 1)])
    assert (done.exit_code, done.stdout.count("\n")) == (0, 2)
    file = tmp_path / "j.ndjson"
    assert runner.invoke(app, ["export", "evenements", "--sortie", str(file)]).exit_code == 0
    assert file.read_bytes().count(b"\n") == head
    assert runner.invoke(app, ["export", "parquet", str(tmp_path / "p")]).exit_code == 0
    done = runner.invoke(app, ["balance", "--au", "50"])
    assert done.exit_code == 0
    assert '"position": 50' in done.stdout
    for wrong in ("demain", "2199-01-01"):
        assert runner.invoke(app, ["balance", "--au", wrong]).exit_code == 2
