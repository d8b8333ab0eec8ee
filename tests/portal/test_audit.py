"""The auditors' pages: who may see them, a reason before any member, and where the ledger is."""

from typing import Any

import httpx
import pytest

from infra.auth.roles import Role
from infra.auth.sessions import Opened
from tests.portal.equipe import person
from tests.portal.portail import Adherent, Portail, smi
from tests.portal.test_recours_dossier import plain
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
