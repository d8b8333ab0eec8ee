"""The log: one JSON object a line, with the route and the trace, and never a member's number."""

import json
from typing import Any

import psycopg
import pytest

from infra.auth.roles import Role
from tests.support.ledger import decompte, encode
from tests.support.serving import serving

NUMERO = "NUM-SECRET-77"


def test_a_members_number_is_never_logged_whatever_happens(
    database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(database_url, log_level="debug") as served:
        message = decompte(numero_adherent=NUMERO)
        after = served.record(message)
        for role, subject in (
            (Role.PORTAIL, None),
            (Role.ADHERENT, NUMERO),
            (Role.ADHERENT, "AUTRE"),
            (Role.ASSIA, None),
        ):
            for read in ("accueil", "releves/2026", "releves/2001", "releves/x", "comparatif?x=1", "decomptes/a/b"):
                served.get(f"/v1/adherents/{NUMERO}/{read}", role=role, subject=subject)
        served.get(f"/v1/adherents/{NUMERO}/accueil", after=after)
        served.as_(None).get(f"/v1/adherents/{NUMERO}/accueil")
        served.as_(None).get(f"/nulle-part/{NUMERO}?numero={NUMERO}")
        served.as_(None).delete(f"/v1/adherents/{NUMERO}/accueil")
        served.get("/v1/quarantaine", role=Role.EXPLOITANT, params={"curseur": NUMERO})
        served.post(message | {"rang": 2})
        served.post(message | {"date_paiement": NUMERO})
        served.post(encode(message)[:-5])
        served.as_(None).get("/v1/sante/vivant", headers={"traceparent": NUMERO, "User-Agent": NUMERO})
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE cle_adherent SET cree_at = cree_at + interval '1 second'")
        assert served.get(f"/v1/adherents/{NUMERO}/accueil").status_code == 503
        with psycopg.connect(database_url) as connection:
            connection.execute("DROP TABLE read_annulation")
        assert served.get(f"/v1/adherents/{NUMERO}/accueil").status_code == 500
    written = capfd.readouterr().err
    assert NUMERO not in written
    assert "{numero}" in written
    failures = [line for line in lines(written) if line["event"] == "echec"]
    assert [f["code"] for f in failures] == ["donnees_alterees", "erreur_interne"]
    assert failures[0]["erreur"] == "KeyAltered"
    assert any("infra/reads/" in place for place in failures[0]["lieux"])


def lines(written: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines()]


def test_a_request_is_one_line_with_its_trace_its_route_and_its_actor(
    database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(database_url, log_level="info") as served:
        answer = served.post(decompte())
    [line] = [line for line in lines(capfd.readouterr().err) if line["event"] == "requete"]
    assert line["trace_id"] == answer.headers["X-Trace-Id"]
    assert (line["methode"], line["route"], line["statut"]) == ("POST", "/v1/messages", 201)
    assert line["acteur"].startswith("jeton:")
    assert line["millisecondes"] > 0


def test_the_log_says_no_more_than_its_level(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(database_url, log_level="warning") as served:
        served.post(decompte())
    assert capfd.readouterr().err == ""
