"""The statement as a workbook: typed days, amounts as numbers in euros, texts that are never formulas nor links."""

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from readmodels.renderings.labels_fr import AIDE_COLONNES, COLONNES
from readmodels.renderings.tableau import COLONNES_DU_TABLEAU, SPLIT, Cellule, Genre, rangees
from readmodels.vues import Releve

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

EUROS = '#,##0.00\\ "€"'
JOUR = "dd/mm/yyyy"
_FORMAT = {Genre.TEXTE: "@", Genre.JOUR: JOUR, Genre.MONTANT: EUROS}
CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The date that the file says it was made on: always the same, so that the same statement is the same bytes."""


def releve_xlsx(view: Releve) -> bytes:
    """Three sheets: the lines (each amount column adds up to the total), the totals, and what each column means."""
    # Loaded when needed: a command that exports nothing starts without it.
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        titre = f"Relevé {view.annee}"
        workbook.set_properties({"title": titre, "created": CREATED})
        _write_lines(workbook, workbook.add_worksheet(titre), view)
        _write_totals(workbook, workbook.add_worksheet("Totaux"), view)
        _write_help(workbook, workbook.add_worksheet("Mode d'emploi"))
    return out.getvalue()


def _write_lines(workbook: "Workbook", sheet: "Worksheet", view: Releve) -> None:
    colonnes = list(COLONNES_DU_TABLEAU.values())
    table = rangees(view)
    write_header(workbook, sheet, [colonne.titre for colonne in colonnes])
    for index, colonne in enumerate(colonnes):
        sheet.set_column(index, index, colonne.largeur)
    # Provisional is slanted and cancelled struck through, besides the words of their columns.
    formats = {
        (genre, provisional, cancelled): workbook.add_format(
            {"num_format": number, "italic": provisional, "font_strikeout": cancelled}
        )
        for genre, number in _FORMAT.items()
        for provisional in (False, True)
        for cancelled in (False, True)
    }
    for row, rangee in enumerate(table, 1):
        for column, (colonne, cellule) in enumerate(rangee):
            look = formats[colonne.genre, rangee.is_provisional, rangee.is_cancelled]
            write_cell(sheet, row, column, cellule, look)
    sheet.autofilter(0, 0, len(table), len(colonnes) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_totals(workbook: "Workbook", sheet: "Worksheet", view: Releve) -> None:
    write_header(workbook, sheet, [f"Totaux {view.annee}", "Montant", "Ce que c'est"])
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 100)
    texte, euros = (workbook.add_format({"num_format": _FORMAT[genre]}) for genre in (Genre.TEXTE, Genre.MONTANT))
    for row, name in enumerate(SPLIT, 1):
        write_cell(sheet, row, 0, COLONNES[name], texte)
        write_cell(sheet, row, 1, getattr(view.totaux, name), euros)
        write_cell(sheet, row, 2, AIDE_COLONNES[name], texte)
    write_cell(sheet, len(SPLIT) + 2, 0, AIDE_COLONNES["totaux"], texte)


def _write_help(workbook: "Workbook", sheet: "Worksheet") -> None:
    write_header(workbook, sheet, ["Colonne", "Ce que c'est"])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 120)
    texte = workbook.add_format({"num_format": _FORMAT[Genre.TEXTE], "text_wrap": True, "valign": "top"})
    for row, colonne in enumerate(COLONNES_DU_TABLEAU.values(), 1):
        write_cell(sheet, row, 0, colonne.titre, texte)
        write_cell(sheet, row, 1, colonne.aide, texte)


def write_header(workbook: "Workbook", sheet: "Worksheet", titres: list[str]) -> None:
    """The titles of a sheet, which stay in sight and are said again on every printed page."""
    look = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for column, titre in enumerate(titres):
        sheet.write_string(0, column, titre, look)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def write_cell(sheet: "Worksheet", row: int, column: int, cellule: Cellule, look: Any) -> None:
    """A cell, never a formula nor a link: cents as euros, a day, a text, or nothing."""
    if isinstance(cellule, int):
        sheet.write_number(row, column, cellule / 100, look)
    elif isinstance(cellule, date):
        sheet.write_datetime(row, column, datetime(cellule.year, cellule.month, cellule.day), look)  # noqa: DTZ001
    elif cellule:
        sheet.write_string(row, column, cellule, look)
