"""Which characters the fonts of the PDF have, and what stands for the others.

A PDF/A must not hold a character that its fonts lack: the engine refuses the whole document then, and some marks of
rare scripts even break it. So a text is brought down to what the fonts that come with the engine surely have: Latin,
Greek, Cyrillic, Hebrew and Arabic letters, and punctuation. The other formats keep every text as it was received.
"""

import re
import unicodedata

REMPLACEMENT = "\u25a1"
"""« □ » in the place of a character that the fonts lack."""

_RANGES = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x24F),  # Latin, without the soft hyphen
    (0x384, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x3E1),  # Greek
    (0x400, 0x482),
    (0x48A, 0x4FF),  # Cyrillic
    (0x5D0, 0x5EA),  # Hebrew
    (0x621, 0x63A),
    (0x640, 0x64A),
    (0x660, 0x669),  # Arabic
    (0x1E00, 0x1EFF),  # Latin of Vietnamese and others
    (0x2010, 0x2027),
    (0x202F, 0x205E),  # punctuation, the narrow no-break space among it
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),
    (0x2153, 0x215E),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x25A0, 0x25FF),
)
"""First and last code point of what is shown as it is."""

AFFICHABLES = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1))

# Marks that change how their neighbours are read (direction, width) and show nothing by themselves.
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f\x85]+")


def affichable(texte: str) -> str:
    """The text with only what the fonts have: composed, on one line, « □ » for each character that they lack."""
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", texte))
    return "".join(c if c in AFFICHABLES else _nearest(c) for c in _on_one_line(composed))


def _on_one_line(texte: str) -> str:
    """Blanks that could break a line become one space; no-break spaces stay."""
    return _BLANK.sub(lambda run: run.group() if run.group() in ("\u00a0", "\u202f") else " ", texte).strip(" ")


def _nearest(character: str) -> str:
    """A compatible form that the fonts have (wide letters, ligatures), else the replacement."""
    folded = unicodedata.normalize("NFKC", character)
    return folded if folded and all(c in AFFICHABLES for c in folded) else REMPLACEMENT
