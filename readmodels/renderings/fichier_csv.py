"""CSV as a French spreadsheet opens it: `;`, decimal comma, UTF-8 with its byte-order mark, CRLF.

A text that a spreadsheet would run as a formula is neutralised by an apostrophe; amounts are numbers, also negative.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date

from readmodels.renderings.montants_fr import decimal_virgule

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
# The wide forms too: some spreadsheets read them as the plain ones.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def texte_sans_formule(texte: str) -> str:
    """A text that is only text: no control character within, and nothing at its start that begins a formula.

    Whatever starts with `=`, `+`, `-`, `@`, a tab or a carriage return, blanks before it or not, gets an apostrophe.
    """
    is_risky = _FORMULA.match(texte) or texte[:1] in ("\t", "\r", "\n")
    return ("'" if is_risky else "") + _CONTROL.sub(" ", texte)


def fichier_csv(titres: Sequence[str], lignes: Iterable[Iterable[str | date | int | None]]) -> bytes:
    """The file: titles, then lines whose whole numbers are amounts in cents. Days are written `2026-03-10`."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(titres)
    writer.writerows([_cell(value) for value in ligne] for ligne in lignes)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: str | date | int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return decimal_virgule(value)
    return value.isoformat() if isinstance(value, date) else texte_sans_formule(value)
