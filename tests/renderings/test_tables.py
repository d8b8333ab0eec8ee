"""CSV and XLSX: their columns add up to the statement's totals, and no text of theirs is ever a formula."""

import csv
import io
import zipfile
from datetime import date
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pandas
import pytest
from hypothesis import given as property_of
from openpyxl.utils.escape import unescape

from ledger.events import Event
from ledger.payeurs import PourCompteDe
from readmodels.renderings.labels_fr import COLONNES
from readmodels.renderings.releve_csv import releve_csv
from readmodels.renderings.releve_xlsx import releve_xlsx
from readmodels.renderings.tableau import COLONNES_DU_TABLEAU, NON_VENTILE, SPLIT, Genre
from readmodels.vues import Releve
from tests.renderings.members import (
    ANNEES,
    ODD,
    Rendered,
    every_line,
    largest_member,
    odd_member,
    rendered,
    sample_members,
)
from tests.support.examples import (
    annulation,
    autre,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)
from tests.support.properties import bounded, histories

TITLES = [colonne.titre for colonne in COLONNES_DU_TABLEAU.values()]
AMOUNTS = [colonne.titre for colonne in COLONNES_DU_TABLEAU.values() if colonne.genre is Genre.MONTANT]
TEXTS = [colonne.titre for colonne in COLONNES_DU_TABLEAU.values() if colonne.genre is Genre.TEXTE]
PAID = "Payé par ce décompte"


def frame(content: bytes) -> pandas.DataFrame:
    """The CSV as an analyst opens it."""
    return pandas.read_csv(
        io.BytesIO(content), sep=";", decimal=",", encoding="utf-8-sig", dtype=dict.fromkeys(TEXTS, str)
    )


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def workbook(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def sheet_rows(content: bytes) -> list[dict[str, Any]]:
    titles, *rows = workbook(content).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(titles, row, strict=True)) for row in rows]


def shared_strings(content: bytes) -> set[str]:
    """Every text of a workbook as Excel shows it: what XML cannot hold is escaped in the file, `_x0007_`."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        root = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
    return {unescape(node.text or "") for node in root.iter() if node.tag.endswith("}t")}


def totals_of(view: Releve) -> dict[str, int]:
    """The totals of the JSON by title of column, in cents; and what décomptes in force paid."""
    paid = sum(decompte.montant for decompte in view.decomptes if not decompte.annule)
    return {**{COLONNES[name]: getattr(view.totaux, name) for name in SPLIT}, PAID: paid}


def csv_totals(view: Releve) -> dict[str, int]:
    table = frame(releve_csv(view))
    return {title: round(table[title].sum() * 100) for title in totals_of(view)}


def xlsx_totals(view: Releve) -> dict[str, int]:
    rows = sheet_rows(releve_xlsx(view))
    return {title: round(sum(row[title] or 0 for row in rows) * 100) for title in totals_of(view)}


@pytest.mark.parametrize("annee", ANNEES)
def test_the_columns_of_the_csv_add_up_to_the_totals_of_100_members(annee: int) -> None:
    members = sample_members()
    assert len(members) == 100
    for member in members:
        view = member.releve(annee)
        assert csv_totals(view) == totals_of(view)


@pytest.mark.parametrize("annee", ANNEES)
def test_the_columns_of_the_workbook_add_up_to_the_totals_of_100_members(annee: int) -> None:
    for member in sample_members():
        view = member.releve(annee)
        assert xlsx_totals(view) == totals_of(view)


@bounded
@property_of(histories())
def test_whatever_happened_the_columns_add_up(events: list[Event]) -> None:
    member = rendered(*events)
    for annee in ANNEES:
        view = member.releve(annee)
        rows = rows_of(releve_csv(view))
        for title, total in totals_of(view).items():
            assert sum(cents(row[title]) for row in rows) == total, title


def cents(texte: str) -> int:
    """« -1234,56 » in cents, without a float; nothing is 0."""
    return int(texte.replace(",", "")) if texte else 0


def test_every_line_of_the_statement_is_a_row_in_its_order() -> None:
    view = largest_member().releve()
    expected = [(d.reference, ligne.soin, ligne.montant) for d, ligne in every_line(view)]
    rows = rows_of(releve_csv(view))
    assert [(r["Décompte"], r["Numéro du soin"], cents(r[PAID] or r["Annulé"])) for r in rows] == expected
    lines = sheet_rows(releve_xlsx(view))
    assert [(r["Décompte"], r["Numéro du soin"]) for r in lines] == [(ref, soin) for ref, soin, _ in expected]


def test_the_csv_is_what_a_french_spreadsheet_opens() -> None:
    content = releve_csv(rendered(ro(prestation(), participation())).releve())
    assert content.startswith(b"\xef\xbb\xbfPay")
    assert content.count(b"\r\n") == content.count(b"\n") == 2
    [row] = rows_of(content)
    assert (row["Payé le"], row[PAID], row["Dépense"], row["Compté ici"]) == ("2026-03-14", "19,00", "30,00", "oui")
    assert row["État"] == "Provisoire"


def test_a_soin_is_counted_once_and_its_other_lines_say_so() -> None:
    rows = rows_of(releve_csv(rendered(ro(), smi()).releve()))
    assert [(r["Payeur"], r["Compté ici"], r["Dépense"]) for r in rows] == [
        ("SMI", "oui", "30,00"),
        ("Sécurité sociale", "déjà compté", ""),
    ]


def test_a_cancelled_decompte_is_there_and_counts_in_no_column_but_its_own() -> None:
    paid = smi()
    view = rendered(ro(), paid, annulation(paid, motif="double")).releve()
    cancelled, kept = rows_of(releve_csv(view))
    assert (cancelled["Décompte annulé"], cancelled["Motif d'annulation"]) == ("oui", "double")
    assert (cancelled[PAID], cancelled["Annulé"], cancelled["Compté ici"]) == ("", "9,00", "non")
    assert (kept["Décompte annulé"], kept["Compté ici"], kept["Reste à charge"]) == ("non", "oui", "9,00")


def test_a_negative_amount_stays_a_number() -> None:
    paid = ro()
    view = rendered(paid, regularisation(paid)).releve()
    assert cents(rows_of(releve_csv(view))[0][PAID]) == -2100
    assert sheet_rows(releve_xlsx(view))[0][PAID] == -21


def test_what_the_statement_never_showed_is_a_row_of_its_own_so_that_the_column_adds_up() -> None:
    old = {"date_paiement": date(2023, 2, 14)}
    view = rendered(ro(**old), autre(**old)).releve(2023)
    *lines, rest = rows_of(releve_csv(view))
    assert [row["Autre mutuelle"] for row in lines] == ["", ""]
    assert (rest["Libellé"], rest["Autre mutuelle"]) == (NON_VENTILE, "1,00")


def test_a_soin_is_counted_where_its_whole_split_is_shown() -> None:
    """A soin paid on both sides of 15 February 2023 is told whole by the later décompte."""
    early, late = autre(date_paiement=date(2023, 2, 14)), ro(date_paiement=date(2023, 2, 15))
    rows = rows_of(releve_csv(rendered(early, late).releve(2023)))
    assert [(r["Compté ici"], r["Autre mutuelle"]) for r in rows] == [("oui", "1,00"), ("déjà compté", "")]


def test_a_deferred_deduction_and_the_victims_part_add_up_too() -> None:
    paid = ro()
    deferred = ro(participation(ligne_origine=origine(paid)), date_paiement=date(2026, 5, 2))
    victim = recours(indemnite(300, PourCompteDe.VICTIME), indemnite(500))
    view = rendered(paid, smi(), deferred, victim).releve()
    assert csv_totals(view) == xlsx_totals(view) == totals_of(view)
    assert totals_of(view)["Indemnisé par un tiers"] == 300


@pytest.mark.parametrize("texte", ODD, ids=ascii)
def test_no_text_of_the_csv_begins_a_formula_and_every_row_has_its_columns(texte: str) -> None:
    content = releve_csv(odd_member(texte).releve())
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [len(row) for row in table] == [len(TITLES)] * 3
    for row in table:
        for title, cell in zip(TITLES, row, strict=True):
            if title not in AMOUNTS:
                assert not cell.lstrip().startswith(("=", "+", "-", "@")), cell
                assert not cell.startswith(("\t", "\r", "\n"))
                assert not any(ord(character) < 32 for character in cell)


@pytest.mark.parametrize("texte", [t for t in ODD if t[0] in "=+-@\t\r"], ids=ascii)
def test_a_text_that_would_run_keeps_its_words_behind_an_apostrophe(texte: str) -> None:
    [first, _] = rows_of(releve_csv(odd_member(texte).releve()))
    assert first["Libellé"] == "'" + texte.replace("\t", " ").replace("\r", " ")


@pytest.mark.parametrize("texte", ODD, ids=ascii)
def test_every_text_of_the_workbook_is_a_text_as_it_was_received(texte: str) -> None:
    content = releve_xlsx(odd_member(texte).releve())
    book = workbook(content)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "d"), cell.value
                assert cell.hyperlink is None
    assert texte in shared_strings(content)


def test_the_workbook_has_typed_days_amounts_in_euros_and_a_frozen_header() -> None:
    content = releve_xlsx(rendered(ro(), smi()).releve())
    lines, totals, _ = workbook(content).worksheets
    assert lines.freeze_panes == totals.freeze_panes == "A2"
    by_title = dict(zip(TITLES, lines[2], strict=True))
    assert by_title["Payé le"].is_date
    assert by_title["Payé le"].value.date() == date(2026, 3, 17)
    assert by_title["Dépense"].value == 30
    assert "€" in by_title["Dépense"].number_format
    assert {row[0].value: row[1].value for row in totals.iter_rows(min_row=2, max_row=8)} == {
        title: total / 100 for title, total in totals_of(rendered(ro(), smi()).releve()).items() if title != PAID
    }


def test_provisional_and_cancelled_look_so_in_the_workbook() -> None:
    paid = smi()
    content = releve_xlsx(rendered(ro(), paid, annulation(paid)).releve())
    lines = workbook(content).worksheets[0]
    cancelled, provisional = lines.cell(2, 1).font, lines.cell(3, 1).font
    assert cancelled.strike
    assert provisional.italic
    assert not provisional.strike


@pytest.mark.parametrize("member", [rendered(), largest_member()], ids=["nothing", "much"])
def test_the_same_statement_is_the_same_bytes(member: Rendered) -> None:
    view = member.releve()
    assert releve_xlsx(view) == releve_xlsx(view)
    assert releve_csv(view) == releve_csv(view)


def test_a_year_without_a_decompte_is_a_header_and_zeros() -> None:
    view = rendered(ro()).releve(2024)
    assert rows_of(releve_csv(view)) == sheet_rows(releve_xlsx(view)) == []
    assert set(xlsx_totals(view).values()) == {0}
