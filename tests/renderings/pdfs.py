"""PDFs as a reader sees them (poppler), and documents of bare texts in every style that ours use."""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from readmodels.renderings.typographe import pdf

PDFTOTEXT = shutil.which("pdftotext")
PDFINFO = shutil.which("pdfinfo")
DAY = date(2026, 1, 1)
needs_poppler = pytest.mark.skipif(
    PDFTOTEXT is None or PDFINFO is None, reason="poppler-utils is not installed (pdftotext, pdfinfo)"
)


def compiled(textes: list[str]) -> bytes:
    """A statement with these texts in every place and style. Raises CompositionImpossible when it cannot be made."""
    ligne = {"titre": "t", "details": textes, "montants": ["0"] * 6, "provisoire": True}
    lignes = [ligne, *({**ligne, "titre": texte, "details": [], "montants": [texte] * 6} for texte in textes)]
    donnees = {
        "titre": "t",
        "auteur": "a",
        "entete": textes,
        "avis": textes,
        "titre_totaux": "t",
        "titres_totaux": ["a", "b"],
        "totaux": [[texte, texte] for texte in textes],
        "titre_decomptes": "t",
        "colonnes": ["c"] * 7,
        "decomptes": [{"entete": "".join(textes), "bandeau": "".join(textes), "annule": True, "lignes": lignes}],
        "total_final": ["t"] * 7,
        "provisoire": "p",
        "vide": "v",
        "titre_aide": "t",
        "aide": [[texte, texte] for texte in textes],
        "pied": "p",
    }
    return pdf("releve.typ", donnees, day=DAY)


def text_of(content: bytes, folder: Path) -> str:
    """What a reader reads, in reading order; blanks of any kind are one space."""
    assert PDFTOTEXT is not None
    path = folder / "lu.pdf"
    path.write_bytes(content)
    done = subprocess.run([PDFTOTEXT, "-enc", "UTF-8", path, "-"], capture_output=True, check=True)
    return plain(done.stdout.decode())


def rows_of(content: bytes, folder: Path) -> list[str]:
    """The lines as they stand on the page, so that the cells of a row are together; blanks are one space."""
    assert PDFTOTEXT is not None
    path = folder / "lu.pdf"
    path.write_bytes(content)
    done = subprocess.run([PDFTOTEXT, "-layout", "-enc", "UTF-8", path, "-"], capture_output=True, check=True)
    return [plain(line) for line in done.stdout.decode().splitlines()]


def info_of(content: bytes, folder: Path) -> dict[str, str]:
    """What the document says of itself."""
    assert PDFINFO is not None
    path = folder / "lu.pdf"
    path.write_bytes(content)
    done = subprocess.run([PDFINFO, path], capture_output=True, check=True)
    lines = (line.partition(":") for line in done.stdout.decode().splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def plain(texte: str) -> str:
    """The text with one space for any run of blanks."""
    return re.sub(r"\s+", " ", texte)
