"""Every format of every file, and that nobody pays for the libraries of one who does not use it."""

import subprocess
import sys

import pytest

from readmodels.renderings.telechargements import TYPE_MEDIA, Format, fichier_fiscal, fichier_releve
from tests.renderings.members import rendered
from tests.support.examples import NUMERO, adherent, ro, smi

BEGINNING = {Format.PDF: b"%PDF-", Format.CSV: b"\xef\xbb\xbf", Format.XLSX: b"PK", Format.FHIR: b"{"}
LIBRARIES = ("typst", "xlsxwriter", "fhir.resources")


@pytest.mark.parametrize("forme", Format)
def test_a_statement_has_every_format_under_a_name_that_says_nothing_of_the_member(forme: Format) -> None:
    member = rendered(ro(), smi(), adherent())
    made = fichier_releve(forme, member.dossier, member.registration, numero_adherent=NUMERO, annee=2026)
    assert made.nom == f"releve-2026.{forme.value}"
    assert made.type_media == TYPE_MEDIA[forme]
    assert made.contenu.startswith(BEGINNING[forme])


@pytest.mark.parametrize("forme", [Format.PDF, Format.CSV])
def test_a_tax_summary_is_a_document_or_a_table(forme: Format) -> None:
    member = rendered(ro(), smi())
    made = fichier_fiscal(forme, member.dossier, member.registration, numero_adherent=NUMERO, annee=2026)
    assert made.nom == f"impots-2026.{forme.value}"
    assert made.contenu.startswith(BEGINNING[forme])


@pytest.mark.parametrize("module", ["infra.cli.main", "infra.http.app", "readmodels.renderings.telechargements"])
def test_what_exports_nothing_loads_none_of_their_libraries(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {LIBRARIES!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
