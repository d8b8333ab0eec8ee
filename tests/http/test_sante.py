"""Health and metrics: alive, ready or not and why, how far behind; measures by route."""

import psycopg

from infra.auth.roles import Role
from ledger.buckets import BUCKETS
from tests.support.ledger import decompte, take_one
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, decoded, serving


def metrics(served: Served) -> dict[str, float]:
    """Every sample, by its name and labels as written."""
    lines = served.as_(None).get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_alive_says_so(served: Served) -> None:
    assert decoded(served.as_(None).get("/v1/sante/vivant")) == {"statut": "vivant"}


def test_ready_tells_how_far_behind_the_projection_is(database_url: str) -> None:
    with serving(database_url, with_worker=False) as served:
        for number in range(3):
            take_one(served.services, decompte(f"R-{number}"))
        ready = decoded(served.as_(None).get("/v1/sante/pret"))
        assert (ready["statut"], ready["base"], ready["migrations"]) == ("pret", "disponible", "a_jour")
        [projection] = ready["projections"]
        seconds, buckets = projection.pop("retard_secondes"), projection.pop("seaux")
        assert projection == {"nom": "dossiers", "position": 0, "retard_evenements": 3, "ecartes": 0}
        assert seconds > 0
        assert [bucket["seau"] for bucket in buckets] == list(BUCKETS)
        assert {(bucket["position"], bucket["retard_evenements"]) for bucket in buckets} == {(0, 3)}
        assert all(bucket["retard_secondes"] > 0 for bucket in buckets)
        served.services.projection_worker().catch_up()
        [projection] = decoded(served.as_(None).get("/v1/sante/pret"))["projections"]
        assert (projection["position"], projection["retard_evenements"], projection["retard_secondes"]) == (3, 0, 0)


def test_an_event_set_aside_is_counted(database_url: str) -> None:
    with serving(database_url) as served, psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO evenement_ecarte VALUES ('dossiers', 1, 't', 'e', clock_timestamp())")
        connection.commit()
        [projection] = decoded(served.as_(None).get("/v1/sante/pret"))["projections"]
        assert projection["ecartes"] == 1


def test_migrations_that_are_not_those_of_this_release_make_it_unready(database_url: str) -> None:
    with serving(database_url) as served, psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO migration VALUES ('9999_later.sql', '', clock_timestamp())")
        answer = served.as_(None).get("/v1/sante/pret")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "inconnues")
        connection.execute("DELETE FROM migration WHERE name = (SELECT max(name) FROM migration)")
        connection.execute("DELETE FROM migration WHERE name = (SELECT max(name) FROM migration)")
        answer = served.as_(None).get("/v1/sante/pret")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "a_appliquer")
        assert served.as_(None).get("/v1/sante/vivant").status_code == 200


def test_without_its_database_it_is_alive_but_not_ready(databases_18: DatabaseFactory) -> None:
    url = databases_18.create()
    with serving(url, with_worker=False) as served:
        databases_18.drop(url)
        answer = served.as_(None).get("/v1/sante/pret")
        assert answer.status_code == 503
        assert answer.json() == {
            "statut": "indisponible",
            "base": "indisponible",
            "migrations": None,
            "projections": [],
        }
        assert served.as_(None).get("/v1/sante/vivant").status_code == 200


def test_requests_are_measured_by_route_and_messages_by_outcome(served: Served, numero: str) -> None:
    before = metrics(served)
    message = decompte(f"P-{numero}", numero_adherent=numero)
    served.post(message)
    served.post(message)
    served.post(message, params={"dry_run": "true"})
    served.post(b"{")
    served.get(f"/v1/adherents/{numero}/releves/2026")
    served.as_(Role.PORTAIL).get(f"/nulle-part/{numero}")
    after = metrics(served)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown('decompte_messages_total{statut="enregistre"}') == 1
    assert grown('decompte_messages_total{statut="deja_enregistre"}') == 1
    assert grown('decompte_messages_total{statut="en_quarantaine"}') == 1
    posted = 'decompte_http_secondes_count{methode="POST",route="/v1/messages",statut="%s"}'
    assert [grown(posted % status) for status in (200, 201, 422)] == [2, 1, 1]
    assert grown('decompte_http_secondes_count{methode="GET",route="(inconnue)",statut="404"}') == 1
    read = {name for name in after if 'route="/v1/adherents/{numero}/releves/{annee}"' in name}
    assert sum(grown(name) for name in read if "_count{" in name) == 1
    assert not [name for name in after if numero in name]
