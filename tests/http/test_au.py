"""`?au=`: an auditor reads what was served at a moment, to the byte, whatever has come since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.auth.roles import Role
from infra.http import quand
from infra.projections.rebuild import rebuild
from ledger.dates import civil_day
from tests.recours.following import Desk
from tests.support.direct import ask
from tests.support.ledger import adherent, annulation, decompte, soin_line
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, code_of, decoded, serving

TODAY = civil_day(datetime.now(UTC))
PAID = (TODAY - timedelta(days=1)).isoformat()
ANNEE = PAID[:4]
NUMERO = "A0000001"
MEMBER = f"/v1/adherents/{NUMERO}"
SINISTRE = f"SIN-{NUMERO}"
OF_MEMBER = (
    "accueil",
    f"releves/{ANNEE}",
    f"releves/{ANNEE}.pdf",
    f"releves/{ANNEE}.csv",
    f"releves/{ANNEE}.xlsx",
    f"releves/{ANNEE}.fhir.json",
    f"fiscal/{ANNEE}",
    f"fiscal/{ANNEE}.csv",
    "reste-a-charge",
    f"reste-a-charge?annee={ANNEE}",
    "comparatif",
    "decomptes/cpam-751/AU-RO",
    "decomptes/smi/AU-SMI",
    "sinistres",
)
OF_TEAM = (
    "/v1/sinistres",
    "/v1/sinistres?etat=ouvert",
    f"/v1/sinistres/{SINISTRE}",
    f"/v1/sinistres/{SINISTRE}/creances/1",
    "/v1/recours/balance",
)
FILES = {f"{MEMBER}/{path}" for path in OF_MEMBER if path.endswith((".pdf", ".csv", ".xlsx", ".fhir.json"))}
FILES_AT = (1, 5)
"""At which moments files are asked for too."""

READS = {f"{MEMBER}/{path}": Role.PORTAIL for path in OF_MEMBER} | dict.fromkeys(OF_TEAM, Role.ASSIA)


@dataclass(kw_only=True)
class Kept:
    """What was served at a moment, and kept then: status, and the body of a success."""

    position: int
    at: datetime
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)


def said(answer: httpx.Response) -> tuple[int, bytes]:
    """A problem has the trace of its request: its code is what it says."""
    return answer.status_code, answer.content if answer.is_success else answer.json()["code"].encode()


def served_then(served: Served, *, with_files: bool) -> Kept:
    """Ask everything, as who may, once all is projected; files, which take their time, not at every moment."""
    position = served.services.journal.position()
    asked = {path: role for path, role in READS.items() if with_files or path not in FILES}
    answers = {path: said(served.get(path, role=role, after=position)) for path, role in asked.items()}
    return Kept(position=position, at=datetime.now(UTC), answers=answers)


def line(montant: int, **changes: object) -> dict[str, object]:
    return soin_line(soin="F1-1", date_soin=PAID, montant=montant) | changes


def history(served: Served) -> Iterator[None]:
    """What happens to one member and her sinistre, one thing at a time; others come in between."""
    desk = Desk(served, numero=NUMERO)
    common = {"numero_adherent": NUMERO, "date_paiement": PAID}
    served.record(decompte("AU-RO", **common, lignes=[line(2100)]))
    yield
    smi = {"emetteur": "smi", "payeur": "smi", "rang": 2}
    served.record(decompte("AU-SMI", **common, **smi, lignes=[line(900)]), decompte("AU-X", numero_adherent="A9"))
    yield
    served.record(adherent(reference="AU-AD", numero_adherent=NUMERO, nom="Lovelace"))
    yield
    desk.claim(responsabilite_pb=None)
    yield
    desk.step("accord", responsabilite_pb=5_000)
    desk.step("encaissement", montant=1_000, reference_paiement="VIR-1")
    yield
    served.record(annulation("AU-SMI", emetteur="smi", numero_adherent=NUMERO))
    yield
    served.record(decompte("AU-SMI-2", **common, **smi, lignes=[line(950)]))
    served.record(adherent(reference="AU-AD2", numero_adherent=NUMERO, nom="King", date_effet="2026-02-01"))
    desk.declare(reference=f"{SINISTRE}-2", cle="another-one")
    yield


@dataclass(kw_only=True)
class World:
    """A server without a day of its own, after that history, and what it served on the way."""

    served: Served
    kept: list[Kept]

    def then(self, path: str, au: int | str) -> httpx.Response:
        return self.served.get(path, role=Role.AUDITEUR, params={"au": str(au)})


@pytest.fixture(scope="module")
def world(databases_18: DatabaseFactory) -> Iterator[World]:
    url = databases_18.create()
    with serving(url, now=None) as served:
        served.record(decompte("AU-0", numero_adherent="A0"))
        kept = [served_then(served, with_files=False)]
        for number, _ in enumerate(history(served)):
            kept.append(served_then(served, with_files=number in FILES_AT))
        yield World(served=served, kept=kept)
    databases_18.drop(url)


def assert_all_as_kept(world: World, *, by_instant: bool) -> None:
    for kept in world.kept:
        au = kept.at.isoformat() if by_instant else kept.position
        for path, expected in kept.answers.items():
            if not (by_instant and path in FILES):
                assert said(world.then(path, au)) == expected, (path, au)


def test_every_read_says_what_was_served_then_to_the_byte(world: World) -> None:
    assert {status for kept in world.kept for status, _ in kept.answers.values()} == {200, 404}
    said_of = {path: {kept.answers[path] for kept in world.kept if path in kept.answers} for path in READS}
    assert [path for path, answers in said_of.items() if len(answers) < 2] == []
    assert_all_as_kept(world, by_instant=False)


def test_an_instant_means_what_was_recorded_up_to_it(world: World) -> None:
    assert_all_as_kept(world, by_instant=True)


def test_it_says_so_after_a_rebuild_too(world: World) -> None:
    rebuild(world.served.services.url)
    assert_all_as_kept(world, by_instant=True)


def test_a_finished_document_of_now_is_no_answer_about_the_past(world: World) -> None:
    first, path = world.kept[1], f"{MEMBER}/releves/{ANNEE}"
    client = world.served.as_(Role.AUDITEUR)
    while not ask(client, path)[2]:  # until it is served directly
        pass
    answer, _, is_direct = ask(client, f"{path}?au={first.position}")
    assert (answer.status_code, is_direct) == (200, False)
    assert world.then(path, first.position).content == first.answers[path][1]
    assert ask(client, path)[2]
    assert client.get(path).content == world.kept[-1].answers[path][1]


def test_an_answer_about_the_past_can_be_kept_by_the_client(world: World) -> None:
    path = f"{MEMBER}/releves/{ANNEE}"
    first = world.then(path, world.kept[1].position)
    assert first.headers["Cache-Control"] == "private, no-cache"
    headers = {"If-None-Match": first.headers["ETag"]}
    again = world.served.as_(Role.AUDITEUR).get(path, params={"au": world.kept[1].position}, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


def test_before_she_was_known_nobody_knew_her(world: World) -> None:
    assert code_of(world.then(f"{MEMBER}/accueil", world.kept[0].position)) == (404, "adherent_inconnu")
    assert code_of(world.then(f"{MEMBER}/accueil", "2020-01-01T00:00:00Z")) == (404, "adherent_inconnu")
    assert code_of(world.then(f"/v1/sinistres/{SINISTRE}", 1)) == (404, "sinistre_inconnu")


def test_the_two_years_of_a_moment_are_those_of_its_day(world: World) -> None:
    world_then = decoded(world.then(f"{MEMBER}/comparatif", world.kept[-1].at.isoformat()))
    assert world_then["annees"] == [TODAY.year - 1, TODAY.year]
    old = world.then(f"{MEMBER}/releves/2001", world.kept[-1].position)
    assert decoded(old)["decomptes"] == []


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.ADHERENT])
def test_no_other_role_reads_the_past(world: World, role: Role) -> None:
    subject = NUMERO if role is Role.ADHERENT else None
    for path in (f"{MEMBER}/accueil", f"{MEMBER}/releves/{ANNEE}.csv", f"{MEMBER}/sinistres"):
        answer = world.served.get(path, role=role, subject=subject, params={"au": "1"})
        assert code_of(answer) == (403, "au_reserve")


@pytest.mark.parametrize("path", OF_TEAM)
def test_the_team_reads_the_present_alone(world: World, path: str) -> None:
    assert code_of(world.served.get(path, role=Role.ASSIA, params={"au": "1"})) == (403, "au_reserve")
    assert code_of(world.served.get(path)) == (403, "role_interdit")


@pytest.mark.parametrize(
    "au",
    [
        *("hier", "", "0", "-3", "1.5", "٣", "1e3", "2026-02-30", "2026-13-01T00:00:00Z", "9999-12-31"),
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_what_is_no_moment_is_said(world: World, au: str) -> None:
    assert code_of(world.then(f"{MEMBER}/accueil", au)) == (422, "au_invalide")


def test_what_has_not_come_yet_is_said(world: World) -> None:
    tomorrow = TODAY + timedelta(days=1)
    end = world.served.services.journal.position()
    for au in (end + 1, 10**17, tomorrow.isoformat(), f"{tomorrow}T00:00:00+00:00", "2199-12-30"):
        assert code_of(world.then(f"{MEMBER}/accueil", au)) == (422, "au_futur"), au
    assert world.then(f"{MEMBER}/accueil", end).status_code == 200
    assert world.then(f"{MEMBER}/accueil", TODAY.isoformat()).status_code == 200


def test_the_worklist_of_a_moment_is_read_page_by_page(world: World) -> None:
    then = world.kept[-1]
    first = world.served.get("/v1/sinistres?limite=1", role=Role.AUDITEUR, params={"limite": 1, "au": then.position})
    following = world.served.as_(Role.AUDITEUR).get(first.links["next"]["url"])
    found = [element["reference"] for page in (first, following) for element in decoded(page)["elements"]]
    assert found == [SINISTRE, f"{SINISTRE}-2"]


def test_every_look_of_an_auditor_is_written(world: World) -> None:
    world.then(f"{MEMBER}/releves/{ANNEE}", world.kept[1].position)
    world.then(f"/v1/sinistres/{SINISTRE}", world.kept[-1].position)
    services = world.served.services
    sujet = services.members.find(NUMERO)
    assert sujet is not None
    looks = {line.action for line in services.journal_acces.listing(sujet, limit=200) if line.role == "auditeur"}
    assert {f"releves/{ANNEE}", "sinistre"} <= looks


def test_an_answer_about_the_past_waits_for_the_projection(
    databases_18: DatabaseFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quand, "ATTENTE_SECONDS_MAX", 0.1)
    url = databases_18.create()
    with serving(url, now=None, with_worker=False) as served:
        served.record(decompte("AU-LATE", numero_adherent=NUMERO))
        answer = served.get(f"{MEMBER}/accueil", role=Role.AUDITEUR, params={"au": "1"})
        assert code_of(answer) == (503, "projection_en_retard")
    databases_18.drop(url)
