"""A stranger checks a ledger and statements from docs/format.md alone: what is right is right to her, nothing else."""

import ast
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import dict_row

from infra.bootstrap import Services
from infra.preuve.note import Signer
from infra.preuve.publisher import export_points, export_tiles, exported_points
from infra.preuve.reads import ProofReads
from infra.preuve.statements import prove_statement
from infra.sample.portefeuille import generate
from tests.preuve import etranger
from tests.support.ledger import services_on, take
from tests.support.postgres import DatabaseFactory
from tests.support.serving import TODAY

SOURCE = Path(etranger.__file__)
FORMAT = Path(__file__).resolve().parents[2] / "docs" / "format.md"


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a stranger is handed: rows, tiles, checkpoints, a key."""

    services: Services
    rows: list[str]
    log: Path
    vkey: str
    statements: dict[str, Any]

    @property
    def point(self) -> Path:
        return self.log / "checkpoint"


@pytest.fixture(scope="module")
def given(databases_18: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    """The sample of four members: repeats, corrections, annulations, deferred deductions."""
    folder, url = tmp_path_factory.mktemp("given"), databases_18.create()
    [query] = re.findall(r"```sql\n(.*?)```", FORMAT.read_text(encoding="utf-8"), re.DOTALL)
    with services_on(url) as services:
        messages = [message.rstrip() for message in generate(members=4, seed=7, today=TODAY)]
        for start in range(0, len(messages), 60):
            take(services, *messages[start : start + 60])
            services.sealer().catch_up()
        services.projection_worker().catch_up()
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            export_points(connection, services.logs[0], folder)
            export_tiles(connection, services.logs[0], folder)
            rows = [json.dumps(row["json_build_object"]) for row in connection.execute(query).fetchall()]
        yield Given(
            services=services,
            rows=rows,
            log=folder / "evenements",
            vkey=str(services.logs[0].vkey),
            statements=statements(services),
        )
    databases_18.drop(url)


def statements(services: Services) -> dict[str, Any]:
    """Every member's statement of 2026 and 2025, with its proof."""
    from infra.postgres.sql import statements as sql
    from infra.reads.dossiers import read_member
    from infra.sample.portefeuille import members_of

    reads, found = ProofReads(services.datastore, services.logs), {}
    query = sql("infra.reads", "dossiers.sql")["member_rows"]
    for member in members_of(members=4, seed=7, today=TODAY):
        parameters = {"numero_empreinte": services.keyring.numero_empreinte(member.numero), "au": 2**62}
        with services.datastore.get_connection() as connection:
            rows = connection.execute(query, parameters).fetchall()
        dossier = read_member(rows, services.members.open_row(rows[0])).dossier
        for annee in (2025, 2026):
            file = prove_statement(
                reads, services.logs[0], dossier, numero_adherent=member.numero, annee=annee, taille=None
            )
            found[f"{member.numero}/{annee}"] = json.loads(file)
    return found


def ask(given: Given, rows: list[str], *, point: Path | None = None, tiles: bool = True) -> str:
    """Her answer about a ledger: « ok … », or what is wrong."""
    try:
        folder = given.log / "tile" if tiles else None
        return etranger.check_ledger(given.vkey, (point or given.point).read_bytes(), rows, folder)
    except etranger.Wrong as wrong:
        return str(wrong)


def test_she_imports_nothing_of_ours() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_a_whole_ledger_is_right_to_her_under_every_checkpoint_that_was_ever_signed(given: Given) -> None:
    assert ask(given, given.rows) == f"ok {len(given.rows)} of {len(given.rows)} rows are signed"
    points = list(exported_points(given.log))
    assert len(points) > 2
    for point in points:
        assert ask(given, given.rows, point=point, tiles=False).startswith(f"ok {int(point.stem)} of")


def test_she_names_the_first_bad_position(given: Given) -> None:
    draw = random.Random(1)
    for _ in range(8):
        at = draw.randrange(len(given.rows) - 1)
        row = json.loads(given.rows[at])
        changes: dict[str, Any] = {
            "flux": row["flux"][:-1] + ("0" if row["flux"][-1] != "0" else "1"),
            "version": row["version"] + 1,
            "topic": row["topic"] + "x",
            "etat": row["etat"][:-2] + ("00" if row["etat"][-2:] != "00" else "01"),
            "micros": row["micros"] + 1,
        }
        for name, value in changes.items():
            changed = [*given.rows[:at], json.dumps({**row, name: value}), *given.rows[at + 1 :]]
            assert ask(given, changed).startswith(f"position {at + 1}: "), name
            assert "past is not" in ask(given, changed, tiles=False)
        removed = [*given.rows[:at], *given.rows[at + 1 :]]
        assert ask(given, removed) == f"position {at + 1}: missing or moved"
        other = {**json.loads(given.rows[at + 1]), "position": at + 1}
        swapped = [*given.rows[:at], json.dumps(other), json.dumps({**row, "position": at + 2}), *given.rows[at + 2 :]]
        assert ask(given, swapped).startswith(f"position {at + 1}: ")
    cut = given.rows[:-3]
    assert ask(given, cut, tiles=False).startswith(f"position {len(cut) + 1}: the tail is cut")


def test_every_statement_is_right_to_her(given: Given) -> None:
    point = given.point.read_bytes()
    assert len(given.statements) == 8
    rows = [etranger.check_statement(given.vkey, point, file) for file in given.statements.values()]
    assert all(answer.startswith("ok ") for answer in rows)
    assert sum(file["releve"]["totaux"]["depense"] for file in given.statements.values()) > 0


def test_no_amount_of_a_statement_can_be_another_one_to_her(given: Given) -> None:
    point, looked = given.point.read_bytes(), 0
    for file in given.statements.values():
        for place, changed in raised(file["releve"]):
            looked += 1
            with pytest.raises(etranger.Wrong):
                etranger.check_statement(given.vkey, point, {**file, "releve": changed})
            if looked % 40 == 0:
                assert place
    assert looked > 100


def raised(releve: Any) -> Iterator[tuple[str, Any]]:
    """The statement with one amount a cent higher: each total, then of a décompte and of a line of it."""
    for name in releve["totaux"]:
        yield name, {**releve, "totaux": {**releve["totaux"], name: releve["totaux"][name] + 1}}
    for index in range(0, len(releve["decomptes"]), 12):
        shown = releve["decomptes"][index]
        line = shown["lignes"][0]
        changes = [{**shown, "montant": shown["montant"] + 1}, {**shown, "annule": not shown["annule"]}]
        for name in ("montant", "depense", "regime_obligatoire", "smi", "reste_a_charge", "trop_percu"):
            changes.append({**shown, "lignes": [{**line, name: line[name] + 1}, *shown["lignes"][1:]]})
        for changed in changes:
            decomptes = [*releve["decomptes"][:index], changed, *releve["decomptes"][index + 1 :]]
            yield f"{index}", {**releve, "decomptes": decomptes}


def test_a_row_that_is_not_in_the_log_or_is_left_out_shows(given: Given) -> None:
    point = given.point.read_bytes()
    file = max(given.statements.values(), key=lambda each: len(each["evenements"]))
    first, *others = file["evenements"]
    forged = {**first, "ligne": first["ligne"][:40] + ("A" if first["ligne"][40] != "A" else "B") + first["ligne"][41:]}
    for events in ([forged, *others], [{**first, "chemin": first["chemin"][1:]}, *others]):
        with pytest.raises(etranger.Wrong):
            etranger.check_statement(given.vkey, point, {**file, "evenements": events})
    shown = {(each["emetteur"], each["reference"]) for each in file["releve"]["decomptes"]}
    last = max(len(file["evenements"]) - 1, 0)
    with pytest.raises(etranger.Wrong):
        etranger.check_statement(given.vkey, point, {**file, "evenements": file["evenements"][: last // 2]})
    assert shown


def test_she_runs_anywhere_as_a_program(given: Given, tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path / "etranger.py")
    (tmp_path / "rows.ndjson").write_text("\n".join(given.rows), encoding="utf-8")
    (tmp_path / "statement.json").write_text(json.dumps(next(iter(given.statements.values()))), encoding="utf-8")
    name, _, _ = given.vkey.split("+", 2)
    other = str(Signer(name, Ed25519PrivateKey.from_private_bytes(bytes(32))).vkey)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "etranger.py", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run("ledger", given.vkey, given.point, "rows.ndjson", given.log / "tile").stdout.startswith("ok ")
    assert run("statement", given.vkey, given.point, "statement.json").stdout.startswith("ok ")
    refused = run("statement", other, given.point, "statement.json")
    assert (refused.returncode, refused.stderr) == (1, "Wrong: the checkpoint is not signed by this key\n")
