"""Forgetting a member: refused with every reason, whole or not at all, and nothing personal of her is left."""

import base64
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from commands.ports import Provenance
from infra.bootstrap import Services, open_services
from infra.cli.main import app
from infra.effacement.effacements import Effacements, NumeroInconnu
from infra.projections.rebuild import rebuild
from infra.verify.verify import verify
from ledger.adherent.errors import (
    AnnulationEnAttente,
    ConservationComptable,
    EffacementRefuse,
    SinistreOuvert,
    TropPercuOuvert,
)
from ledger.errors import InscriptionEffacee
from ledger.sinistre.errors import SinistreEfface
from tests.support.effacement import (
    BASE,
    NUMERO,
    OTHER,
    PROVENANCE,
    PUBLIC,
    SINISTRE,
    WORDS,
    declare,
    drop,
    dump,
    exported,
    fill,
    found_in,
    old_decompte,
    trial_balance,
)
from tests.support.ledger import adherent, annulation, decompte, soin_line, take, take_one


@pytest.fixture
def filled(services: Services) -> Services:
    fill(services)
    return services


@pytest.fixture
def erased(filled: Services) -> Services:
    drop(filled)
    assert filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE) is not None
    return filled


def run(services: Services, *arguments: str) -> Result:
    """A command in this process: starting one takes longer than all the rest."""
    assert services.settings.master_key is not None
    key = base64.b64encode(services.settings.master_key).decode()
    env = {"DECOMPTE_DATABASE_URL": services.url, "DECOMPTE_MASTER_KEY": key}
    return CliRunner().invoke(app, arguments, env=env)


def rows(services: Services, statement: str) -> list[dict[str, Any]]:
    with services.datastore.get_connection() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload, no-any-return]


def test_an_open_sinistre_a_trop_percu_and_accounts_refuse_each_with_what_ends_it(filled: Services) -> None:
    line = soin_line(soin="F-78", depense=1000, montant=1500)
    take(
        filled,
        decompte("R-2024", numero_adherent=NUMERO, date_paiement="2024-02-01", lignes=[line]),
        annulation("JAMAIS-VENU", numero_adherent=NUMERO, date="2024-05-01"),
    )
    filled.projection_worker().catch_up()
    before = dump(filled.url)
    with pytest.raises(EffacementRefuse) as refus:
        filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
    assert [(type(raison), raison.quoi) for raison in refus.value.raisons] == [
        (ConservationComptable, "2 pièces de l'exercice 2024"),
        (TropPercuOuvert, "soin F-78, 5,00 €"),
        (SinistreOuvert, f"sinistre {SINISTRE}, signale"),
        (AnnulationEnAttente, "annulation cpam-751/A-JAMAIS-VENU"),
    ]
    assert [raison.fin for raison in refus.value.raisons] == [
        "31/12/2034, 10 ans après la clôture (Code de commerce, art. L123-22)",
        "une régularisation ou une annulation qui le reprend",
        "sa clôture ou son classement sans suite",
        "l'arrivée du décompte JAMAIS-VENU, au plus tard le 31/12/2034",
    ]
    assert dump(filled.url) == before, "nothing has changed"


def test_nothing_personal_is_left_in_a_dump_and_totals_stay(
    filled: Services, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    drop(filled)
    filled.projection_worker().catch_up()
    sujet, before = filled.members.find(NUMERO), trial_balance(filled)
    assert sujet is not None
    wrapped = rows(filled, f"SELECT encode(cle_enveloppee, 'hex') AS cle FROM cle_adherent WHERE sujet = '{sujet}'")
    rehearsed = filled.effacements.plan(NUMERO).restes
    assert (rehearsed.courriels, rehearsed.comptes, rehearsed.preferences, rehearsed.jetons) == (2, 2, 1, 1)
    assert rehearsed.quarantaine == 2, "the conflict, and what could not be read; not the other member's"
    position = filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
    assert position == filled.journal.position()
    content = dump(filled.url)
    assert found_in(content) == set()
    assert found_in(content, PUBLIC) == set(PUBLIC)
    assert wrapped[0]["cle"] not in content
    assert filled.effacements.plan(NUMERO).restes.is_empty
    assert len(rows(filled, "SELECT id FROM quarantaine")) == 1
    assert {row["etat"] for row in rows(filled, "SELECT etat FROM courriel")} == {"envoye", "abandonne"}
    assert trial_balance(filled) == before
    taken_away = exported(filled, tmp_path)
    assert found_in(taken_away) == set()
    assert found_in(taken_away, PUBLIC) >= {"SMI-2013-77"}
    assert verify(filled).faults == []
    said = capfd.readouterr()
    assert found_in(said.out + said.err) == set(), "nor does the log say it"


def test_the_event_says_the_ground_and_until_when_accounts_kept(erased: Services) -> None:
    [row] = rows(
        erased, "SELECT convert_from(state, 'UTF8')::json AS s FROM stored_events WHERE topic = 'adherent.erased'"
    )
    faits = row["s"].pop("faits")
    assert (faits["base"], faits["acteur"], faits["fin_de_conservation"]) == (BASE.value, "test", "2023-12-31")
    assert "scelle" not in row["s"]


def test_replays_and_rebuilds_show_a_tombstone(erased: Services) -> None:
    rebuilt = rebuild(erased.url)
    assert rebuilt.differing == []
    assert verify(erased).faults == []
    done = run(erased, "replay", NUMERO, "--au", str(erased.journal.position()), "--annee", "2013")
    assert done.exit_code == 0, done.output
    assert '"smi": 900' in done.stdout
    assert '"libelle": null' in done.stdout
    assert found_in(done.stdout, WORDS[1:]) == set()
    for vue in ("releve", "accueil"):  # the events alone, and the read models, show the same tombstone
        compared = run(erased, "replay", NUMERO, "--au", str(erased.journal.position()), "--vue", vue, "--compare")
        assert compared.exit_code == 0, compared.output


def test_twice_is_as_once_and_sweeps_what_came_back(erased: Services) -> None:
    broken = b'{"numero_adherent": "0770001234", "nom": "Quenneville"'
    take(erased, broken)
    assert not erased.effacements.plan(NUMERO).restes.is_empty
    position = erased.journal.position()
    assert erased.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE) is None
    assert erased.effacements.plan(NUMERO).restes.is_empty
    assert erased.journal.position() == position


class Killed(BaseException):
    """As a process that ends at that line."""


@pytest.mark.parametrize("where", ["clean", "write"])
def test_half_way_is_not_at_all_and_again_finishes(
    filled: Services, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    drop(filled)
    filled.projection_worker().catch_up()
    before = dump(filled.url)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if where == "write":
            patch.setattr(filled.journal.recorder, "_move_head", die)
        else:
            original = Effacements._sweep

            def sweep(self: Effacements, cursor: Any, cible: Any) -> None:
                original(self, cursor, cible)
                die()

            patch.setattr(Effacements, "_sweep", sweep)
        with pytest.raises(Killed):
            filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
    assert dump(filled.url) == before
    filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
    assert found_in(dump(filled.url)) == set()


def test_a_fact_that_comes_in_between_is_looked_at_first(filled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(filled)
    append_with, came = filled.journal.recorder.append_with, []

    def late(*arguments: Any) -> int:
        if not came:
            came.append(take_one(filled, decompte("R-2025", numero_adherent=NUMERO, date_paiement="2025-02-01")))
        return append_with(*arguments)

    monkeypatch.setattr(filled.journal.recorder, "append_with", late)
    with pytest.raises(EffacementRefuse, match="exercice 2025"):
        filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)


def test_late_facts_are_recorded_as_tombstones_and_count(erased: Services) -> None:
    sujet = erased.members.find(NUMERO)
    late = old_decompte("SMI-2013-99")
    repeated, recorded, waiting = take(
        erased, old_decompte("SMI-2013-77"), late, annulation("SMI-2013-99", emetteur="smi", numero_adherent=NUMERO)
    )
    assert [o.statut.value for o in (repeated, recorded, waiting)] == ["deja_enregistre", "enregistre", "enregistre"]
    erased.projection_worker().catch_up()
    assert erased.members.find(NUMERO) == sujet, "no new member under her number"
    [membre] = erased.recours.reads.members([sujet] if sujet else [])
    assert membre.dossier.is_cancelled(("smi", "SMI-2013-99"))
    assert all(d.personnel is None for d in membre.dossier.decomptes.values())
    assert found_in(dump(erased.url)) == set()
    assert verify(erased).faults == []


def test_a_registration_does_not_begin_her_anew(erased: Services) -> None:
    again = adherent(reference="AD-NOUVEAU", numero_adherent=NUMERO)
    outcome = take_one(erased, again)
    assert isinstance(outcome.refusal, InscriptionEffacee)
    with pytest.raises(SinistreEfface):
        declare(erased)
    with pytest.raises(SinistreEfface):
        drop(erased)


def test_other_processes_let_the_key_go(filled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(filled)
    sujet = filled.members.find(NUMERO)
    assert sujet is not None
    with open_services(filled.settings) as other:
        assert other.members.key(sujet) is not None
        filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
        assert filled.members.key(sujet) is None, "at once where it was destroyed"
        monkeypatch.setattr(other.members, "_fresh_until", 0.0)  # as if FRESH_SECONDS had passed
        assert other.members.key(sujet) is None
        assert other.members.key(other.members.resolve([OTHER], create=False)[OTHER]) is not None


def test_a_key_that_a_backup_brought_back_shows_and_goes_again(filled: Services) -> None:
    drop(filled)
    sujet = filled.members.find(NUMERO)
    with psycopg.connect(filled.url) as connection:
        [former] = connection.execute(
            "SELECT cle_enveloppee, mac FROM cle_adherent WHERE sujet = %s", (sujet,)
        ).fetchall()
        filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
        connection.execute("UPDATE cle_adherent SET cle_enveloppee = %s, mac = %s WHERE sujet = %s", (*former, sujet))
    with open_services(filled.settings) as fresh:
        [fault] = verify(fresh).faults
        assert "est revenue" in fault.what
        fresh.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
        assert verify(fresh).faults == []


def test_a_key_destroyed_by_no_erasure_shows(filled: Services) -> None:
    sujet = filled.members.find(NUMERO)
    assert sujet is not None
    with filled.datastore.transaction(commit=True) as cursor:
        filled.members.destroy(cursor, sujet)
    with open_services(filled.settings) as fresh:
        assert any("sans effacement" in fault.what for fault in verify(fresh).faults)


def test_the_command_refuses_rehearses_and_erases(filled: Services) -> None:
    erase = ("erase", NUMERO, "--basis", BASE.value)
    refused = run(filled, *erase, "--dry-run")
    assert (refused.exit_code, refused.stdout.split(" : ")[0]) == (1, "REFUS sinistre_ouvert")
    drop(filled)
    before = dump(filled.url)
    rehearsed = run(filled, *erase, "--dry-run")
    assert (rehearsed.exit_code, dump(filled.url) == before) == (0, False), "the projection has caught up"
    before = dump(filled.url)
    assert run(filled, *erase, "--dry-run").exit_code == 0
    assert dump(filled.url) == before
    done = run(filled, *erase)
    assert done.exit_code == 0, done.output
    assert found_in(dump(filled.url)) == set()
    assert run(filled, "verify").exit_code == 0


def test_who_is_not_known_is_not_erased(services: Services) -> None:
    with pytest.raises(NumeroInconnu):
        services.effacements.erase("INCONNUE", base=BASE, provenance=Provenance(actor="t", trace_id="0" * 32))
