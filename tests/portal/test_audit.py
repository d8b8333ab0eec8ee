"""The auditors' pages: who may see them, a reason before any member, and where the ledger is."""

import csv
import io
import re
from decimal import Decimal
from html import unescape
from typing import Any

import httpx
import openpyxl
import pytest

from infra.auth.roles import Role
from infra.auth.sessions import Opened
from tests.portal.equipe import person
from tests.portal.portail import Adherent, Portail, smi
from tests.portal.test_recours_dossier import plain
from tests.support.keys import destroy_key
from tests.support.ledger import decompte

HOME = "/maison/audit"


class Auditeur:
    """An auditor without a browser: forms as a browser sends them."""

    def __init__(self, portail: Portail) -> None:
        self.portail = portail
        self.opened: Opened = person(portail, Role.AUDITEUR)
        self.browser = portail.browse(self.opened)

    def open_file(self, numero: str, motif: str = "contrôle par sondage", **fields: str) -> httpx.Response:
        data = {"csrf": self.opened.session.csrf, "numero": numero, "motif": motif}
        return self.browser.post(f"{HOME}/consultations", data=data | fields)

    def looks(self, member: Adherent) -> list[tuple[str, str | None]]:
        """What the access log keeps of her looks at a member, the first one first."""
        services = self.portail.services
        sujet = services.members.find(member.numero)
        assert sujet is not None
        lines = services.journal_acces.listing(sujet, limit=100)
        actor = self.opened.session.actor
        return [(line.action, line.motif) for line in reversed(lines) if line.acteur == actor]


@pytest.fixture(scope="module")
def auditeur(portail: Portail) -> Auditeur:
    """An auditor."""
    return Auditeur(portail)


def test_the_home_says_where_the_ledger_is(auditeur: Auditeur) -> None:
    auditeur.portail.member()
    head = auditeur.portail.services.journal.position()
    page = plain(auditeur.browser.get(HOME).text)
    assert f"Dernière position {head:,} Enregistrée le".replace(",", " ") in page
    assert "Modèles de lecture À jour" in page
    assert f'href="{HOME}"' in auditeur.browser.get("/maison").text


def test_a_file_is_opened_for_a_reason_which_goes_with_every_look(auditeur: Auditeur) -> None:
    member = auditeur.portail.member(decompte("AUD-RO"), smi("AUD-SMI"))
    file = f"{HOME}/adherents/{member.numero}"
    closed = auditeur.browser.get(file)
    assert (
        closed.headers["location"]
        == f"{HOME}?numero={member.numero}&suite=%2Fmaison%2Faudit%2Fadherents%2F{member.numero}"
    )
    assert f'value="{member.numero}"' in auditeur.browser.get(closed.headers["location"]).text
    assert auditeur.looks(member) == []
    opened = auditeur.open_file(member.numero, suite=file)
    assert (opened.status_code, opened.headers["location"]) == (303, file)
    page = plain(auditeur.browser.get(file).text)
    assert "Ada Lovelace" in page
    assert "Décomptes 2 Annulations 0 Soins 1 Années de paiement 2026" in page
    assert auditeur.looks(member) == [("consultation", "contrôle par sondage"), ("dossier", "contrôle par sondage")]


@pytest.mark.parametrize(
    ("numero", "fields", "said"),
    [
        ("", {}, "Saisissez le numéro de l’adhérent"),
        ("P000001", {"motif": " "}, "Dites pourquoi"),
        ("P000001", {"motif": "x" * 201}, "200 caractères au plus"),
        ("ABSENT-1", {}, "Aucun message enregistré ne nomme cet adhérent"),
    ],
)
def test_what_is_wrong_with_whom_and_why_is_said(
    auditeur: Auditeur, numero: str, fields: dict[str, Any], said: str
) -> None:
    answer = auditeur.open_file(numero, **fields)
    assert answer.status_code == 422
    assert said in plain(answer.text)


def test_only_one_of_these_pages_is_come_back_to(auditeur: Auditeur) -> None:
    member = auditeur.portail.member()
    for suite in ("https://ailleurs.example/", "//ailleurs", "/maison/recours", f"{HOME}/../recours\n", f"{HOME}//x y"):
        opened = auditeur.open_file(member.numero, suite=suite)
        assert opened.headers["location"] == f"{HOME}/adherents/{member.numero}"


def test_a_file_opened_in_one_session_is_not_open_in_another(auditeur: Auditeur) -> None:
    member = auditeur.portail.member()
    auditeur.open_file(member.numero)
    other = Auditeur(auditeur.portail)
    other.browser.cookies.set("decompte-consultation", auditeur.browser.cookies["decompte-consultation"])
    assert other.browser.get(f"{HOME}/adherents/{member.numero}").status_code == 303
    for value in ("", "x", "%C3%A9", "QUJD" * 30):
        other.browser.cookies.set("decompte-consultation", value)
        assert other.browser.get(f"{HOME}/adherents/{member.numero}").status_code == 303


def test_the_oldest_of_too_many_open_files_is_closed(auditeur: Auditeur) -> None:
    members = [auditeur.portail.member() for _ in range(4)]
    for member in members:
        auditeur.open_file(member.numero, "é" * 200)
    statuses = [auditeur.browser.get(f"{HOME}/adherents/{m.numero}").status_code for m in members]
    assert statuses == [303, 200, 200, 200]


def test_the_pages_are_the_auditors_alone(portail: Portail) -> None:
    for role in (Role.ASSIA, Role.EXPLOITANT):
        answer = portail.browse(person(portail, role)).get(HOME)
        assert answer.status_code == 403
        assert "Elle est aux auditeurs" in answer.text
    assert portail.browse().get(HOME).headers["location"] == "/maison/connexion"


def test_a_page_of_the_journal_leads_to_the_next(auditeur: Auditeur) -> None:
    auditeur.portail.member(*(decompte(f"PAGE-{i}", emetteur="pageur") for i in range(60)))
    found: list[str] = []
    address: str | None = f"{HOME}/journal?emetteur=pageur"
    while address:
        page = auditeur.browser.get(address).text
        found += re.findall(r'<span class="reference">pageur / (PAGE-\d+)</span>', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"{HOME}/journal{unescape(following[1])}" if following else None
    assert found == [f"PAGE-{i}" for i in range(60)][::-1]
    oldest = auditeur.browser.get(f"{HOME}/journal?emetteur=pageur&ordre=ancien").text
    assert re.findall(r"pageur / (PAGE-\d+)<", oldest) == found[::-1][:25]


def test_a_member_in_the_journal_is_looked_at_for_a_reason(auditeur: Auditeur) -> None:
    member = auditeur.portail.member(decompte("VU-1"))
    address = f"{HOME}/journal?adherent={member.numero}"
    closed = auditeur.browser.get(address)
    assert closed.status_code == 303
    assert auditeur.open_file(member.numero, suite=address).headers["location"] == address
    page = plain(auditeur.browser.get(address).text)
    assert "2 événements sur cette page" in page
    assert auditeur.looks(member)[-1] == ("evenements", "contrôle par sondage")


def test_what_is_personal_in_an_event_is_opened_for_a_reason(auditeur: Auditeur) -> None:
    member = auditeur.portail.member(decompte("OUVRIR-1"))
    position = auditeur.portail.services.journal.position()
    address, csrf = f"{HOME}/journal/{position}", auditeur.opened.session.csrf
    shown = auditeur.browser.get(address).text
    assert "Consultation généraliste" not in shown
    assert auditeur.looks(member) == []
    assert auditeur.browser.post(address, data={"csrf": csrf, "motif": " "}).status_code == 422
    opened = auditeur.browser.post(address, data={"csrf": csrf, "motif": "réclamation"}).text
    assert "Consultation généraliste" in opened
    assert f"/maison/audit/adherents/{member.numero}/releve?au={position}" in opened
    assert auditeur.looks(member) == [("evenement/personnel", "réclamation")]
    assert auditeur.browser.get(f"{HOME}/adherents/{member.numero}").status_code == 200
    destroy_key(auditeur.portail.services, member.numero)
    blind = auditeur.browser.get(address).text
    assert "Détruite avec la clé de l’adhérent" in blind
    assert "OUVRIR-1" in blind


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("du=hier", 422, "Saisissez un jour"),
        ("au=2199-01-01", 422, "pas encore venu"),
        ("reference=X", 422, "Une référence va avec son émetteur"),
        ("adherent=ad%20hoc", 422, "ne nomme cet adhérent"),
        ("topic=rien&payeur=moi&ordre=x&place=y", 200, "Journal"),
        ("topic=soin.freed&ordre=ancien", 200, "Aucun événement ne correspond"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said(auditeur: Auditeur, query: str, status: int, said: str) -> None:
    answer = auditeur.browser.get(f"{HOME}/journal?{query}")
    assert answer.status_code == status
    assert said in plain(answer.text)


def test_the_balance_adds_up_and_its_files_say_the_same(auditeur: Auditeur) -> None:
    auditeur.portail.member(decompte("BAL-RO"), smi("BAL-SMI"))
    position = auditeur.portail.services.journal.position()
    page = plain(auditeur.browser.get(f"{HOME}/balance?au={position}").text)
    assert "La balance tombe juste." in page
    file = f"{HOME}/balance/telecharger/balance-{position}"
    rows = list(csv.reader(io.StringIO(auditeur.browser.get(f"{file}.csv").content.decode("utf-8-sig")), delimiter=";"))
    amounts = [[Decimal(cell.replace(",", ".")) for cell in row[2:]] for row in rows[1:]]
    assert amounts[-1] == [sum(column) for column in zip(*amounts[:-1], strict=True)]
    for depense, ro, smi_, autre, trop_percu, reste, _ in amounts:
        assert depense == ro + smi_ + autre - trop_percu + reste
    workbook = openpyxl.load_workbook(io.BytesIO(auditeur.browser.get(f"{file}.xlsx").content))
    assert workbook.sheetnames == ["Mois de soin", "Payeurs", "Mois de paiement", "Anomalies"]
    last = [cell.value for cell in list(workbook["Mois de soin"].rows)[-1]]
    assert [round(Decimal(str(value)), 2) for value in last[2:]] == amounts[-1]
    assert f"{amounts[-1][0]:,.2f} €".replace(",", " ").replace(".", ",") in page
    for wrong in ("balance-x.csv", "balance-1.exe", "balance-999999.csv", "autre"):
        assert auditeur.browser.get(f"{HOME}/balance/telecharger/{wrong}").status_code == 404
    assert auditeur.browser.get(f"{HOME}/balance?au=hier").status_code == 422
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.audit.balances.ATTENTE_SECONDS_MAX", 0.0)
        waiting = auditeur.browser.get(f"{HOME}/balance?au={position - 1}")
    assert waiting.status_code == 503
    assert "La balance se calcule" in waiting.text
