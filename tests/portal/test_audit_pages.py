"""The auditors' pages on a desk and on the smallest phone."""

import pytest

from tests.portal.conftest import OpenContext
from tests.portal.portail import Portail, dossier_complet
from tests.portal.test_audit import HOME, Auditeur
from tests.portal.test_pages import WIDTHS, check


@pytest.fixture(scope="module")
def auditeur(portail: Portail) -> Auditeur:
    """An auditor."""
    return Auditeur(portail)


@WIDTHS
def test_a_person_finds_a_member_without_training(
    auditeur: Auditeur, portail: Portail, open_context: OpenContext, width: int
) -> None:
    member = portail.member(*dossier_complet(f"AUD{width}"))
    page = open_context(auditeur.opened, width=width).new_page()
    page.goto("/maison")
    page.get_by_role("link", name="Ouvrir l’audit").click()
    check(page, "audit")
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    page.get_by_role("button", name="Ouvrir le dossier").click()
    page.get_by_role("alert").get_by_role("link", name="Dites pourquoi").click()
    check(page, "audit-erreurs")
    page.keyboard.type("contrôle par sondage")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}/adherents/{member.numero}")
    check(page, "audit-adherent")


@WIDTHS
def test_who_looked_is_found_by_member_and_by_person(
    auditeur: Auditeur, portail: Portail, open_context: OpenContext, width: int
) -> None:
    member = portail.member(*dossier_complet(f"QUI{width}"))
    auditeur.open_file(member.numero)
    page = open_context(auditeur.opened, width=width).new_page()
    page.goto(HOME)
    page.get_by_role("link", name="Qui a consulté, et pourquoi").click()
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_label("Pourquoi le consultez-vous ?").fill("qui a ouvert ce dossier")
    page.get_by_role("button", name="Ouvrir le dossier").click()
    page.wait_for_url(f"**{HOME}/acces?**")
    check(page, "audit-acces")
    found = page.get_by_role("row").all_inner_texts()
    assert any("contrôle par sondage" in row and "consultation" in row for row in found)
    assert any("qui a ouvert ce dossier" in row and "acces" in row for row in found), "this look too"
    page.get_by_label("Depuis le").fill("demain")
    page.get_by_role("button", name="Filtrer").click()
    check(page, "audit-acces-erreurs")
