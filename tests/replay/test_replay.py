"""`replay`: what was served, from the events alone; and it says when a read model does not agree."""

from collections.abc import Iterator

import psycopg
import pytest
from typer.testing import CliRunner

from infra.auth.roles import Role
from infra.cli.main import app
from infra.replay.comparing import first_difference
from readmodels.servi import Vue
from tests.support.command import environment, run
from tests.support.ledger import adherent, annulation, decompte, portfolio, soin_line
from tests.support.postgres import DatabaseFactory
from tests.support.serving import TODAY, Served, serving

NUMERO = "00000003"
PATHS = {
    Vue.RELEVE: "releves/2026",
    Vue.ACCUEIL: "accueil",
    Vue.RESTE_A_CHARGE: "reste-a-charge?annee=2026",
    Vue.COMPARATIF: "comparatif",
}


@pytest.fixture(scope="module")
def served(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A ledger of several members."""
    url = databases_18.create()
    with serving(url) as running:
        recours = decompte(
            "RT-1", emetteur="assia", payeur="recours_tiers", rang=9, destinataire="smi", sinistre="SIN-1",
            numero_adherent=NUMERO,
            lignes=[{
                "ligne": "1", "soin": "S-1", "nature": "indemnite", "beneficiaire": "01", "date_soin": "2026-03-10",
                "montant": 100, "pour_compte_de": "victime",
            }],
        )  # fmt: skip
        running.record(*portfolio(120), recours)
        running.record(
            adherent(reference="AD-X", numero_adherent=NUMERO),
            annulation("P-3", numero_adherent=NUMERO, reference="A-X"),
            decompte("ELSE", numero_adherent="00000004", lignes=[soin_line(soin="S-9")]),
        )
        running.get(f"/v1/adherents/{NUMERO}/accueil", after=running.services.journal.position())
        yield running
    databases_18.drop(url)


def replayed(served: Served, *options: str) -> tuple[int, bytes, str]:
    """Run the command in this process, with the environment that a program of its own would have."""
    given = environment(served.services.url, DECOMPTE_NOW=TODAY.isoformat())
    done = CliRunner().invoke(app, ["replay", NUMERO, *options], env=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout_bytes, done.stderr


@pytest.mark.parametrize("vue", Vue)
def test_a_replay_is_what_the_api_answers_to_the_byte(served: Served, vue: Vue) -> None:
    for au in (str(served.services.journal.position()), "40"):
        answer = served.get(f"/v1/adherents/{NUMERO}/{PATHS[vue]}", role=Role.AUDITEUR, params={"au": au})
        assert answer.status_code == 200
        code, written, _ = replayed(served, "--au", au, "--vue", vue.value, "--annee", "2026", "--brut")
        assert (code, written) == (0, answer.content)


def test_as_a_program_it_writes_the_same(served: Served) -> None:
    done = run("replay", NUMERO, "--au", "40", "--brut", url=served.services.url, DECOMPTE_NOW=TODAY.isoformat())
    assert (done.returncode, done.stdout) == replayed(served, "--au", "40", "--brut")[:2]


def test_it_needs_no_read_model(served: Served) -> None:
    _, before, _ = replayed(served, "--au", "60")
    with psycopg.connect(served.services.url, autocommit=True) as connection:
        for table in ("read_decompte", "read_annulation", "read_adherent", "notification_tracking"):
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            assert replayed(served, "--au", "60")[:2] == (0, before)
        finally:
            for table in ("read_decompte", "read_annulation", "read_adherent", "notification_tracking"):
                connection.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def test_it_says_that_both_agree_or_where_they_do_not(served: Served) -> None:
    end = str(served.services.journal.position())
    code, said, _ = replayed(served, "--au", end, "--compare")
    assert (code, said.decode()[:9]) == (0, "IDENTIQUE")
    with psycopg.connect(served.services.url, autocommit=True) as connection:
        sujet = served.services.members.find(NUMERO)
        altered = "UPDATE read_decompte SET organisme = 'Autrement' WHERE sujet = %s AND reference = 'P-10'"
        assert connection.execute(altered, (sujet,)).rowcount == 1
        code, said, _ = replayed(served, "--au", end, "--compare")
        connection.execute("UPDATE read_decompte SET organisme = NULL WHERE sujet = %s", (sujet,))
    assert code == 1
    assert "/organisme" in said.decode()
    assert '"Autrement" d\'après les modèles de lecture' in said.decode()


def test_what_has_not_come_yet_is_as_known_now(served: Served) -> None:
    code, now, _ = replayed(served, "--au", str(served.services.journal.position()), "--annee", "2026")
    for au in ("2190-12-31", str(10**15)):
        assert replayed(served, "--au", au, "--annee", "2026")[:2] == (0, now)
    assert code == 0


def test_wrong_questions_are_refused(served: Served) -> None:
    assert replayed(served, "--au", "hier")[0] == 2
    code, _, said = replayed(served, "--au", "1")
    assert (code, "adhérent inconnu à la position 1" in said) == (2, True)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (b'{"a":[1,{"b":2}]}', None),
        (b'{"a":[1,{"b":3}]}', ("/a/1/b", "2", "3")),
        (b'{"a":[1]}', ("/a/1", '{"b":2}', None)),
        (b'{"a":[1,{"b":2}],"c":null}', ("/c", None, "null")),
        (b'{"a": [1,{"b":2}]}', ("", "les octets", "les octets")),
    ],
)
def test_the_first_difference_is_named(other: bytes, expected: tuple[str, str | None, str | None] | None) -> None:
    assert first_difference(b'{"a":[1,{"b":2}]}', other) == expected
