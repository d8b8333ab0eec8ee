"""The worklist as a table for spreadsheets. It names no member: a reference leads to the file of a sinistre."""

from collections.abc import Iterable
from datetime import date

from readmodels.renderings.fichier_csv import fichier_csv
from readmodels.renderings.labels_recours import ETAT_SINISTRE, ORIGINE, PARTIE
from readmodels.vues_recours import ResumeSinistre

TITRES = (
    "Sinistre",
    "État",
    "Origine",
    "Accident du",
    "Déclaré le",
    "Âge en jours",
    "Soins",
    "Valeur",
    "Réclamé",
    "Accordé",
    "Reçu",
    *(f"Reçu pour : {nom}" for nom in PARTIE.values()),
    "Reste",
)


def sinistres_csv(elements: Iterable[ResumeSinistre]) -> bytes:
    """One line a sinistre, in the order given."""
    return fichier_csv(TITRES, (_line(element) for element in elements))


def _line(element: ResumeSinistre) -> list[str | date | int | None]:
    solde = element.solde
    return [
        element.reference,
        ETAT_SINISTRE[element.etat],
        ORIGINE[element.origine],
        element.date_accident,
        element.declare_le,
        str(element.age_jours),
        str(element.nombre_soins),
        solde.valeur,
        solde.reclame,
        solde.accorde,
        solde.recu,
        *(getattr(solde.partage, qui.value) for qui in PARTIE),
        solde.reste,
    ]
