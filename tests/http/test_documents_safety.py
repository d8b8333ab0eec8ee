"""Finished documents when something is wrong: keys, seals, connections, rebuilds, and many readers at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from infra.auth.roles import Role
from infra.http import hot, hot_line
from infra.projections.rebuild import rebuild
from tests.support.direct import ask, directly_served, get_directly, headers_of, record_two_years
from tests.support.documents import wait_for_documents
from tests.support.ledger import decompte, soin_line
from tests.support.serving import Served, code_of, decoded, serving


@pytest.fixture
def base(served: Served, numero: str) -> str:
    """The address of a member with a décompte in each of the two years."""
    return record_two_years(served, numero)


def test_a_key_row_that_was_changed_serves_nothing_more(served: Served, numero: str, base: str) -> None:
    path = f"{base}/releves/2026"
    sujet = served.services.members.find(numero)
    changes = (
        ("cree_at = cree_at + interval '1 second'", "cree_at = cree_at - interval '1 second'"),
        ("mac = mac || '\\x00'", "mac = substr(mac, 1, 16)"),
        ("cle_enveloppee = cle_enveloppee || '\\x00'", "cle_enveloppee = substr(cle_enveloppee, 1, 60)"),
    )
    for change, back in changes:
        get_directly(served, path)
        with psycopg.connect(served.services.url, autocommit=True) as connection:
            connection.execute(f"UPDATE cle_adherent SET {change} WHERE sujet = %s", (sujet,))
            assert code_of(served.get(path)) == (503, "donnees_alterees"), change
            connection.execute(f"UPDATE cle_adherent SET {back} WHERE sujet = %s", (sujet,))
    assert served.get(path).status_code == 200


def test_a_destroyed_key_blinds_the_documents_too(served: Served, numero: str, base: str) -> None:
    path = f"{base}/releves/2026"
    [shown] = decoded(get_directly(served, path))["decomptes"]
    assert shown["lignes"][0]["libelle"] == "Consultation généraliste"
    members, sujet = served.services.members, served.services.members.find(numero)
    assert sujet is not None
    with psycopg.connect(served.services.url) as connection:
        empreinte = served.services.keyring.numero_empreinte(numero)
        [(cree_at,)] = connection.execute("SELECT cree_at FROM cle_adherent WHERE sujet = %s", (sujet,)).fetchall()
        mac = members._row_mac(sujet, empreinte, None, cree_at)
        connection.execute("UPDATE cle_adherent SET cle_enveloppee = NULL, mac = %s WHERE sujet = %s", (mac, sujet))
    for _ in range(2):
        _, _, is_direct = ask(served.as_(Role.PORTAIL), path, **{"Accept-Encoding": "identity"})
        assert not is_direct
        assert code_of(served.get(path)) == (410, "adherent_efface")
        [shown] = decoded(served.get(path, role=Role.AUDITEUR))["decomptes"]
        assert shown["lignes"][0]["libelle"] is None


@pytest.mark.parametrize("change", ["scelle = scelle || '\\x00'", "base = base + 1", "generation = generation - 1"])
def test_an_altered_document_is_not_shown_and_is_made_again(
    served: Served, numero: str, base: str, change: str
) -> None:
    path = f"{base}/releves/2026"
    before = get_directly(served, path)
    with psycopg.connect(served.services.url) as connection:
        sujet = served.services.members.find(numero)
        assert connection.execute(f"UPDATE document SET {change} WHERE sujet = %s", (sujet,)).rowcount == 1
    answer, _, is_direct = ask(served.as_(Role.PORTAIL), path, **{"Accept-Encoding": "gzip"})
    assert not is_direct
    assert headers_of(answer) == headers_of(before)
    assert get_directly(served, path).content == before.content


def test_a_document_of_another_member_does_not_open(served: Served, numero: str, base: str) -> None:
    other = f"{numero}B"
    served.get("/v1/adherents/X/accueil", after=served.record(decompte(f"B-{numero}", numero_adherent=other)))
    for path in (f"{base}/releves/2026", f"/v1/adherents/{other}/releves/2026"):
        get_directly(served, path)
    find = served.services.members.find
    with psycopg.connect(served.services.url) as connection:
        connection.execute(
            "UPDATE document SET scelle = (SELECT scelle FROM document WHERE sujet = %s) WHERE sujet = %s",
            (find(other), find(numero)),
        )
    assert decoded(served.get(f"{base}/releves/2026"))["numero_adherent"] == numero


def test_two_hundred_at_once_each_get_their_own(served: Served, numero: str) -> None:
    numeros = [f"{numero}-{index}" for index in range(200)]
    served.get(
        "/v1/adherents/X/accueil", after=served.record(*(decompte(f"C-{n}", numero_adherent=n) for n in numeros))
    )
    for each in numeros:
        served.get(f"/v1/adherents/{each}/releves/2026")
    get_directly(served, f"/v1/adherents/{numeros[-1]}/releves/2026")
    token = served.token(Role.PORTAIL)
    own = served.token(Role.ADHERENT, numeros[0])

    async def read_all() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=served.url, limits=limits, timeout=60, trust_env=False) as client:
            return await asyncio.gather(
                *(
                    client.get(f"/v1/adherents/{n}/releves/2026", headers={"Authorization": f"Bearer {bearer}"})
                    for n in numeros
                    for bearer in (token, own)
                )
            )

    before = directly_served()
    answers = asyncio.run(read_all())
    for each, as_portal, as_member in zip(numeros, answers[::2], answers[1::2], strict=True):
        assert as_portal.json()["numero_adherent"] == each
        assert [d["reference"] for d in as_portal.json()["decomptes"]] == [f"C-{each}"]
        assert as_member.status_code == (200 if each == numeros[0] else 404)
    assert directly_served() - before >= 200


def test_a_lost_connection_is_made_again_and_nobody_notices(served: Served, base: str) -> None:
    path = f"{base}/accueil"
    before = get_directly(served, path)
    with psycopg.connect(served.services.url) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%lecture_directe%'"
        ).rowcount
    assert ended >= 1
    for _ in range(5):
        assert served.get(path).content == before.content
    assert get_directly(served, path).content == before.content


def test_a_server_that_falls_silent_is_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hot_line, "ANSWER_SECONDS_MAX", 0.3)
    with serving(database_url) as served:
        path = "/v1/adherents/00412345/accueil"
        served.get(path, after=served.record(decompte()))
        before = get_directly(served, path)
        with psycopg.connect(database_url) as connection:
            connection.execute("LOCK TABLE document IN ACCESS EXCLUSIVE MODE")
            answer = served.get(path)
        assert answer.content == before.content
        assert get_directly(served, path).content == before.content
    assert "lecture_directe_interrompue" in capfd.readouterr().err


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.AUDITEUR])
def test_an_error_of_the_direct_way_itself_leaves_nobody_without_an_answer(
    served: Served, base: str, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{base}/accueil"
    before = get_directly(served, path)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(hot, "document_answer", broken)
        answer, _, is_direct = ask(served.as_(role), path)
        assert not is_direct
        assert headers_of(answer) == headers_of(before)
    assert get_directly(served, path).content == before.content


def test_rows_that_a_rebuild_replaces_take_their_documents_along(database_url_each_version: str) -> None:
    database_url = database_url_each_version
    with serving(database_url) as served:
        path = "/v1/adherents/00412345/releves/2026"
        position = served.record(*(decompte(f"R-{n}", lignes=[soin_line(soin=f"S-{n}")]) for n in range(3)))
        served.get(path, after=position)
        wait_for_documents(database_url, 1)
        with psycopg.connect(database_url) as connection:
            assert connection.execute("DELETE FROM read_decompte WHERE position = 2").rowcount == 1
        with psycopg.connect(database_url) as connection:
            connection.execute("DELETE FROM document")
        assert len(decoded(get_directly(served, path))["decomptes"]) == 2
        rebuild(database_url, replace_different=True)
        assert len(decoded(served.get(path))["decomptes"]) == 3
        kept = get_directly(served, path)
        rebuild(database_url)
        answer, _, is_direct = ask(served.as_(Role.PORTAIL), path)
        assert is_direct, "the same rows again leave the documents valid"
        assert answer.headers["ETag"] == kept.headers["ETag"]


def test_documents_that_no_window_asks_for_are_forgotten(served: Served, numero: str, base: str) -> None:
    sujet = served.services.members.find(numero)
    with psycopg.connect(served.services.url) as connection:
        for cle in ("releve/2019/1", "accueil/2026/0"):
            connection.execute("INSERT INTO document VALUES (%s, %s, 1, 1, '')", (sujet, cle))
    get_directly(served, f"{base}/accueil")
    served.get(f"{base}/releves/2019", role=Role.AUDITEUR)
    get_directly(served, f"{base}/releves/2026")
    with psycopg.connect(served.services.url) as connection:
        rows = connection.execute("SELECT cle FROM document WHERE sujet = %s ORDER BY cle", (sujet,)).fetchall()
    assert rows == [("accueil/2026/1",), ("releve/2026/1",)]


def test_a_direct_answer_writes_no_line_and_no_number(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    numero = "NUM-SECRET-78"
    with serving(database_url, log_level="info") as served:
        path = f"/v1/adherents/{numero}/releves/2026"
        served.get(path, after=served.record(decompte(numero_adherent=numero)))
        get_directly(served, path)
        capfd.readouterr()
        started = datetime.now(UTC)
        assert ask(served.as_(Role.PORTAIL), path)[2]
        assert datetime.now(UTC) - started < timedelta(seconds=10)
        assert "requete" not in capfd.readouterr().err
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE document SET scelle = scelle || '\\x00'")
        served.get(path)
    written = capfd.readouterr().err
    assert "document_altere" in written
    assert numero not in written
