"""The tax summary as a document and as a table: the very figures of the view."""

import csv
import io
from pathlib import Path

import pytest

from readmodels.impots import recapitulatif_fiscal
from readmodels.renderings.caracteres import affichable
from readmodels.renderings.impots_csv import impots_csv
from readmodels.renderings.impots_pdf import impots_pdf
from readmodels.renderings.labels_fr import CATEGORIE
from readmodels.renderings.montants_fr import euros
from readmodels.vues import PartFiscale
from tests.renderings.members import ODD, Rendered, largest_member, odd_member, rendered, sample_members
from tests.renderings.pdfs import info_of, needs_poppler, plain, rows_of, text_of
from tests.support.examples import adherent, prestation, ro, smi


def document(member: Rendered, annee: int = 2026) -> bytes:
    view = recapitulatif_fiscal(member.dossier, annee=annee)
    return impots_pdf(view, member.titulaire, numero_adherent=member.numero)


def table(member: Rendered, annee: int = 2026) -> list[dict[str, str]]:
    content = impots_csv(recapitulatif_fiscal(member.dossier, annee=annee)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


def cents(texte: str) -> int:
    return int(texte.replace(",", ""))


def test_the_columns_of_the_table_add_up_for_100_members() -> None:
    for member in sample_members():
        for annee in (2025, 2026):
            total = recapitulatif_fiscal(member.dossier, annee=annee).total
            rows = table(member, annee)
            assert sum(cents(row["Dépensé"]) for row in rows) == total.depense
            assert sum(cents(row["Remboursé"]) for row in rows) == total.rembourse
            assert sum(cents(row["Resté à votre charge"]) for row in rows) == total.reste_a_charge
            assert sum(cents(row["dont provisoire"]) for row in rows) == total.reste_a_charge_provisoire
            assert sum(int(row["Soins"]) for row in rows) == total.soins


def amounts(part: PartFiscale) -> str:
    said = (part.depense, part.rembourse, part.reste_a_charge, part.indemnise_par_tiers)
    return plain(affichable(" ".join(map(euros, said))))


@needs_poppler
def test_every_part_and_the_total_are_in_the_document(tmp_path: Path) -> None:
    member = largest_member()
    view = recapitulatif_fiscal(member.dossier, annee=2026)
    rows = rows_of(document(member), tmp_path)
    assert len(view.par_beneficiaire) > 1
    for beneficiaire in view.par_beneficiaire:
        for part in beneficiaire.par_categorie:
            assert any(CATEGORIE[part.categorie] in row and amounts(part) in row for row in rows)
    assert any("Total du contrat" in row and amounts(view.total) in row for row in rows)


@needs_poppler
def test_the_document_is_tagged_and_says_what_is_provisional(tmp_path: Path) -> None:
    content = document(rendered(ro(), smi(prestation(900, soin="S-2", base=0)), adherent()))
    assert info_of(content, tmp_path)["Tagged"] == "yes"
    texte = text_of(content, tmp_path)
    assert "Préparer mes impôts : vos soins de 2026" in texte
    assert "Chiffres provisoires : 1 soin sur 2 en attente d'un payeur ; 9,00 € des 30,00 €" in texte
    assert "Il ne dit pas ce qui est déductible" in texte
    assert "Total de Ada" in texte


@needs_poppler
def test_a_year_without_care_says_what_will_come(tmp_path: Path) -> None:
    assert "Aucun soin connu cette année-là." in text_of(document(rendered(ro()), 2020), tmp_path)


def test_the_same_summary_is_the_same_bytes() -> None:
    assert document(largest_member()) == document(largest_member())


@pytest.mark.parametrize("texte", ODD, ids=ascii)
def test_an_odd_name_is_shown_and_never_interpreted(texte: str) -> None:
    assert document(odd_member(texte)).startswith(b"%PDF-")
