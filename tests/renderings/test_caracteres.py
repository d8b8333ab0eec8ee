"""The fonts of the engine have every character that we show; what they lack is replaced, and breaks nothing."""

import unicodedata

import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from readmodels.renderings import typographe
from readmodels.renderings.caracteres import AFFICHABLES, REMPLACEMENT, affichable
from readmodels.renderings.typographe import CompositionImpossible
from tests.renderings.pdfs import compiled
from tests.support.properties import bounded_to

PER_TEXT = 60


def is_composed(character: str) -> bool:
    """Whether composing leaves it as it is: the sign ångström becomes the letter."""
    return unicodedata.is_normalized("NFC", character)


def test_every_character_that_we_show_is_in_the_fonts_in_every_style() -> None:
    """The engine refuses a PDF/A with a character that its fonts lack."""
    characters = sorted(AFFICHABLES)
    assert all(affichable(f"a{character}b") == f"a{character}b" for character in characters if is_composed(character))
    compiled(["".join(characters[start : start + PER_TEXT]) for start in range(0, len(characters), PER_TEXT)])


@pytest.mark.parametrize("character", "\u202f\u00a0€ŒœÆæÿŸ«»’–—−…№°²³½éàçñøðþśğž")
def test_what_french_needs_is_shown_as_it_is(character: str) -> None:
    assert affichable(f"a{character}b") == f"a{character}b"


@pytest.mark.parametrize(
    ("texte", "shown"),
    [
        ("e\u0301te\u0301", "été"),
        ("ｗｉｄｅ ﬁn", "wide fin"),
        ("😀", REMPLACEMENT),
        ("中文", REMPLACEMENT * 2),
        ("a\u202eb\u200bc\u00adt\ufeff", "abct"),
        (" a\tb\r\nc\u2028d \x00", "a b c d"),
        ("", ""),
        ("שלום مرحبا", "שלום مرحبا"),
    ],
)
def test_a_text_is_brought_down_to_what_the_fonts_have(texte: str, shown: str) -> None:
    assert affichable(texte) == shown


@bounded_to(60)
@property_of(st.lists(st.text(max_size=120), max_size=5))
def test_whatever_the_text_the_document_is_made(textes: list[str]) -> None:
    assert compiled(textes)


@bounded_to(60)
@property_of(st.lists(st.text(alphabet=sorted(AFFICHABLES), max_size=120), max_size=5))
def test_whatever_the_mix_of_what_is_shown_the_document_is_made(textes: list[str]) -> None:
    assert compiled(textes)


def test_a_fault_of_the_engine_is_an_exception_that_a_server_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks of scripts that its fonts lack break the engine itself; that is why they never reach it."""
    lacking = "".join(map(chr, range(0x5D7, 0x626)))
    assert compiled([lacking])
    monkeypatch.setattr(typographe, "affichable", lambda texte: texte)
    with pytest.raises(CompositionImpossible):
        compiled([lacking])
