"""The access over HTTP: the way of a member, what each refusal answers, and what a session may read."""

import re
import socket
import time
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute

from infra.auth import outils
from infra.auth.defis import UsageLettre
from infra.auth.roles import Role
from infra.http import demandes
from infra.http.access import AMOUNTS as AMOUNTS_BY_WORD
from infra.http.app import ROUTERS
from tests.support.acces import OTHER_PASSWORD, PASSWORD
from tests.support.acces_http import NAISSANCE, activated, enrolled, mailed_code, registered
from tests.support.ledger import decompte, soin_line
from tests.support.serving import Served, code_of, decoded, serving

MEDICAL = ("releves/2026", "releves/2026.csv", "releves/2026.pdf", "releves/2026.xlsx", "releves/2026.fhir.json",
           "fiscal/2026", "fiscal/2026.csv", "decomptes/cpam-751/R-{numero}")  # fmt: skip
AMOUNTS = ("accueil", "reste-a-charge", "comparatif")


def member_routes() -> list[tuple[str, str]]:
    """Every route of a member that there is, as method and address to be filled in."""
    found = [
        (method, re.sub(r":[a-z]+}", "}", route.path))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.path.startswith("/v1/adherents/{numero}")
        for method in route.methods
    ]
    assert len(found) >= 14
    return found


def record_care(served: Served, numero: str) -> None:
    lines = [soin_line(acte="CS7", libelle="Angine blanche")]
    position = served.record(decompte(f"R-{numero}", numero_adherent=numero, lignes=lines))
    served.get(f"/v1/adherents/{numero}/accueil", after=position)


def test_a_member_goes_from_her_card_to_her_statement(served: Served, numero: str) -> None:
    member = enrolled(served, numero)
    record_care(served, numero)
    assert decoded(member.get("/v1/acces/session"))["soins_visibles"]
    for read in (*MEDICAL, *AMOUNTS):
        path = f"/v1/adherents/{numero}/{read.format(numero=numero)}"
        assert member.get(path).status_code == 200, path
    assert "Angine blanche" in member.get(f"/v1/adherents/{numero}/releves/2026").text
    assert member.ask("DELETE", "/v1/acces/session").status_code == 204
    assert code_of(member.get(f"/v1/adherents/{numero}/accueil")) == (401, "jeton_invalide")


def test_a_password_alone_shows_amounts_and_no_care(served: Served, numero: str) -> None:
    member = enrolled(served, numero)
    record_care(served, numero)
    token = member.sign_in()
    closed = [path for _, path in member_routes() if path.split("/")[4] not in AMOUNTS_BY_WORD]
    assert len(closed) >= len(MEDICAL)
    for path in closed:
        address = path.format(numero=numero, annee=2026, emetteur="cpam-751", reference=f"R-{numero}")
        assert code_of(member.get(address, token=token)) == (403, "second_facteur_requis"), path
    for read in AMOUNTS:
        answer = member.get(f"/v1/adherents/{numero}/{read}", token=token)
        assert answer.status_code == 200, read
        assert "Angine" not in answer.text
        assert "CS7" not in answer.text
    home = decoded(member.get(f"/v1/adherents/{numero}/accueil", token=token))
    assert [(s["acte"], s["libelle"], s["categorie"]) for s in home["en_attente"]] == [(None, None, "autres")]
    proved = member.post("totp/preuve", {"code": member.code()}, token=token)
    assert proved.json()["soins_visibles"]
    assert member.get(f"/v1/adherents/{numero}/releves/2026", token=proved.json()["jeton"]).status_code == 200
    assert code_of(member.get("/v1/acces/session", token=token)) == (401, "jeton_invalide")
    assert code_of(member.post("totp/preuve", {"code": member.code()}, token=proved.json()["jeton"])) == (
        403,
        "second_facteur_refuse",
    )


def test_another_member_s_number_is_as_unknown_as_none_on_every_route(served: Served, numero: str) -> None:
    """IDOR: member A asks for B's, on every route and download."""
    one, other = enrolled(served, numero), f"{numero}B"
    record_care(served, other)
    answers = []
    for method, path in member_routes():
        for asked in (other, f"{numero}X"):
            answer = one.ask(method, path.format(numero=asked, annee=2026, emetteur="cpam-751", reference=f"R-{other}"))
            assert code_of(answer) == (404, "adherent_inconnu"), (method, path)
            answers.append({**answer.json(), "trace_id": ""})
    assert all(answer == answers[0] for answer in answers)


def test_sessions_and_passkeys_of_others_cannot_be_ended(served: Served, numero: str) -> None:
    one, other = activated(served, numero), activated(served, f"{numero}B")
    session = decoded(other.get("/v1/acces/session"))["id"]
    for path, code in (("sessions", "session_inconnue"), ("passkeys", "second_facteur_requis")):
        assert code_of(one.ask("DELETE", f"/v1/acces/{path}/{session}"))[1] == code
    assert code_of(one.ask("DELETE", "/v1/acces/sessions/pas-un-uuid")) == (404, "ressource_inconnue")
    assert other.get("/v1/acces/session").status_code == 200


def test_an_adult_beneficiary_keeps_her_care_from_the_holder_until_she_consents(served: Served, numero: str) -> None:
    adult = {"beneficiaire": "02", "prenom": "Mila", "date_naissance": "2001-05-06"}
    holder = enrolled(served, numero, beneficiaires=[adult])
    hers = soin_line("2", soin="F2-1", beneficiaire="02", acte="PSS", libelle="Séance psy", categorie="psychologie")
    lines = [soin_line(acte="CS7", libelle="Angine blanche"), hers]
    position = served.record(decompte(f"R-{numero}", numero_adherent=numero, lignes=lines))
    served.get(f"/v1/adherents/{numero}/accueil", after=position)
    path = f"/v1/adherents/{numero}/releves/2026"
    total = decoded(served.get(path))["totaux"]

    def seen(token: str | None = None) -> tuple[bool, bool]:
        answers = [holder.get(f"/v1/adherents/{numero}/{read}", token=token).text for read in
                   ("releves/2026", "releves/2026.csv", f"decomptes/cpam-751/R-{numero}", "accueil")]  # fmt: skip
        return any("Angine" in a for a in answers), any("Séance" in a or "psycho" in a for a in answers)

    for _ in range(2):  # also once the portal's finished document is there
        assert seen() == (True, False)
        assert decoded(holder.get(path))["totaux"] == total
    letter = served.services.acces.maison.letter(numero, "02", UsageLettre.CODE)
    asked = {"numero_adherent": numero, "date_naissance": "2001-05-06", "beneficiaire": "02"}
    defi = holder.post("activations", asked, token="").json()["defi"]
    holder.post("activations/confirmation", {"defi": defi, "code": letter}, token="")
    own = holder.post("mot-de-passe", {"defi": defi, "mot_de_passe": OTHER_PASSWORD}, token="").json()
    secret = holder.post("totp", token=own["jeton"]).json()["secret"]
    mine = type(holder)(served=served, numero=numero, totp=secret)
    proved = holder.post("totp/confirmation", {"code": mine.code()}, token=own["jeton"]).json()["session"]["jeton"]
    assert seen(proved) == (False, True), "she reads hers alone"
    given = holder.post("consentements", {"objet": "partage_titulaire", "accorde": True}, token=proved)
    assert given.status_code == 201
    assert seen() == (True, True)


def test_a_reset_and_an_unblocking_by_the_routes(served: Served, numero: str) -> None:
    member = enrolled(served, numero)
    asked = {"numero_adherent": numero, "date_naissance": NAISSANCE}
    for _ in range(10):
        wrong = member.post("sessions", {"numero_adherent": numero, "mot_de_passe": "faux"}, token="")
        assert code_of(wrong) == (401, "identifiants_refuses")
    right = member.post("sessions", {"numero_adherent": numero, "mot_de_passe": PASSWORD}, token="")
    assert code_of(right) == (401, "identifiants_refuses")
    defi = member.post("deblocages", asked, token="").json()["defi"]
    confirmation = {"defi": defi, "code": mailed_code(served)}
    path = "deblocages/confirmation"
    assert code_of(member.post(path, confirmation, token="")) == (403, "second_facteur_requis")
    wrong_second = confirmation | {"second_facteur": "000000x"}
    assert code_of(member.post(path, wrong_second, token="")) == (403, "second_facteur_refuse")
    opened = member.post(path, confirmation | {"second_facteur": member.codes[0]}, token="")
    assert opened.json() == {"statut": "confirme"}
    defi = member.post("reinitialisations", asked, token="").json()["defi"]
    assert code_of(member.post("mot-de-passe", {"defi": defi, "mot_de_passe": OTHER_PASSWORD}, token=""))[0] == 410
    member.post("reinitialisations/confirmation", {"defi": defi, "code": mailed_code(served)}, token="")
    weak = member.post("mot-de-passe", {"defi": defi, "mot_de_passe": f"{numero}-Ada1980"}, token="")
    assert code_of(weak) == (422, "mot_de_passe_faible")
    assert weak.json()["conseils"]
    assert member.post("mot-de-passe", {"defi": defi, "mot_de_passe": OTHER_PASSWORD}, token="").status_code == 201
    assert code_of(member.get("/v1/acces/session")) == (401, "jeton_invalide")


def test_whether_an_account_exists_is_told_by_no_answer(served: Served, numero: str) -> None:
    """Enumeration: the same answers for a member with an access, one without, and nobody."""
    activated(served, numero)
    registered(served, f"{numero}B")
    for path, body, volatile in (
        ("activations", {"date_naissance": NAISSANCE}, ("defi", "expire_at")),
        ("reinitialisations", {"date_naissance": NAISSANCE}, ("defi", "expire_at")),
        ("deblocages", {"date_naissance": NAISSANCE}, ("defi", "expire_at")),
        ("sessions", {"mot_de_passe": "faux"}, ("trace_id",)),
    ):
        seen = set()
        for asked in (numero, f"{numero}B", f"{numero}X"):
            answer = served.as_(None).post(f"/v1/acces/{path}", json={"numero_adherent": asked, **body})
            shape = {name: "…" if name in volatile else value for name, value in answer.json().items()}
            headers = sorted(n for n in answer.headers if n not in ("date", "x-trace-id"))
            seen.add((answer.status_code, str(sorted(shape.items())), len(answer.content), str(headers)))
        assert len(seen) == 1, path


def test_only_a_session_is_a_session(served: Served, numero: str) -> None:
    for role in Role:
        client = served.as_(role, numero if role is Role.ADHERENT else None)
        assert code_of(client.get("/v1/acces/session")) == (401, "jeton_invalide")
    assert code_of(served.as_(None).get("/v1/acces/sessions")) == (401, "jeton_absent")


def test_a_member_s_session_is_no_role_of_the_house(served: Served, numero: str) -> None:
    member = enrolled(served, numero)
    for method, path in (("POST", "/v1/messages"), ("POST", "/v1/flux"), ("GET", "/v1/quarantaine")):
        assert code_of(member.ask(method, path)) == (403, "role_interdit")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"numero_adherent": 4}', b'{"numero_adherent": "a\\nb", "mot_de_passe": "x"}',
     b'{"numero_adherent": "1", "mot_de_passe": "secret-a-moi", "inconnu": 1}', b"\xff\xfe", b"[" * 9000,
     b'{"numero_adherent": "1", "mot_de_passe": "' + b"secret" * 100 + b'"}'],
)  # fmt: skip
def test_nonsense_is_named_and_never_repeated(served: Served, content: bytes) -> None:
    answer = served.as_(None).post("/v1/acces/sessions", content=content)
    assert code_of(answer) == (422, "requete_invalide")
    assert "secret" not in answer.text


def test_bodies_are_bounded_and_plain(served: Served) -> None:
    """Oversized bodies."""
    post = served.as_(None).post
    large = b'{"numero_adherent": "1", "mot_de_passe": "' + b"x" * demandes.BODY_BYTES_MAX + b'"}'
    assert code_of(post("/v1/acces/sessions", content=large)) == (413, "corps_trop_grand")
    assert code_of(post("/v1/acces/sessions", content=b"{}", headers={"Content-Encoding": "gzip"}))[0] == 415
    assert code_of(post("/v1/acces/sessions", content=b"{}", headers={"Content-Type": "text/plain"}))[0] == 415


def test_a_body_that_drips_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow clients: however steadily they send."""
    monkeypatch.setattr(demandes, "BODY_SECONDS_MAX", 0.5)
    host = urlsplit(served.url)
    with socket.create_connection((host.hostname, host.port), timeout=10) as client:
        client.sendall(b"POST /v1/acces/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        started = time.monotonic()
        received = b""
        while not received and time.monotonic() - started < 8:
            client.sendall(b" ")
            client.settimeout(0.1)
            try:
                received = client.recv(4096)
            except TimeoutError:
                continue
        assert received.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - started < 5


def test_attempts_are_limited_with_a_time_to_come_back(served: Served, numero: str) -> None:
    """Brute force: of one account, whether it exists or not."""
    body = {"numero_adherent": f"{numero}LIM", "date_naissance": NAISSANCE}
    answers = [served.as_(None).post("/v1/acces/activations", json=body) for _ in range(6)]
    assert [a.status_code for a in answers] == [202] * 5 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_an_address_is_believed_from_our_own_proxies_alone(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outils, "ANSWER_SECONDS", 0.0)
    body = {"numero_adherent": "00412345", "mot_de_passe": "faux"}
    for mandataires, expected in (("", 429), ("127.0.0.0/8", 401)):
        with serving(database_url, mandataires=mandataires) as served:
            member = served.as_(None)
            for index in range(101):
                headers = {"X-Forwarded-For": f"198.51.100.{index}, 203.0.113.{index}"}
                sent = body | {"numero_adherent": f"{mandataires[:3]}{index}".replace(".", "-")}
                answer = member.post("/v1/acces/sessions", json=sent, headers=headers)
            assert answer.status_code == expected
            with served.services.datastore.transaction(commit=True) as cursor:
                cursor.execute("DELETE FROM acces_debit")
