"""docs/portal.md shows every picture that is there, and no other."""

import re

from tests.docs.pages import ROOT, text_of


def test_the_documentation_shows_every_picture() -> None:
    shown = re.findall(r'<img src="screenshots/([^"]+)"', text_of("docs/portal.md"))
    there = [file.name for file in (ROOT / "docs" / "screenshots").iterdir()]
    assert sorted(shown) == sorted(there)
    assert {name.rsplit("-", 1)[1] for name in there} == {"1280.webp", "320.webp"}
