"""An open page learns of a new décompte, and says so without taking the page away."""

from playwright.sync_api import expect

from tests.portal.conftest import OpenContext
from tests.portal.portail import Portail, smi
from tests.support.ledger import decompte


def test_an_open_page_says_that_there_is_something_new(portail: Portail, open_context: OpenContext) -> None:
    member = portail.member(decompte("V-RO"))
    page = open_context(portail.enrol(member)).new_page()
    with page.expect_response("**/espace/evenements"):
        page.goto("/espace/remboursements")
    expect(page.get_by_role("heading", name="1 décompte")).to_be_visible()
    expect(page.get_by_text("Du nouveau dans vos remboursements.")).to_have_count(0)
    portail.record(smi("V-SMI", numero_adherent=member.numero))
    notice = page.get_by_role("status")
    expect(notice).to_contain_text("Du nouveau dans vos remboursements.")
    notice.get_by_role("link", name="Afficher").click()
    expect(page.get_by_role("heading", name="2 décomptes")).to_be_visible()


def test_the_stream_is_for_who_is_signed_in(portail: Portail) -> None:
    assert portail.browse().get("/espace/evenements").status_code == 403
