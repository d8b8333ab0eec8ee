"""The auditors' pages on a desk and on the smallest phone."""

import pytest
from playwright.sync_api import expect

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


@WIDTHS
def test_a_person_browses_the_journal_and_sees_the_balance(
    auditeur: Auditeur, portail: Portail, open_context: OpenContext, width: int
) -> None:
    member = portail.member(*dossier_complet(f"BAL{width}"))
    page = open_context(auditeur.opened, width=width).new_page()
    page.goto(f"{HOME}/journal")
    check(page, "audit-journal")
    page.get_by_text("Filtrer", exact=True).first.click()
    page.get_by_label("Émetteur", exact=True).fill("smi")
    page.get_by_label("Référence (avec son émetteur)").fill(f"BAL{width}-DENT-BIS")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("3 événements")
    page.get_by_role("row", name="Décompte de SMI").get_by_role("link").click()
    page.get_by_label("Pourquoi l’ouvrez-vous ?").fill("réclamation")
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("region", name="Partie personnelle")).to_contain_text(member.numero)
    check(page, "audit-evenement-ouvert")
    page.get_by_role("link", name="Ses événements").click()
    expect(page.locator("main")).to_contain_text("Consultation consignée : réclamation")
    page.goto(f"{HOME}/journal?du=hier&au=2199-01-01&reference=X")
    check(page, "audit-journal-erreurs")
    page.goto(f"{HOME}/balance")
    expect(page.get_by_text("La balance tombe juste.")).to_be_visible()
    check(page, "audit-balance")
    page.get_by_label("Un jour, un instant ou une position").fill("2199-01-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Ce moment n’est pas encore venu.")
