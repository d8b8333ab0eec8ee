"""Bordereaux of encaissements as files: CSV and XLSX to lines, in a format of our own (docs/recours.md) *(project)*.

Assia's formats are not public. Ours has five columns, in any order, by their names on the first line. A file is taken
whole or not at all: a line that cannot be read is named with its fault, and nothing is recorded.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from commands.recours.bordereau import LIGNES_MAX, Bordereau, LigneLue
from infra.recours.xlsx import UnreadableWorkbook, read_sheet
from ledger.montants import MONTANT_MAX
from ledger.references import REFERENCE

COLONNES = ("ligne", "sinistre", "reference_paiement", "date_encaissement", "montant")
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ERREURS_MAX = 100
"""How many faults are named at most."""

_REFERENCE = re.compile(REFERENCE)
_LIGNE = re.compile(r"[A-Za-z0-9._-]{1,20}")
_MONTANT = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_FRENCH = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


class Faute(NamedTuple):
    """What is wrong: in which row of the file (1 is the line of names), in which column, why. Never the value."""

    rang: int
    colonne: str
    message: str


class BordereauIllisible(Exception):
    """The file is not a bordereau; `fautes` says where."""

    def __init__(self, fautes: Sequence[Faute]) -> None:
        super().__init__("Le fichier n'est pas un bordereau lisible.")
        self.fautes = fautes[:ERREURS_MAX]


def read_bordereau(content: bytes, media_type: str, *, reference: str) -> Bordereau:
    """The bordereau of a file. Raises BordereauIllisible."""
    rows = _rows_of_xlsx(content) if media_type == XLSX_TYPE else _rows_of_csv(content)
    numbered = [(rang, row) for rang, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not numbered:
        raise BordereauIllisible([Faute(1, "", "le fichier est vide")])
    rang, header = numbered[0]
    names = [name.strip().lower() for name in header]
    missing = [name for name in COLONNES if names.count(name) != 1]
    if missing:
        raise BordereauIllisible([Faute(rang, name, "colonne absente ou répétée") for name in missing])
    if len(numbered) - 1 > LIGNES_MAX:
        raise BordereauIllisible([Faute(rang, "", f"{LIGNES_MAX} lignes au plus")])
    where = {name: names.index(name) for name in COLONNES}
    fautes: list[Faute] = []
    lignes: dict[str, LigneLue] = {}
    for rang, row in numbered[1:]:
        cells = {name: row[index].strip() if index < len(row) else "" for name, index in where.items()}
        ligne = _ligne(rang, cells, fautes)
        if ligne is None:
            continue
        if ligne.ligne in lignes:
            fautes.append(Faute(rang, "ligne", "numéro déjà donné dans ce bordereau"))
        lignes[ligne.ligne] = ligne
    if not lignes and not fautes:
        fautes.append(Faute(2, "", "aucune ligne"))
    if fautes:
        raise BordereauIllisible(fautes)
    return Bordereau(reference=reference, lignes=tuple(lignes.values()))


def _ligne(rang: int, cells: dict[str, str], fautes: list[Faute]) -> LigneLue | None:
    """A line; None when it has a fault, which is added to `fautes`."""
    before = len(fautes)
    if not _LIGNE.fullmatch(cells["ligne"]):
        fautes.append(Faute(rang, "ligne", "1 à 20 caractères parmi A-Z a-z 0-9 . _ -"))
    for name in ("sinistre", "reference_paiement"):
        if not _REFERENCE.fullmatch(cells[name]):
            fautes.append(Faute(rang, name, "1 à 64 caractères parmi A-Z a-z 0-9 . _ -, le premier alphanumérique"))
    jour = _jour(cells["date_encaissement"])
    if jour is None:
        fautes.append(Faute(rang, "date_encaissement", "AAAA-MM-JJ ou JJ/MM/AAAA attendu"))
    montant = _centimes(cells["montant"])
    if montant is None or not 0 < montant <= MONTANT_MAX:
        fautes.append(Faute(rang, "montant", "montant en euros au-dessus de 0, deux décimales au plus"))
    if len(fautes) > before or jour is None or montant is None:
        return None
    return LigneLue(
        ligne=cells["ligne"],
        sinistre=cells["sinistre"],
        reference_paiement=cells["reference_paiement"],
        date_encaissement=jour,
        montant=montant,
    )


def _jour(text: str) -> date | None:
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _FRENCH.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
    return None


def _centimes(text: str) -> int | None:
    """Euros, with a comma or a point, spaces between thousands allowed, as cents: exact, no float."""
    found = _MONTANT.fullmatch(text.translate(_SPACES))
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _rows_of_csv(content: bytes) -> Iterable[list[str]]:
    """`;` between columns, or `,` where the first line has no `;`; UTF-8, a byte-order mark is allowed."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BordereauIllisible([Faute(1, "", "le fichier n'est pas de l'UTF-8")]) from None
    first = text.partition("\n")[0]
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True))
    except csv.Error:
        raise BordereauIllisible([Faute(1, "", "le fichier n'est pas du CSV")]) from None


def _rows_of_xlsx(content: bytes) -> Iterable[list[str]]:
    try:
        return read_sheet(content)
    except UnreadableWorkbook as error:
        raise BordereauIllisible([Faute(1, "", str(error))]) from None
