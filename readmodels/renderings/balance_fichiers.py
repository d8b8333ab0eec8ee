"""The trial balance as files: CSV of the months of care with their total, a workbook with each of its tables."""

import io
from collections.abc import Iterator, Sequence

from readmodels.renderings.fichier_csv import fichier_csv
from readmodels.renderings.labels_fr import COLONNES, PAYEUR
from readmodels.renderings.releve_xlsx import CREATED, EUROS, write_header
from readmodels.vues_audit import BalanceGenerale

SPLIT = (
    "depense",
    "regime_obligatoire",
    "smi",
    "autre_mutuelle",
    "trop_percu",
    "reste_a_charge",
    "indemnise_par_tiers",
)
"""In the order in which they add up."""

Ligne = tuple[str, int, Sequence[int]]
"""A name, how many, amounts in cents."""


def balance_csv(balance: BalanceGenerale) -> bytes:
    """The months of care, then their total."""
    titres = ("Mois de soin", "Soins", *(COLONNES[name] for name in SPLIT))
    return fichier_csv(titres, ([nom, str(count), *amounts] for nom, count, amounts in months_of_care(balance)))


def balance_xlsx(balance: BalanceGenerale) -> bytes:
    """Four sheets: by month of care, by payer, by month of payment, anomalies."""
    # Loaded when needed: a command that exports nothing starts without it.
    import xlsxwriter

    out = io.BytesIO()
    payeurs = tuple(PAYEUR.values())
    sheets: list[tuple[str, Sequence[str], list[Ligne]]] = [
        ("Mois de soin", ["Mois de soin", "Soins", *(COLONNES[n] for n in SPLIT)], list(months_of_care(balance))),
        (
            "Payeurs",
            ["Payeur", "Lignes", "Montant"],
            [(PAYEUR[p.payeur], p.lignes, [p.montant]) for p in balance.par_payeur],
        ),
        (
            "Mois de paiement",
            ["Mois de paiement", "", *payeurs],
            [(m.mois, 0, [getattr(m, p.value) for p in PAYEUR]) for m in balance.par_mois_de_paiement],
        ),
        ("Anomalies", ["Anomalie", "Nombre"], [(a.code.value, a.nombre, []) for a in balance.anomalies]),
    ]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        workbook.set_properties({"title": f"Balance à la position {balance.position}", "created": CREATED})
        euros, texte = workbook.add_format({"num_format": EUROS}), workbook.add_format({"num_format": "@"})
        for name, titres, lignes in sheets:
            sheet = workbook.add_worksheet(name)
            write_header(workbook, sheet, list(titres))
            sheet.set_column(0, len(titres), 20)
            for row, (nom, count, amounts) in enumerate(lignes, 1):
                sheet.write_string(row, 0, nom, texte)
                if titres[1]:
                    sheet.write_number(row, 1, count)
                for column, montant in enumerate(amounts, 2):
                    sheet.write_number(row, column, montant / 100, euros)
    return out.getvalue()


def months_of_care(balance: BalanceGenerale) -> Iterator[Ligne]:
    """Each month of care, then the total."""
    for month in balance.par_mois_de_soin:
        yield month.mois, month.soins, [getattr(month, name) for name in SPLIT]
    yield "Total", balance.soins, [getattr(balance.total, name) for name in SPLIT]
