"""What pages load: from here alone, kept for ever under an address that changes with the content."""

import re

import pytest

from infra.portal import statiques
from tests.portal.portail import Portail


def test_a_file_is_kept_for_ever_and_another_content_is_another_address(portail: Portail) -> None:
    browser = portail.browse()
    page = browser.get("/espace/connexion")
    links = re.findall(r'(?:href|src)="(/espace/statique/[^"]+)"', page.text)
    assert links
    style = browser.get(statiques.adresse("style.css"))
    links += re.findall(r'url\("(/espace/statique/[^"]+)"\)', style.text)
    assert any(link.endswith(".woff2") for link in links)
    for link in links:
        answer = browser.get(link)
        assert answer.status_code == 200, link
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r"https?://|@import", style.text) == []


@pytest.mark.parametrize(
    "path", ["0000000000000000/style.css", "x/absent.css", "x/..%2fpages.py", "0000000000000000/inter-latin.woff2"]
)
def test_an_address_that_is_not_of_this_release_is_none(portail: Portail, path: str) -> None:
    assert portail.browse().get(f"/espace/statique/{path}").status_code == 404
