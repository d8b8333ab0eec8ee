"""Each command, run as a user runs it: what it prints, and its exit code."""

import gzip
import json
from pathlib import Path

import psycopg
import pytest

from tests.support.command import run
from tests.support.ledger import decompte, encode, portfolio, soin_line
from tests.support.postgres import DatabaseFactory

COMMANDS = (
    "serve", "import", "project", "rebuild", "verify", "replay", "token", "migrate", "demo", "test", "sample",
    "database-url", "bench", "courriels",
)  # fmt: skip


def feed(path: Path, *messages: bytes) -> Path:
    path.write_bytes(b"".join(message + b"\n" for message in messages))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_with_examples(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Exemple" in done.stdout.decode()


def test_a_file_imported_twice_is_recorded_once(tmp_path: Path, database_url: str) -> None:
    file = feed(tmp_path / "flux.ndjson", *map(encode, portfolio(100)))
    first = run("import", str(file), url=database_url)
    assert first.returncode == 0, first.stderr.decode()
    with psycopg.connect(database_url) as connection:
        before = connection.execute("SELECT count(*), max(notification_id) FROM stored_events").fetchone()
    second = run("import", str(file), url=database_url)
    assert second.returncode == 0
    assert "100 déjà enregistrés" in second.stderr.decode()
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*), max(notification_id) FROM stored_events").fetchone() == before


def test_a_compressed_file_and_standard_input_are_feeds_too(tmp_path: Path, database_url: str) -> None:
    lines = b"\n".join(map(encode, portfolio(30)))
    (tmp_path / "flux.ndjson.gz").write_bytes(gzip.compress(lines))
    assert run("import", str(tmp_path / "flux.ndjson.gz"), url=database_url).returncode == 0
    piped = run("import", "-", url=database_url, stdin=lines)
    assert piped.returncode == 0
    assert "30 déjà enregistrés" in piped.stderr.decode()


def test_a_broken_line_is_named_and_the_exit_code_is_3(tmp_path: Path, database_url: str) -> None:
    file = feed(tmp_path / "flux.ndjson", encode(decompte()), b"{", b"", encode(decompte("R-2")))
    done = run("import", str(file), url=database_url)
    assert done.returncode == 3
    said = done.stderr.decode()
    assert "ligne 2 : json_invalide" in said
    assert "3 messages reçus = 2 enregistrés" in said


def test_a_rehearsal_records_nothing(tmp_path: Path, database_url: str) -> None:
    file = feed(tmp_path / "flux.ndjson", encode(decompte()), b"{")
    assert run("import", "--dry-run", str(file), url=database_url).returncode == 3
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM stored_events").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM quarantaine").fetchone() == (0,)


def test_a_missing_file_is_said_before_anything_is_done(database_url: str) -> None:
    done = run("import", "absent.ndjson", url=database_url)
    assert done.returncode == 2
    assert "absent.ndjson" in done.stderr.decode()


def test_replay_tells_what_was_known_at_a_position(tmp_path: Path, database_url: str) -> None:
    correction = soin_line("1", quantite=-1, depense=-3000, base=-3000, montant=-2100)
    file = feed(tmp_path / "flux.ndjson", encode(decompte()), encode(decompte("R-2", lignes=[correction])))
    assert run("import", str(file), url=database_url).returncode == 0

    def ro(au: str) -> int:
        done = run("replay", "00412345", "--au", au, "--annee", "2026", url=database_url)
        assert done.returncode == 0, done.stderr.decode()
        total: int = json.loads(done.stdout)["totaux"]["regime_obligatoire"]
        return total

    assert ro("1") == 2100
    assert ro("2") == 0
    assert ro("2100-01-01T00:00:00Z") == 0
    too_early = run("replay", "00412345", "--au", "2000-01-01", url=database_url)
    assert too_early.returncode == 2
    assert "00412345" not in too_early.stderr.decode()


def test_verify_says_what_and_where(tmp_path: Path, database_url: str) -> None:
    file = feed(tmp_path / "flux.ndjson", *map(encode, portfolio(50)))
    run("import", str(file), url=database_url)
    assert run("project", "--once", url=database_url).returncode == 0
    intact = run("verify", url=database_url)
    assert (intact.returncode, intact.stdout) == (0, b"")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE read_decompte SET total_centimes = 1 WHERE position = 7")
    altered = run("verify", url=database_url)
    assert altered.returncode == 1
    assert altered.stdout.decode() == "FAUTE read_decompte position 7 : colonne modifiée : total_centimes\n"
    assert run("rebuild", url=database_url).returncode == 1
    assert run("rebuild", "--replace-different", url=database_url).returncode == 0
    assert run("verify", url=database_url).returncode == 0
    assert run("rebuild", "--full-speed", url=database_url).returncode == 0
    assert run("verify", url=database_url).returncode == 0


def test_a_token_is_printed_listed_and_revoked(database_url: str) -> None:
    made = run("token", "--role", "source", "--subject", "smi", url=database_url)
    assert made.stdout.startswith(b"dcp_")
    listed = run("token", "--list", url=database_url).stdout.decode()
    assert made.stdout.decode().strip() not in listed
    identifier = listed.split()[0]
    assert run("token", "--revoke", identifier, url=database_url).returncode == 0
    assert "révoqué" in run("token", "--list", url=database_url).stdout.decode()
    assert run("token", "--revoke", identifier, url=database_url).returncode == 2


def test_a_server_of_ones_own_needs_its_master_key(database_url: str) -> None:
    done = run("verify", DECOMPTE_DATABASE_URL=database_url)
    assert done.returncode == 1
    assert "DECOMPTE_MASTER_KEY" in done.stderr.decode()


def test_a_server_that_does_not_answer_is_one_clear_line() -> None:
    done = run("verify", url="postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    assert done.returncode == 1
    assert done.stderr.decode().startswith("Erreur : ")
    assert "Traceback" not in done.stderr.decode()


def test_the_sample_is_a_feed_without_refusal(database_url: str) -> None:
    lines = run("sample", "--members", "5", "--seed", "3", "--au", "2026-11-22").stdout
    assert lines == run("sample", "--members", "5", "--seed", "3", "--au", "2026-11-22").stdout
    done = run("import", "-", url=database_url, stdin=lines)
    assert done.returncode == 0, done.stderr.decode()
    assert "+ 0 en quarantaine" in done.stderr.decode()


def test_migrate_twice_says_that_all_is_well(databases_18: DatabaseFactory) -> None:
    url = databases_18.create_empty()
    assert "appliquée" in run("migrate", url=url).stderr.decode()
    assert "à jour" in run("migrate", url=url).stderr.decode()
    databases_18.drop(url)
