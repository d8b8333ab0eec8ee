"""People of the house over HTTP: nothing before the second factor, a reason for each member, each look written."""

import time
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest

from infra.auth.journal_acces import Ligne
from infra.auth.roles import Role
from tests.support.acces import PASSWORD
from tests.support.acces_http import Member, enrolled
from tests.support.direct import get_directly
from tests.support.ledger import decompte, services_on
from tests.support.serving import Served, code_of, serving

MOTIF = "contrôle n° 12 — écart signalé"


@dataclass(kw_only=True)
class House(Member):
    """A person of the house; `numero` is the member that she looks at."""

    email: str


def first_sign_in(served: Served, numero: str, role: Role) -> House:
    email = f"{role.value}-{numero.lower()}@exemple.fr"
    link = served.services.acces.maison.create(role, email)
    person = House(served=served, numero=numero, email=email)
    defi = person.post("maison/lien", {"lien": link.rpartition("/")[2]}).json()["defi"]
    chosen = person.post("mot-de-passe", {"defi": defi, "mot_de_passe": PASSWORD})
    assert chosen.status_code == 201, chosen.text
    person.token = chosen.json()["jeton"]
    return person


def signed_in(served: Served, numero: str, role: Role) -> House:
    person = first_sign_in(served, numero, role)
    person.totp = person.post("totp").json()["secret"]
    made = person.post("totp/confirmation", {"code": person.code(-1)})
    person.token = made.json()["session"]["jeton"]
    return person


@pytest.fixture
def path(served: Served, numero: str) -> str:
    """The statement of a member."""
    position = served.record(decompte(f"R-{numero}", numero_adherent=numero))
    served.get(f"/v1/adherents/{numero}/accueil", after=position)
    return f"/v1/adherents/{numero}/releves/2026"


def looks(served: Served, numero: str, *, after: int = 1) -> list[Ligne]:
    """What the log says of a member, once it has so many lines."""
    sujet = served.services.members.find(numero)
    assert isinstance(sujet, UUID)
    deadline = time.monotonic() + 5
    while len(found := served.services.journal_acces.listing(sujet, limit=50)) < after:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_nothing_is_read_before_the_second_factor(served: Served, numero: str, path: str) -> None:
    person = first_sign_in(served, numero, Role.AUDITEUR)
    assert code_of(person.get(path, Motif="verification")) == (403, "second_facteur_requis")
    assert code_of(person.get("/v1/quarantaine")) == (403, "second_facteur_requis")
    assert person.get("/v1/acces/facteurs").status_code == 200
    body = {"email": person.email.upper(), "mot_de_passe": PASSWORD}
    again = person.post("maison/sessions", body, token="").json()["jeton"]
    assert code_of(person.get(path, token=again, Motif="verification")) == (403, "second_facteur_requis")


def test_an_auditor_says_why_and_it_is_written_before_she_reads(served: Served, numero: str, path: str) -> None:
    person = signed_in(served, numero, Role.AUDITEUR)
    assert code_of(person.get(path)) == (400, "motif_requis")
    before = len(looks(served, numero))
    assert person.get(path.replace("2026", "2019"), Motif=quote(MOTIF)).status_code == 200
    sujet = served.services.members.find(numero)
    assert sujet is not None
    found = served.services.journal_acces.listing(sujet, limit=50)
    assert len(found) == before + 1
    assert (found[0].role, found[0].action, found[0].motif) == ("auditeur", "releves/2019", MOTIF)
    assert found[0].acteur.startswith("compte:")


@pytest.mark.parametrize("role", [Role.ASSIA, Role.EXPLOITANT])
def test_each_role_has_its_own_rights_alone(served: Served, numero: str, path: str, role: Role) -> None:
    person = signed_in(served, numero, role)
    assert code_of(person.get(path, Motif="curiosity")) == (403, "role_interdit")
    allowed = person.get("/v1/quarantaine").status_code
    assert allowed == (200 if role is Role.EXPLOITANT else 403)
    assert code_of(person.ask("POST", "/v1/messages")) == (403, "role_interdit")


def test_a_closed_account_reads_nothing_more_at_once(served: Served, numero: str, path: str) -> None:
    person = signed_in(served, numero, Role.AUDITEUR)
    assert person.get(path, Motif="verification").status_code == 200
    served.services.acces.maison.close(person.email)
    assert code_of(person.get(path, Motif="verification")) == (401, "jeton_invalide")


def test_an_auditor_s_token_is_written_down_before_the_answer_on_the_direct_way_too(
    served: Served, numero: str, path: str
) -> None:
    get_directly(served, path)
    sujet = served.services.members.find(numero)
    assert sujet is not None

    def auditors() -> int:
        return sum(line.role == "auditeur" for line in served.services.journal_acces.listing(sujet, limit=50))

    for expected in (1, 2):
        assert served.get(path, role=Role.AUDITEUR).status_code == 200
        assert auditors() == expected


def test_what_portals_and_members_read_is_written_soon(served: Served, numero: str, path: str) -> None:
    get_directly(served, path)
    member = enrolled(served, numero)
    for _ in range(3):
        assert served.get(path).status_code == 200
        assert served.get(path, role=Role.ADHERENT, subject=numero).status_code == 200
        assert member.get(path).status_code == 200
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [line for line in looks(served, numero) if line.action == "releves/2026"]
        totals = {a: sum(line.nombre for line in found if line.acteur.startswith(a)) for a in ("jeton", "compte")}
        if totals["compte"] == 3 and {"portail", "adherent"} <= {line.role for line in found}:
            break
        time.sleep(0.1)
    by_token = {r: sum(ln.nombre for ln in found if ln.role == r) for r in ("portail", "adherent")}
    assert by_token["adherent"] == 6, "three by her token, three by her session"
    assert by_token["portail"] >= 3


def test_nothing_counted_is_lost_at_a_normal_stop(database_url: str) -> None:
    with serving(database_url) as served:
        position = served.record(decompte())
        path = "/v1/adherents/00412345/releves/2026"
        served.get(path, after=position)
        get_directly(served, path)
        for _ in range(50):
            assert served.get(path).status_code == 200
    with services_on(database_url) as services:
        sujet = services.members.find("00412345")
        assert sujet is not None
        lines = services.journal_acces.listing(sujet, limit=1000)
        assert sum(line.nombre for line in lines if line.action == "releves/2026") >= 52


def test_a_look_that_cannot_be_written_is_not_answered(database_url: str) -> None:
    with serving(database_url) as served:
        position = served.record(decompte())
        path = "/v1/adherents/00412345/releves/2026"
        served.get(path, after=position)
        get_directly(served, path)
        with psycopg.connect(database_url) as connection:
            connection.execute("ALTER TABLE acces_journal RENAME TO ailleurs")
        assert served.get(path, role=Role.AUDITEUR).status_code == 500
        with psycopg.connect(database_url) as connection:
            connection.execute("ALTER TABLE ailleurs RENAME TO acces_journal")
        assert served.get(path, role=Role.AUDITEUR).status_code == 200
