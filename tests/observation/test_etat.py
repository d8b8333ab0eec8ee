"""What an operator sees at a glance, in a terminal and in Prometheus, is what the database says."""

import json
import re
import threading
import urllib.request
from pathlib import Path

import msgspec
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra.bootstrap import Services
from infra.observation.etat import BaseSansForme, read_etat
from infra.observation.exposition import Exposition, exposed
from ledger.buckets import BUCKETS
from tests.support.command import run
from tests.support.ledger import decompte, take, take_one
from tests.support.postgres import DatabaseFactory
from tests.support.serving import serving

DASHBOARD = Path(__file__).resolve().parents[2] / "infra" / "grafana" / "decompte.json"


def samples(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def sealed(services: Services) -> dict[str, tuple[int, int]]:
    """Of each proof log, what is sealed and what waits."""
    return {one.nom: (one.taille, one.retard_entrees) for one in read_etat(services.url).preuves}


def test_what_waits_and_what_is_behind_is_counted(services: Services) -> None:
    take(services, decompte("R-1"), decompte("R-2"))
    services.projection_worker().catch_up()
    take(services, decompte("R-3"))
    take_one(services, b"{}")
    etat = read_etat(services.url)
    assert etat.journal.position == 3
    [projection] = etat.projections
    assert (projection.nom, projection.position, projection.retard_evenements) == ("dossiers", 2, 1)
    assert projection.retard_secondes > 0
    assert [(one.nom, one.nombre) for one in etat.quarantaine] == [("message_invalide", 1)]
    assert etat.notifications_retard == 3
    assert sealed(services) == {"acces": (0, 0), "evenements": (0, 3)}
    services.sealer().catch_up()
    assert sealed(services) == {"acces": (0, 0), "evenements": (3, 0)}
    assert not etat.is_well


def test_prometheus_gets_the_installation_and_this_process_in_one_answer(services: Services) -> None:
    take(services, decompte("R-1"))
    take_one(services, b"{}")
    seen = samples(Exposition(services.url).text().decode())
    assert seen["decompte_base_disponible"] == 1
    assert seen["decompte_journal_position"] == 1
    assert seen["decompte_projection_retard_evenements{projection=dossiers}"] == 1
    behind = [seen[f"decompte_projection_seau_retard_evenements{{projection=dossiers,seau={s}}}"] for s in BUCKETS]
    assert behind == [1] * len(BUCKETS)
    assert seen["decompte_projection_seau_retard_secondes{projection=dossiers,seau=f}"] > 0
    assert seen["decompte_preuve_retard_entrees{journal=evenements}"] == 1
    assert seen["decompte_quarantaine_messages{code=message_invalide}"] == 1
    assert "process_resident_memory_bytes" in seen


def test_a_database_that_is_away_is_a_figure_too(databases_18: DatabaseFactory) -> None:
    url = databases_18.create()
    databases_18.drop(url)
    seen = samples(Exposition(url).text().decode())
    assert seen["decompte_base_disponible"] == 0
    assert "decompte_journal_position" not in seen


def test_a_worker_serves_its_metrics_beside_its_work(services: Services) -> None:
    with exposed(services.url, 0) as port, urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert samples(answer.read().decode())["decompte_base_disponible"] == 1
    assert not [thread for thread in threading.enumerate() if "prometheus" in thread.name.lower()]


def test_every_figure_of_the_dashboard_is_exported(database_url: str) -> None:
    with serving(database_url) as served:
        served.record(decompte("R-1"))
        served.post(b"{}")
        exported = set(re.findall(r"^# TYPE (\S+)", served.as_(None).get("/metrics").text, re.MULTILINE))
    panels = [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]
    asked = {
        name for panel in panels for target in panel["targets"] for name in re.findall(r"decompte_\w+", target["expr"])
    }
    assert len(panels) > 15
    assert {re.sub(r"_(bucket|count)$", "", name) for name in asked} - exported == set()


def test_a_database_without_our_tables_says_what_to_do(databases_18: DatabaseFactory) -> None:
    url = databases_18.create_empty()
    with pytest.raises(BaseSansForme, match="decompte migrate"):
        read_etat(url)
    databases_18.drop(url)


def test_status_shows_it_and_its_exit_code_says_whether_a_person_is_needed(services: Services) -> None:
    take(services, decompte("R-1"))
    services.projection_worker().catch_up()
    shown = run("status", url=services.url)
    assert shown.returncode == 0, shown.stderr.decode()
    assert "Journal : 1 événement" in shown.stdout.decode()
    with psycopg.connect(services.url) as connection:
        connection.execute("INSERT INTO evenement_ecarte VALUES ('dossiers', 1, 't', 'e', clock_timestamp())")
    told = run("status", "--json", url=services.url)
    assert told.returncode == 1
    assert msgspec.json.decode(told.stdout)["projections"][0]["ecartes"] == 1
