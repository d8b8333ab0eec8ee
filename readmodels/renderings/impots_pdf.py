"""The tax summary as a PDF."""

from datetime import date
from typing import Any

from readmodels.renderings.labels_fr import AIDE_COLONNES, CATEGORIE
from readmodels.renderings.montants_fr import euros, nombre
from readmodels.renderings.releve_pdf import AUTEUR
from readmodels.renderings.titulaire import Titulaire
from readmodels.renderings.typographe import pdf
from readmodels.vues import FiscalBeneficiaire, PartFiscale, RecapitulatifFiscal

_COLUMNS = ["Soins", "Dépensé", "Remboursé", "Resté à votre charge", "Indemnisé par un tiers"]
_HELP = [
    ["Dépensé", AIDE_COLONNES["depense"]],
    [
        "Remboursé",
        "Ce que la Sécurité sociale, SMI et toute autre mutuelle ont versé pour ces soins, trop-perçu déduit.",
    ],
    ["Resté à votre charge", "Ce que vous avez payé finalement : la dépense moins ce qui a été remboursé."],
    ["Indemnisé par un tiers", AIDE_COLONNES["indemnise_par_tiers"]],
    ["Année", "Celle du soin, non celle du remboursement. Chaque soin n'est compté qu'une fois."],
    [
        "Ce que ce document n'est pas",
        "Il ne dit pas ce qui est déductible : cela dépend de votre situation et des règles fiscales de l'année.",
    ],
]


def impots_pdf(view: RecapitulatifFiscal, titulaire: Titulaire | None, *, numero_adherent: str) -> bytes:
    """The document, dated from the last day of its year: the same summary is the same bytes."""
    names = [f"{titulaire.prenom} {titulaire.nom}"] if titulaire is not None else []
    donnees = {
        "titre": f"Préparer mes impôts : vos soins de {view.annee}",
        "auteur": AUTEUR,
        "entete": [*names, f"Adhérent n° {numero_adherent}"],
        "avis": [_notice(view.total)] if view.total.soins_provisoires else [],
        "titre_tableau": "Par personne et par catégorie de soins",
        "colonnes": _COLUMNS,
        "beneficiaires": [_beneficiaire(part, titulaire) for part in view.par_beneficiaire],
        "total": _part("Total du contrat", view.total),
        "vide": "Aucun soin connu cette année-là. Ils paraîtront ici dès qu'un payeur nous en parlera.",
        "titre_aide": "Comprendre ce récapitulatif",
        "aide": _HELP,
        "pied": f"Récapitulatif {view.annee} · adhérent n° {numero_adherent}",
    }
    return pdf("impots.typ", donnees, day=date(view.annee, 12, 31))


def _notice(total: PartFiscale) -> str:
    return (
        f"Chiffres provisoires : {nombre(total.soins_provisoires, 'soin')} sur {total.soins} en attente d'un payeur ; "
        f"{euros(total.reste_a_charge_provisoire)} des {euros(total.reste_a_charge)} restés à votre charge peuvent "
        "encore changer."
    )


def _beneficiaire(part: FiscalBeneficiaire, titulaire: Titulaire | None) -> dict[str, Any]:
    prenom = titulaire.prenom_of(part.beneficiaire) if titulaire is not None else None
    who = prenom or f"Bénéficiaire {part.beneficiaire}"
    return {
        "titre": who,
        "categories": [_part(CATEGORIE[own.categorie], own) for own in part.par_categorie],
        "total": _part(f"Total de {who}", part),
    }


def _part(titre: str, part: PartFiscale) -> dict[str, Any]:
    provisional = euros(part.reste_a_charge_provisoire)
    return {
        "titre": titre,
        "note": f"Provisoire : {provisional} peuvent encore changer." if part.soins_provisoires else "",
        "montants": [
            euros(centimes)
            for centimes in (part.depense, part.rembourse, part.reste_a_charge, part.indemnise_par_tiers)
        ],
    }
