"""Amounts, days and months as a French reader writes them. From whole cents, without a float in between."""

from datetime import date

FINE = "\u202f"
"""The narrow no-break space that separates thousands."""

INSECABLE = "\u00a0"
MOINS = "\u2212"

_MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def euros(centimes: int) -> str:
    """`123456` → « 1 234,56 € », with no place where a line could break; negative with a true minus sign."""
    entiers, reste = divmod(abs(centimes), 100)
    grouped = f"{entiers:,}".replace(",", FINE)
    return f"{MOINS if centimes < 0 else ''}{grouped},{reste:02d}{INSECABLE}€"


def decimal_virgule(centimes: int) -> str:
    """`-123456` → « -1234,56 »: what a French spreadsheet reads as a number."""
    entiers, reste = divmod(abs(centimes), 100)
    return f"{'-' if centimes < 0 else ''}{entiers},{reste:02d}"


def nombre(combien: int, nom: str) -> str:
    """« 1 soin », « 3 soins »: a count with its noun, which takes an s."""
    return f"{combien}{INSECABLE}{nom}{'s' if combien > 1 else ''}"


def jour(day: date) -> str:
    """« 10/03/2026 »."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def jour_en_lettres(day: date) -> str:
    """« 1er mars 2026 », « 10 mars 2026 »."""
    numero = "1er" if day.day == 1 else str(day.day)
    return f"{numero}{INSECABLE}{_MOIS[day.month - 1]} {day.year}"


def mois_en_lettres(mois: str) -> str:
    """`2026-03` → « mars 2026 »."""
    annee, _, numero = mois.partition("-")
    return f"{_MOIS[int(numero) - 1]} {annee}"
