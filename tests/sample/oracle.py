"""The dated rules of the sample, typed a second time from the domain notes and sharing nothing with the generator.

Every price, rate and cap here was read in section 5 of the domain notes, not in `infra.sample.bareme`. A rate is in
percent and a price in euros, as the notes write them; exact arithmetic does the rest.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.sample.feeds import Ligne, day

ALSACE_MOSELLE = {"cpam-571", "cpam-671", "cpam-681"}
MEDECINS = {"G", "CS", "ADI", "B"}
PARAMEDICAUX = {"AMS", "AMI"}
MEDICAMENTS = {"PH7": 65, "PH4": 30, "PH2": 15, "PH1": 100}
DENTISTE = {"HBJD001", "HBLD634", "COUL"}
SANS_RESTE_A_CHARGE = {"HBLD634", "OPA", "AU1"}

# code: dépense, base, in euros; None where the professional is free, "=" where the base is the dépense.
ACTES: dict[str, tuple[str | None, str | None]] = {
    "G": ("dated", "="),
    "CS": (None, "31.50"),
    "SF": ("25.00", "="),
    "AMS": ("17.90", "="),
    "AMI": ("4.73", "="),
    "B": ("25.00", "="),
    "ADI": ("45.00", "="),
    "HBJD001": ("28.92", "="),
    "HBLD634": ("500.00", "120.00"),
    "COUL": (None, "120.00"),
    "PH7": (None, "="),
    "PH4": (None, "="),
    "PH2": (None, "="),
    "PH1": (None, "="),
    "OPA": ("95.00", "28.50"),
    "OPB": (None, "0.15"),
    "AU1": ("950.00", "400.00"),
    "AU2": (None, "400.00"),
    "EEP": ("dated", "="),
    "PSS": ("dated", "="),
    "GHS": (None, "="),
    "ADC": (None, None),
    "FJH": ("dated", None),
    "CHP": ("70.00", None),
    "VSL": ("60.00", "="),
    "AMB": ("96.00", "="),
    "OST": (None, None),
}


def price(acte: str, le: date) -> int | None:
    """The price of one act on a day of care, in cents; None when the professional sets it."""
    if acte == "G":
        return 2500 if le < date(2023, 11, 1) else 2650 if le < date(2024, 12, 22) else 3000
    if acte == "FJH":
        return 2000 if le < date(2026, 3, 1) else 2300
    if acte in ("EEP", "PSS"):
        assert le >= date(2022, 4, 1), "no reimbursed session before April 2022"
        if le >= date(2024, 6, 15):
            return 5000
        return 4000 if acte == "EEP" else 3000
    euros = ACTES[acte][0]
    return None if euros is None else cents(euros)


def base(acte: str, depense: int) -> int | None:
    """The base of an act, in cents; None when the notes give none."""
    euros = ACTES[acte][1]
    if euros is None:
        return None
    return depense if euros == "=" else cents(euros)


def rates(acte: str, le: date) -> set[int]:
    """The rates (percent) at which the régime obligatoire may pay an act."""
    if acte in ("G", "CS"):
        return {70, 30, 100}
    if acte == "ADI":
        return {70}
    if acte == "SF":
        return {70}
    if acte == "B":
        return {60, 100}
    if acte in PARAMEDICAUX:
        return {60, 100}
    if acte in DENTISTE:
        return {70} if le < date(2023, 10, 15) else {60}
    if acte in MEDICAMENTS:
        return {MEDICAMENTS[acte], 100}
    if acte in ("OPA", "OPB", "AU1", "AU2", "EEP", "PSS"):
        return {60}
    if acte in ("GHS", "ADC"):
        return {80, 100}
    if acte in ("VSL", "AMB"):
        return {55, 100}
    return set()


def heavy_act_share(le: date) -> int:
    """What the régime obligatoire leaves on acts of 120 € and more, in cents."""
    return 2400 if le < date(2026, 4, 1) else 3200


def participation(le: date) -> int:
    """The participation forfaitaire of one act, in cents."""
    return 100 if le < date(2024, 5, 15) else 200


def franchise(acte: str, le: date) -> int:
    """The franchise of one box, paramedical act or transport, in cents."""
    if acte == "VSL":
        return 400
    return 50 if le < date(2024, 3, 31) else 100


def sessions_a_year(le: date) -> int:
    """Reimbursed sessions with a psychologist in a civil year."""
    return 8 if le < date(2024, 6, 15) else 12


def share(amount: int, percent: int) -> int:
    """A share of an amount, to the nearest cent, half a cent up."""
    exact = Decimal(amount) * percent / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def cents(euros: str) -> int:
    return int(Decimal(euros) * 100)


def age(born: date, le: date) -> int:
    """Whole years between two days."""
    return le.year - born.year - (1 if (le.month, le.day) < (born.month, born.day) else 0)


def unsigned(ligne: Ligne) -> Ligne:
    """The line that a régularisation takes back, or the line itself."""
    if ligne.get("quantite", 1) > 0:
        return ligne
    names = ("quantite", "depense", "base", "montant")
    return ligne | {name: -ligne[name] for name in names if name in ligne}


def care_day(ligne: Ligne) -> date:
    return day(ligne["date_soin"])


def largest_remainders(amount: int, weights: list[int]) -> list[int]:
    """Share by weight with exact fractions; left-over cents go to the largest remainders, ties to the first."""
    whole = sum(weights)
    exact = [Fraction(amount * weight, whole) for weight in weights]
    shares = [int(part) for part in exact]
    order = sorted(range(len(weights)), key=lambda i: exact[i] - shares[i], reverse=True)
    for i in order[: amount - sum(shares)]:
        shares[i] += 1
    return shares
