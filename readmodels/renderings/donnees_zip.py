"""A person's data as one file: the JSON that says everything, a CSV for each list of it, and a page that explains."""

import io
import zipfile
from collections.abc import Iterable, Sequence

import msgspec

from readmodels.donnees import Donnees
from readmodels.renderings.fichier_csv import fichier_csv
from readmodels.renderings.labels_fr import CATEGORIE, DESTINATAIRE, ETAT, PAYEUR
from readmodels.renderings.tableau import NON, OUI, Cellule
from readmodels.renderings.telechargements import Fichier

NOM = "donnees"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The date of every file within: the same data give the same bytes."""

LISEZMOI = """Vos données personnelles

Ce dossier contient ce que le grand livre des remboursements sait de vous, tel qu'il est aujourd'hui, toutes années
comprises. Vous pouvez le garder, le relire, ou le donner à un autre organisme (RGPD, articles 15 et 20).

donnees.json        tout, dans une forme que les programmes lisent ; les montants y sont en centimes
personnes.csv       qui est inscrit au contrat
decomptes.csv       chaque paiement reçu
lignes.csv          le détail de chaque paiement
soins.csv           chaque soin, et qui l'a payé
annulations.csv     ce qu'un payeur a repris
declarations.csv    ce que vous avez déclaré d'un accident
consentements.csv   vos choix, et leur date
consultations.csv   qui a consulté vos données, par catégorie de personnes

Les fichiers CSV s'ouvrent avec un tableur : séparateur « ; », virgule décimale, montants en euros. Ce qu'un
adulte de votre contrat garde pour lui n'y est pas détaillé. Une donnée est fausse ? Écrivez à la mutuelle : elle
rectifie. L'effacement est expliqué dans votre espace, page « Mes données ».
"""

_Rows = Iterable[Sequence[Cellule]]


def fichier_json(donnees: Donnees) -> Fichier:
    """The JSON alone."""
    return Fichier(nom=f"{NOM}.json", type_media="application/json", contenu=msgspec.json.encode(donnees))


def fichier_zip(donnees: Donnees) -> Fichier:
    """The whole folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for nom, contenu in _files(donnees):
            folder.writestr(zipfile.ZipInfo(nom, _DATE), contenu, zipfile.ZIP_DEFLATED)
    return Fichier(nom=f"{NOM}.zip", type_media="application/zip", contenu=out.getvalue())


def _files(donnees: Donnees) -> Iterable[tuple[str, bytes]]:
    yield "LISEZMOI.txt", LISEZMOI.encode()
    yield f"{NOM}.json", msgspec.json.format(fichier_json(donnees).contenu, indent=1)
    for nom, titres, rows in _tables(donnees):
        yield f"{nom}.csv", fichier_csv(titres, rows)


def _tables(d: Donnees) -> Iterable[tuple[str, Sequence[str], _Rows]]:
    """Each list as titles and rows: texts are texts, whole numbers are amounts in cents."""
    yield (
        "personnes",
        ("Bénéficiaire", "Nom", "Prénom", "Né(e) le", "E-mail", "Téléphone"),
        ((p.beneficiaire, p.nom, p.prenom, p.date_naissance, p.email, p.telephone) for p in d.personnes),
    )
    yield (
        "decomptes",
        ("Payé le", "Payeur", "Organisme", "Émetteur", "Décompte", "Versé", "Virement", "Sinistre", "Annulé",
         "Montant"),
        (
            (x.date_paiement, PAYEUR[x.payeur], x.organisme, x.emetteur, x.reference, DESTINATAIRE[x.destinataire],
             x.virement, x.sinistre, _oui(x.annule), sum(ligne.montant for ligne in x.lignes))
            for x in d.decomptes
        ),
    )  # fmt: skip
    yield (
        "lignes",
        ("Émetteur", "Décompte", "Ligne", "Soin", "Compté sur", "Nature", "Bénéficiaire", "Soin du", "Acte", "Libellé",
         "Catégorie", "Quantité", "Dépense", "Base", "Montant", "Motif"),
        (
            (x.emetteur, x.reference, li.ligne, li.soin, li.soin_imputation, li.nature.value, li.beneficiaire,
             li.date_soin, li.acte, li.libelle, CATEGORIE[li.categorie] if li.categorie else None,
             None if li.quantite is None else str(li.quantite), li.depense, li.base, li.montant, li.motif)
            for x in d.decomptes for li in x.lignes
        ),
    )  # fmt: skip
    yield (
        "soins",
        ("Soin", "Soin du", "Bénéficiaire", "Acte", "Libellé", "Catégorie", "État", "Dépense", "Sécurité sociale",
         "SMI", "Autre mutuelle", "Reste à charge", "Trop-perçu", "Indemnisé par un tiers"),
        (
            (s.soin, s.date_soin, s.beneficiaire, s.acte, s.libelle, CATEGORIE[s.categorie], ETAT[s.etat],
             s.repartition.depense, s.repartition.regime_obligatoire, s.repartition.smi, s.repartition.autre_mutuelle,
             s.repartition.reste_a_charge, s.repartition.trop_percu, s.repartition.indemnise_par_tiers)
            for s in d.soins
        ),
    )  # fmt: skip
    yield (
        "annulations",
        ("Date", "Émetteur", "Annulation", "Décompte annulé", "Motif", "En attente"),
        ((a.date, a.emetteur, a.reference, a.annule, a.motif, _oui(a.en_attente)) for a in d.annulations),
    )
    yield (
        "declarations",
        ("Déclaré le", "Sinistre", "Accident du", "Bénéficiaire", "Circonstance", "Lieu", "Récit", "Blessures", "Tiers",
         "Assureur du tiers", "Contrat du tiers"),
        (
            (x.declare_le, x.sinistre, x.date_accident, x.beneficiaire, x.circonstance.value, x.lieu, x.recit,
             x.blessures, x.tiers_nom, x.tiers_assureur, x.tiers_contrat)
            for x in d.declarations
        ),
    )  # fmt: skip
    yield (
        "consentements",
        ("Objet", "Accordé", "Le"),
        ((c.objet, _oui(c.accorde), c.at.isoformat()) for c in d.consentements),
    )
    yield (
        "consultations",
        ("Le", "Par", "Quoi", "Fois"),
        ((c.at.isoformat(), c.categorie, c.quoi, str(c.nombre)) for c in d.consultations),
    )


def _oui(value: bool) -> str:
    return OUI if value else NON
