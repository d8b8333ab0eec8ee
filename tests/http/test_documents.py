"""Finished documents served directly: the same answers as the routes give, never stale, to nobody else."""

import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from prometheus_client import REGISTRY

from infra.auth.roles import Role
from infra.http.conditional import accepts_gzip
from readmodels.vues import Accueil, Releve, ResteACharge
from tests.support.direct import ask, by_the_route, get_directly, headers_of, record_two_years
from tests.support.ledger import adherent, annulation, decompte, soin_line
from tests.support.serving import Served, code_of, decoded, serving

READS = ("accueil", "releves/2026", "releves/2025", "reste-a-charge", "reste-a-charge?annee=2025")
MODELS: dict[str, Any] = {"accueil": Accueil, "releves/2026": Releve, "reste-a-charge": ResteACharge}
CODINGS = ("gzip, deflate", "identity")


@pytest.fixture
def base(served: Served, numero: str) -> str:
    """The address of a member with a décompte in each of the two years."""
    return record_two_years(served, numero)


@pytest.mark.parametrize(("read", "coding"), list(product(READS, CODINGS)))
def test_both_ways_give_the_same_answer_to_the_byte(served: Served, base: str, read: str, coding: str) -> None:
    path = f"{base}/{read}"
    get_directly(served, path)
    client = served.as_(Role.PORTAIL)
    for known in ("*", '"other"', "", client.get(path, headers={"Accept-Encoding": coding}).headers["ETag"]):
        headers = {"Accept-Encoding": coding} | ({"If-None-Match": known} if known else {})
        direct, direct_bytes, is_direct = ask(client, path, **headers)
        slow, slow_bytes, is_slow_direct = ask(client, by_the_route(path), **headers)
        assert (is_direct, is_slow_direct) == (True, False)
        assert (direct.status_code, headers_of(direct), direct_bytes) == (
            slow.status_code,
            headers_of(slow),
            slow_bytes,
        )
        assert direct.status_code == (304 if known not in ("", '"other"') else 200)
        assert int(direct.headers["Ledger-Position"]) >= 1
    head = client.head(path, headers={"Accept-Encoding": coding})
    assert headers_of(head) == headers_of(client.get(path, headers={"Accept-Encoding": coding}))


def test_each_coding_has_its_own_tag(served: Served, base: str) -> None:
    path = f"{base}/releves/2026"
    get_directly(served, path)
    client = served.as_(Role.PORTAIL)
    gzipped = client.get(path)
    identity, raw, _ = ask(client, path, **{"Accept-Encoding": "identity"})
    assert gzipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in identity.headers
    assert gzipped.content == raw
    assert gzipped.headers["ETag"] != identity.headers["ETag"]
    assert identity.headers["Vary"] == gzipped.headers["Vary"] == "Authorization, Accept-Encoding"
    other = client.get(path, headers={"Accept-Encoding": "identity", "If-None-Match": gzipped.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*", True),
        ("*;q=0", False),
        ("br", False),
        ("identity", False),
        ("identity;q=0.5, gzip", True),
        ("identity, gzip;q=0.5", False),
        ("gzip;q=x", False),
    ],
)
def test_gzip_is_for_who_takes_it(accept_encoding: str, expected: bool) -> None:
    assert accepts_gzip(accept_encoding) is expected


@pytest.mark.parametrize("read", MODELS)
def test_the_documented_model_reads_a_document_whole(served: Served, base: str, read: str) -> None:
    content = get_directly(served, f"{base}/{read}").content
    assert msgspec.json.encode(msgspec.json.decode(content, type=MODELS[read])) == content


def test_a_document_is_never_stale(served: Served, numero: str, base: str) -> None:
    changes = (
        decompte(f"P-{numero}", numero_adherent=numero, lignes=[soin_line(soin="F2")]),
        annulation(f"P-{numero}", numero_adherent=numero),
        adherent(reference=f"AD-{numero}", numero_adherent=numero),
    )
    client = served.as_(Role.PORTAIL)
    for change in changes:
        before = {read: get_directly(served, f"{base}/{read}").content for read in READS}
        served.get("/v1/adherents/X/accueil", after=served.record(change))
        for read in READS:
            answer, _, is_direct = ask(client, f"{base}/{read}")
            assert not is_direct, "one miss after a change"
            slow = client.get(by_the_route(f"{base}/{read}"))
            assert answer.headers["ETag"] == slow.headers["ETag"]
        after = {read: get_directly(served, f"{base}/{read}").content for read in READS}
        assert after["reste-a-charge"] != before["reste-a-charge"], change["type"]


def test_what_others_record_leaves_it_valid(served: Served, numero: str, base: str) -> None:
    before = get_directly(served, f"{base}/accueil")
    position = served.record(decompte(f"Z-{numero}", numero_adherent=f"{numero}Z"))
    served.get("/v1/adherents/X/accueil", after=position)
    answer, _, is_direct = ask(served.as_(Role.PORTAIL), f"{base}/accueil")
    assert is_direct
    assert answer.headers["ETag"] == before.headers["ETag"]
    assert int(answer.headers["Ledger-Position"]) >= position


def test_every_refusal_stays_the_same_when_the_document_is_there(served: Served, numero: str, base: str) -> None:
    for read in READS:
        get_directly(served, f"{base}/{read}")
        path = f"{base}/{read}"
        assert code_of(served.as_(None).get(path)) == (401, "jeton_absent")
        for authorization, code in (
            ("Basic abc", "jeton_absent"),
            ("Bearer", "jeton_absent"),
            ("Bearer x", "jeton_invalide"),
        ):
            refused = served.as_(None).get(path, headers={"Authorization": authorization})
            assert code_of(refused) == (401, code)
        for role in (Role.SOURCE, Role.ASSIA, Role.EXPLOITANT):
            assert code_of(served.get(path, role=role)) == (403, "role_interdit")
        other = served.get(path, role=Role.ADHERENT, subject=f"{numero}X")
        assert code_of(other) == (404, "adherent_inconnu")
        assert served.as_(Role.PORTAIL).post(path).status_code == 405
    assert code_of(served.get(f"{base}/releves/2024")) == (404, "annee_hors_fenetre")
    assert served.get(f"{base}/releves/2024", role=Role.AUDITEUR).status_code == 200
    assert code_of(served.get(f"{base}/reste-a-charge?annee=x")) == (422, "requete_invalide")
    assert code_of(served.get(f"{base}/releves/2026/")) == (404, "ressource_inconnue")
    assert code_of(served.get(f"{base}X/releves/2026")) == (404, "adherent_inconnu")
    assert code_of(served.get("/v1/adherents//releves/2026")) == (404, "ressource_inconnue")


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.AUDITEUR, Role.ADHERENT])
def test_who_may_read_is_served_directly(served: Served, numero: str, base: str, role: Role) -> None:
    client = served.as_(role, numero if role is Role.ADHERENT else None)
    for read in READS:
        expected = get_directly(served, f"{base}/{read}")
        answer, _, is_direct = ask(client, f"{base}/{read}", **{"Accept-Encoding": "gzip"})
        assert is_direct
        assert headers_of(answer) == headers_of(expected)


def test_a_token_that_is_revoked_or_expired_no_longer_opens_at_once(served: Served, base: str) -> None:
    path = f"{base}/releves/2026"
    get_directly(served, path)
    for end in ("revoque_at = clock_timestamp()", "expire_at = clock_timestamp() - interval '1 second'"):
        client = httpx.Client(
            base_url=served.url, headers={"Authorization": f"Bearer {served.token(Role.PORTAIL)}"}, trust_env=False
        )
        with client:
            newest = served.services.tokens.listing()[-1]["id"]
            assert ask(client, path)[2]
            with psycopg.connect(served.services.url) as connection:
                connection.execute(f"UPDATE jeton SET {end} WHERE id = %s", (newest,))
            assert code_of(client.get(path)) == (401, "jeton_invalide")


def test_it_is_measured_with_its_route_and_keeps_the_trace(served: Served, base: str) -> None:
    path, labels = f"{base}/releves/2026", {"methode": "GET", "statut": "200"}
    labels["route"] = "/v1/adherents/{numero}/releves/{annee}"
    get_directly(served, path)
    before = REGISTRY.get_sample_value("decompte_http_secondes_count", labels) or 0.0
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer, _, _ = ask(served.as_(Role.PORTAIL), path, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert answer.headers["X-Trace-Id"] == trace
    assert REGISTRY.get_sample_value("decompte_http_secondes_count", labels) == before + 1
    by_route = served.get(by_the_route(path))
    assert by_route.status_code == 200
    assert REGISTRY.get_sample_value("decompte_http_secondes_count", labels) == before + 2
    traces = {served.get(path).headers["X-Trace-Id"] for _ in range(3)}
    assert len(traces) == 3


def test_the_window_moves_with_the_year(database_url: str) -> None:
    with serving(database_url) as served:
        after = served.record(decompte())
        served.get("/v1/adherents/00412345/accueil", after=after)
        before = decoded(get_directly(served, "/v1/adherents/00412345/accueil"))
    with serving(database_url, now=datetime(2027, 1, 1, tzinfo=UTC).date()) as served:
        _, _, is_direct = ask(served.as_(Role.PORTAIL), "/v1/adherents/00412345/accueil")
        assert not is_direct
        home = json.loads(served.get("/v1/adherents/00412345/accueil").content)
        assert [year["annee"] for year in before["reste_a_charge"]] == [2026, 2025]
        assert [year["annee"] for year in home["reste_a_charge"]] == [2027, 2026]
        assert code_of(served.get("/v1/adherents/00412345/releves/2025")) == (404, "annee_hors_fenetre")
