"""A member's file at a day: an auditor finds her, sees what was said, why, what changed, and takes the proof away."""

import json

import pytest
from playwright.sync_api import expect

from infra.preuve.releve import check_statement
from tests.portal.conftest import OpenContext
from tests.portal.portail import Adherent, Portail, smi
from tests.portal.test_audit import HOME, Auditeur
from tests.portal.test_pages import WIDTHS, check
from tests.portal.test_recours_dossier import plain
from tests.support.ledger import annulation, decompte


@pytest.fixture(scope="module")
def auditeur(portail: Portail) -> Auditeur:
    """An auditor."""
    return Auditeur(portail)


def corrected(portail: Portail, prefix: str) -> Adherent:
    """A member whose SMI payment was wrong, cancelled, and paid anew."""
    member = portail.member(decompte(f"{prefix}-RO"), smi(f"{prefix}-FAUX"))
    common = {"numero_adherent": member.numero}
    portail.record(annulation(f"{prefix}-FAUX", emetteur="smi", **common))
    portail.record(smi(f"{prefix}-JUSTE", **common))
    return member


def test_from_a_member_to_the_proof_without_training(
    auditeur: Auditeur, portail: Portail, open_context: OpenContext
) -> None:
    prefix = "VU"
    member = corrected(portail, prefix)
    page = open_context(auditeur.opened, java_script_enabled=False, accept_downloads=True).new_page()
    page.goto(HOME)
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    page.get_by_label("Pourquoi le consultez-vous").fill("réclamation n° 2026-114")
    page.get_by_role("button", name="Ouvrir le dossier").click()
    page.get_by_role("link", name="Lire son relevé à un jour").click()
    main = page.locator("main")
    expect(main).to_contain_text("Tel que connu maintenant")

    # Back in time, change by change: the wrong payment was not yet cancelled.
    for _ in range(2):
        page.get_by_role("link", name="Changement précédent").click()
    expect(main).to_contain_text("Tel que connu à la position")
    expect(main).not_to_contain_text(f"{prefix}-JUSTE")
    expect(main.get_by_text("Annulé", exact=True)).to_have_count(0)
    before = page.url.split("au=")[1].split("&")[0]

    # Why.
    page.get_by_role("link", name="Pourquoi ce montant").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pourquoi ce montant")
    expect(main).to_contain_text("La dépense est celle du premier payeur qui en annonce une")
    page.get_by_role("link", name="Maintenant").click()
    expect(main).to_contain_text("Ne compte pas")
    expect(main).to_contain_text("Le décompte est annulé")
    # Down to the event, and back.
    page.get_by_role("link", name="position").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Événement")

    # What changed.
    page.goto(f"{HOME}/adherents/{member.numero}")
    page.get_by_role("link", name="Comparer deux jours").click()
    page.get_by_label("D’abord").fill(before)
    page.get_by_role("button", name="Comparer").click()
    expect(main).to_contain_text("1 décompte annulé")
    expect(main).to_contain_text("1 décompte apparu")
    expect(main).to_contain_text(f"{prefix}-JUSTE")

    # The proof, of that day.
    page.goto(f"{HOME}/adherents/{member.numero}/releve?au={before}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger la preuve de ce relevé").click()
    content = download.value.path().read_bytes()
    checked = check_statement(content)
    assert checked is not None
    assert prefix + "-FAUX" in content.decode()
    assert prefix + "-JUSTE" not in content.decode()


@WIDTHS
def test_each_page_is_for_everybody_on_every_screen(
    auditeur: Auditeur, portail: Portail, open_context: OpenContext, width: int
) -> None:
    member = corrected(portail, f"VW{width}")
    then = portail.services.journal.position() - 3  # before the annulation, which is two events, and the last one
    auditeur.open_file(member.numero, "réclamation n° 2026-114")
    opened = open_context(auditeur.opened, width=width)
    cookie = auditeur.browser.cookies["decompte-consultation"]
    opened.add_cookies([{"name": "decompte-consultation", "value": cookie, "url": portail.url}])
    page = opened.new_page()
    places = {
        "audit-releve": "releve",
        "audit-releve-alors": f"releve?au={then}",
        "audit-soin": "soins/F1-1",
        "audit-differences": f"differences?de={then}",
    }
    for name, place in places.items():
        page.goto(f"{HOME}/adherents/{member.numero}/{place}")
        check(page, name)


def test_every_page_is_looked_at_for_the_reason_that_was_said(auditeur: Auditeur, portail: Portail) -> None:
    member = corrected(portail, "VR")
    file = f"{HOME}/adherents/{member.numero}"
    pages = (
        f"{file}/releve?au=1",
        f"{file}/soins/F1-1",
        f"{file}/differences?de=1",
        f"{file}/telecharger/releve-2026.json",
    )
    for path in pages:
        assert auditeur.browser.get(path).headers["location"].startswith(f"{HOME}?numero={member.numero}")
    auditeur.open_file(member.numero, "contrôle")
    assert [auditeur.browser.get(path).status_code for path in pages] == [200] * 4
    expected = ["consultation", "releve", "soin", "differences", "releve"]
    assert auditeur.looks(member) == [(what, "contrôle") for what in expected]


def test_the_page_and_the_file_say_what_the_api_answers_then(auditeur: Auditeur, portail: Portail) -> None:
    member = corrected(portail, "VF")
    auditeur.open_file(member.numero)
    file = f"{HOME}/adherents/{member.numero}"
    position = portail.services.journal.position() - 3  # before the annulation, which is two events, and the last one
    then = auditeur.browser.get(f"{file}/telecharger/releve-2026.json?au={position}")
    assert then.headers["content-disposition"] == 'attachment; filename="releve-2026.json"'
    said = json.loads(then.content)
    assert {d["reference"]: d["annule"] for d in said["decomptes"]} == {"VF-RO": False, "VF-FAUX": False}
    page = plain(auditeur.browser.get(f"{file}/releve?au={position}").text)
    assert "VF-FAUX" in page
    assert "VF-JUSTE" not in page


def test_a_moment_that_is_none_is_said_and_now_is_shown(auditeur: Auditeur, portail: Portail) -> None:
    member = corrected(portail, "VM")
    auditeur.open_file(member.numero)
    file = f"{HOME}/adherents/{member.numero}"
    for au, said in (("hier", "ne se lit pas"), ("999999999999", "pas encore venu")):
        page = plain(auditeur.browser.get(f"{file}/releve?au={au}").text)
        assert said in page
        assert "Tel que connu maintenant" in page
    wrong = auditeur.browser.get(f"{file}/differences?de=hier")
    assert (wrong.status_code, "ne se lit pas" in wrong.text) == (422, True)
    reversed_ = auditeur.browser.get(f"{file}/differences?de={portail.services.journal.position()}&a=1")
    assert "doit précéder" in reversed_.text
    assert "ne connaissait encore" in plain(auditeur.browser.get(f"{file}/releve?au=2020-01-01").text)
    for missing in ("soins/INCONNU", "telecharger/preuve-2026.pdf", "telecharger/releve-2026.json?au=2020-01-01"):
        assert auditeur.browser.get(f"{file}/{missing}").status_code == 404


def test_a_member_nobody_named_has_no_file(auditeur: Auditeur) -> None:
    auditeur.open_file("INCONNU-1")
    for path in ("releve", "differences"):
        assert auditeur.browser.get(f"{HOME}/adherents/minuscule/{path}").status_code == 404
