"""Every file that a member can take away, by format: what routes and pages offer is made here, from a dossier.

Whose dossier it is, and what of it the reader may know, is decided before (`readmodels/confidentialite.py`).
"""

from dataclasses import dataclass
from enum import StrEnum

from ledger.adherent.events import AdherentPersonnel
from ledger.dossier import Dossier
from readmodels.impots import recapitulatif_fiscal
from readmodels.pieces import pieces_of
from readmodels.releve import releve
from readmodels.renderings.impots_csv import impots_csv
from readmodels.renderings.impots_pdf import impots_pdf
from readmodels.renderings.releve_csv import releve_csv
from readmodels.renderings.releve_fhir import releve_fhir
from readmodels.renderings.releve_pdf import releve_pdf
from readmodels.renderings.releve_xlsx import releve_xlsx
from readmodels.renderings.titulaire import titulaire_of


class Format(StrEnum):
    """How a file is written; the value ends its name."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    FHIR = "fhir.json"


TYPE_MEDIA = {
    Format.PDF: "application/pdf",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.FHIR: "application/fhir+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fichier:
    """A file: its name, which says nothing of the member, its kind, its bytes."""

    nom: str
    type_media: str
    contenu: bytes


def fichier_releve(
    forme: Format, dossier: Dossier, registration: AdherentPersonnel | None, *, numero_adherent: str, annee: int
) -> Fichier:
    """The statement of a year. The same dossier gives the same bytes."""
    view = releve(dossier, numero_adherent=numero_adherent, annee=annee)
    if forme is Format.CSV:
        contenu = releve_csv(view)
    elif forme is Format.XLSX:
        contenu = releve_xlsx(view)
    elif forme is Format.PDF:
        contenu = releve_pdf(view, titulaire_of(registration), pieces_of(dossier, view))
    else:
        contenu = releve_fhir(view, titulaire_of(registration), pieces_of(dossier, view))
    return _fichier(f"releve-{annee}", forme, contenu)


def fichier_releve_prouve(
    dossier: Dossier, registration: AdherentPersonnel | None, *, numero_adherent: str, annee: int, piece: str
) -> Fichier:
    """The statement of a year as PDF, with a JSON text as its attachment: its proof."""
    view = releve(dossier, numero_adherent=numero_adherent, annee=annee)
    contenu = releve_pdf(view, titulaire_of(registration), pieces_of(dossier, view), preuve=piece)
    return _fichier(f"releve-{annee}.preuve", Format.PDF, contenu)


def fichier_fiscal(
    forme: Format, dossier: Dossier, registration: AdherentPersonnel | None, *, numero_adherent: str, annee: int
) -> Fichier:
    """The tax summary of a year of care. Raises KeyError for a format that it does not have."""
    view = recapitulatif_fiscal(dossier, annee=annee)
    contenu = {
        Format.CSV: lambda: impots_csv(view),
        Format.PDF: lambda: impots_pdf(view, titulaire_of(registration), numero_adherent=numero_adherent),
    }[forme]()
    return _fichier(f"impots-{annee}", forme, contenu)


def _fichier(nom: str, forme: Format, contenu: bytes) -> Fichier:
    return Fichier(nom=f"{nom}.{forme.value}", type_media=TYPE_MEDIA[forme], contenu=contenu)
