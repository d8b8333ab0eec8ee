"""The relevé de créance as files to send: a PDF and a workbook, from the very view that the page shows."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledger.repartition import Repartition
from readmodels.renderings.labels_fr import ACTE_NON_COMMUNIQUE, CATEGORIE
from readmodels.renderings.labels_recours import PARTIE
from readmodels.renderings.montants_fr import euros, jour, jour_en_lettres
from readmodels.renderings.releve_pdf import AUTEUR
from readmodels.renderings.releve_xlsx import CREATED, EUROS, JOUR, write_cell, write_header
from readmodels.renderings.telechargements import TYPE_MEDIA, Fichier, Format
from readmodels.renderings.titulaire import Titulaire
from readmodels.renderings.typographe import pdf
from readmodels.vues_recours import LigneCreance, ParPartie, ReleveCreance

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

Soins = Mapping[str, Repartition]
"""What each soin is, by its number."""

_TITLES = (*PARTIE.values(), "Valeur")
_HELP = [
    ["Régime obligatoire, SMI, autres mutuelles", "Ce que chacun a payé pour ces soins, net de ses corrections."],
    ["Victime", "Ce qui est resté à la charge de la personne accidentée."],
    ["Valeur", "La somme des quatre : la valeur du poste « dépenses de santé actuelles »."],
    [
        "Partage",
        "La victime est servie d'abord, puis les payeurs au marc l'euro (loi du 5 juillet 1985, art. 31 ; "
        "code de la sécurité sociale, art. L. 376-1).",
    ],
    ["Figé", "Une correction ultérieure d'un décompte donne un nouveau relevé, qui dit ce qui a changé."],
]


def fichier_creance(
    forme: Format, view: ReleveCreance, soins: Soins, titulaire: Titulaire | None, *, beneficiaire: str
) -> Fichier:
    """The file of a version. Raises KeyError for a format that it does not have."""
    make = {Format.PDF: creance_pdf, Format.XLSX: creance_xlsx}[forme]
    return Fichier(
        nom=f"creance-{view.sinistre}-{view.numero}.{forme.value}",
        type_media=TYPE_MEDIA[forme],
        contenu=make(view, soins, titulaire, beneficiaire=beneficiaire),
    )


def creance_pdf(view: ReleveCreance, soins: Soins, titulaire: Titulaire | None, *, beneficiaire: str) -> bytes:
    """The document, dated from the day on which it was drawn up: the same version is the same bytes."""
    donnees = {
        "titre": f"Relevé de créance n° {view.numero}",
        "auteur": AUTEUR,
        "entete": _header(view, titulaire, beneficiaire),
        "avis": _changes(view, soins),
        "titre_totaux": "Créance",
        "titres_totaux": ["Supporté par", "Montant"],
        "totaux": [[nom, euros(montant)] for nom, montant in zip(_TITLES, _amounts(view.total), strict=True)],
        "titre_soins": "Soins consécutifs à l'accident",
        "colonnes": ["Soin", *_TITLES],
        "soins": [
            {
                "titre": _name(ligne, soins),
                "details": _details(ligne, soins),
                "montants": [euros(montant) for montant in _amounts(ligne.supporte)],
            }
            for ligne in view.lignes
        ],
        "total": ["Total", *(euros(montant) for montant in _amounts(view.total))],
        "titre_aide": "Lire ce relevé",
        "aide": _HELP,
        "pied": f"Sinistre {view.sinistre} · relevé de créance n° {view.numero} du {jour(view.etablie_le)}",
    }
    return pdf("creance.typ", donnees, day=view.etablie_le)


def creance_xlsx(view: ReleveCreance, soins: Soins, titulaire: Titulaire | None, *, beneficiaire: str) -> bytes:
    """Two sheets: the soins, whose columns add up to the total; and what the relevé is about."""
    # Loaded when needed: a command that exports nothing starts without it.
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        titre = f"Relevé de créance {view.numero}"
        workbook.set_properties({"title": titre, "created": CREATED})
        _write_soins(workbook, titre, view, soins)
        sheet = workbook.add_worksheet("Sinistre")
        write_header(workbook, sheet, ["Sinistre", view.sinistre])
        sheet.set_column(0, 0, 100)
        texte = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        said = [*_header(view, titulaire, beneficiaire), *_changes(view, soins), *(f"{n} : {t}" for n, t in _HELP)]
        for row, line in enumerate(said, 1):
            write_cell(sheet, row, 0, line, texte)
    return out.getvalue()


def _write_soins(workbook: "Workbook", titre: str, view: ReleveCreance, soins: Soins) -> None:
    sheet = workbook.add_worksheet(titre)
    write_header(workbook, sheet, ["Soin", "Date", "Nature", "Catégorie", *_TITLES, "Avant"])
    for column, width in enumerate((24, 11, 40, 24, 14, 18, 14, 16, 14, 14)):
        sheet.set_column(column, column, width)
    texte, jours, montants = (workbook.add_format({"num_format": number}) for number in ("@", JOUR, EUROS))
    fort = workbook.add_format({"num_format": EUROS, "bold": True, "top": 1})
    for row, ligne in enumerate(view.lignes, 1):
        said = soins.get(ligne.soin)
        write_cell(sheet, row, 0, ligne.soin, texte)
        write_cell(sheet, row, 1, said.date_soin if said else None, jours)
        write_cell(sheet, row, 2, _name(ligne, soins), texte)
        write_cell(sheet, row, 3, CATEGORIE[said.categorie] if said else None, texte)
        for column, montant in enumerate(_amounts(ligne.supporte), 4):
            write_cell(sheet, row, column, montant, montants)
        write_cell(sheet, row, 9, _amounts(ligne.avant)[-1] if ligne.avant is not None else None, montants)
    last = len(view.lignes) + 1
    sheet.write_string(last, 0, "Total", workbook.add_format({"bold": True, "top": 1}))
    for column, montant in enumerate(_amounts(view.total), 4):
        write_cell(sheet, last, column, montant, fort)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _header(view: ReleveCreance, titulaire: Titulaire | None, beneficiaire: str) -> list[str]:
    lines = [f"Sinistre {view.sinistre}", f"Accident du {jour_en_lettres(view.date_accident)}"]
    if titulaire is not None:
        prenom = titulaire.prenom_of(beneficiaire)
        lines.append(f"Assuré : {titulaire.prenom} {titulaire.nom}")
        if prenom is not None and prenom != titulaire.prenom:
            lines.append(f"Personne accidentée : {prenom}")
    if view.numero_adherent is not None:
        lines.append(f"Adhérent n° {view.numero_adherent}")
    return [*lines, f"Établi le {jour_en_lettres(view.etablie_le)}, d'après le registre à la position {view.au}"]


def _changes(view: ReleveCreance, soins: Soins) -> list[str]:
    """What the version before said otherwise."""
    if view.numero == 1:
        return []
    new = sum(ligne.avant is None for ligne in view.lignes)
    changed = [ligne for ligne in view.lignes if ligne.avant is not None and ligne.avant != ligne.supporte]
    said = [f"Ce relevé remplace le n° {view.numero - 1}."]
    if new:
        said.append(f"Soins ajoutés : {new}.")
    if view.retires:
        said.append(f"Soins retirés : {', '.join(view.retires)}.")
    said += [
        f"{_name(ligne, soins)} ({ligne.soin}) : {euros(_amounts(ligne.avant)[-1])} devient "
        f"{euros(_amounts(ligne.supporte)[-1])}."
        for ligne in changed
        if ligne.avant is not None
    ]
    return [" ".join(said)]


def _name(ligne: LigneCreance, soins: Soins) -> str:
    said = soins.get(ligne.soin)
    return (said.libelle if said else None) or ACTE_NON_COMMUNIQUE


def _details(ligne: LigneCreance, soins: Soins) -> list[str]:
    said = soins.get(ligne.soin)
    when = f"{jour(said.date_soin)} · {CATEGORIE[said.categorie]} · " if said else ""
    return [f"{when}{ligne.soin}"]


def _amounts(parts: ParPartie) -> list[int]:
    """In the order of the columns; the last is their sum."""
    amounts: list[int] = [getattr(parts, qui.value) for qui in PARTIE]
    return [*amounts, sum(amounts)]
