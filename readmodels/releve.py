"""The statement of a year and the detail of one décompte, in the layout of the paper statement."""

from dataclasses import fields, replace

from ledger.dates import AUTRE_MUTUELLE_DEPUIS
from ledger.decompte.events import LigneFaits, LignePersonnelle
from ledger.dossier import DecompteConnu, Dossier, Identite
from ledger.payeurs import Categorie, Nature, Payeur, PourCompteDe
from ledger.positions import last_change
from ledger.repartition import Etat, Repartition, Split, total_of
from readmodels.vues import (
    Correction,
    DecompteReleve,
    DetailDecompte,
    LignePaiement,
    LigneReleve,
    Origine,
    Releve,
)

ORGANISMES = {
    Payeur.REGIME_OBLIGATOIRE: "Sécurité sociale",
    Payeur.SMI: "SMI",
    Payeur.AUTRE_MUTUELLE: "Autre mutuelle",
    Payeur.RECOURS_TIERS: "Recours contre tiers",
}
"""Display name of an emitter that gives none, by kind of payer."""


def releve(dossier: Dossier, *, numero_adherent: str, annee: int) -> Releve:
    """The décomptes paid in a civil year, newest first, ties by emetteur then reference."""

    def answer(known: Dossier) -> Releve:
        return _releve(known, numero_adherent=numero_adherent, annee=annee)

    shown = _shown_decomptes(dossier, annee)
    soins = {ligne.soin for decompte in shown for ligne in decompte.faits.lignes}
    return replace(answer(dossier), position=last_change(dossier, answer, soins=soins, shown=shown))


def _releve(dossier: Dossier, *, numero_adherent: str, annee: int) -> Releve:
    """The statement, its position not yet known."""
    shown = _shown_decomptes(dossier, annee)
    shown.sort(key=lambda d: d.identite)
    shown.sort(key=lambda d: d.faits.date_paiement, reverse=True)
    counted = {
        dossier.soin_of(d, ligne) for d in shown if not dossier.is_cancelled(d.identite) for ligne in _shown_lines(d)
    }
    return Releve(
        numero_adherent=numero_adherent,
        annee=annee,
        position=0,
        totaux=total_of(dossier.soins[soin].split for soin in sorted(counted)),
        decomptes=tuple(decompte_du_releve(dossier, d) for d in shown),
    )


def _shown_decomptes(dossier: Dossier, annee: int) -> list[DecompteConnu]:
    return [d for d in dossier.decomptes.values() if d.faits.date_paiement.year == annee and _shown_lines(d)]


def decompte_du_releve(dossier: Dossier, decompte: DecompteConnu) -> DecompteReleve:
    """One décompte of a statement: one line per soin, its several payment lines summed in `montant`."""
    annulations = dossier.annulations.get(decompte.identite, [])
    lignes = _shown_lines(decompte)
    return DecompteReleve(
        emetteur=decompte.faits.emetteur,
        organisme=decompte.faits.organisme or ORGANISMES[decompte.payeur],
        reference=decompte.faits.reference,
        payeur=decompte.payeur,
        date_paiement=decompte.faits.date_paiement,
        destinataire=decompte.faits.destinataire,
        montant=sum(ligne.montant for ligne in lignes),
        annule=bool(annulations),
        motif_annulation=annulations[0].motif if annulations else None,
        lignes=tuple(_lines_by_soin(dossier, decompte)),
    )


def detail(dossier: Dossier, identite: Identite) -> DetailDecompte | None:
    """One décompte with everything received about it; None when it is not hers, or nothing of it is shown."""

    def answer(known: Dossier) -> DetailDecompte | None:
        return _detail(known, identite)

    view = answer(dossier)
    if view is None:
        return None
    decompte = dossier.decomptes[identite]
    soins = {ligne.soin for ligne in decompte.faits.lignes}
    return replace(view, position=last_change(dossier, answer, soins=soins, shown=[decompte]))


def _detail(dossier: Dossier, identite: Identite) -> DetailDecompte | None:
    """The detail, its position not yet known."""
    decompte = dossier.decomptes.get(identite)
    if decompte is None or not _shown_lines(decompte):
        return None
    summary = decompte_du_releve(dossier, decompte)
    same = {f.name: getattr(summary, f.name) for f in fields(summary) if f.name != "lignes"}
    return DetailDecompte(
        **same,
        soins=summary.lignes,
        rang=decompte.faits.rang,
        total=decompte.faits.total,
        virement=decompte.faits.virement,
        sinistre=decompte.faits.sinistre,
        lignes=lignes_recues(dossier, decompte),
        corrections=corrections_of(dossier, decompte),
        enregistre_at=decompte.enregistre_at,
        position=0,
    )


def lignes_recues(dossier: Dossier, decompte: DecompteConnu) -> tuple[LignePaiement, ...]:
    """The lines of a décompte as received, those of them that its member is shown."""
    return tuple(_payment_line(dossier, decompte, index) for index in shown_indexes(decompte))


def shown_indexes(decompte: DecompteConnu) -> list[int]:
    """Recoveries for SMI or the RO are no member payment: of a recovery only the victim's part is shown."""
    return [
        index
        for index, ligne in enumerate(decompte.faits.lignes)
        if decompte.payeur is not Payeur.RECOURS_TIERS or ligne.pour_compte_de is PourCompteDe.VICTIME
    ]


def _shown_lines(decompte: DecompteConnu) -> list[LigneFaits]:
    return [decompte.faits.lignes[index] for index in shown_indexes(decompte)]


def _lines_by_soin(dossier: Dossier, decompte: DecompteConnu) -> list[LigneReleve]:
    montants: dict[str, int] = {}
    own: dict[str, int] = {}
    for index in shown_indexes(decompte):
        ligne = decompte.faits.lignes[index]
        soin = dossier.soin_of(decompte, ligne)
        montants[soin] = montants.get(soin, 0) + ligne.montant
        if soin not in own or (
            ligne.nature is Nature.PRESTATION and decompte.faits.lignes[own[soin]].nature is not Nature.PRESTATION
        ):
            own[soin] = index
    return [_line(dossier, decompte, soin, montant, own[soin]) for soin, montant in montants.items()]


def _line(dossier: Dossier, decompte: DecompteConnu, soin: str, montant: int, own: int) -> LigneReleve:
    known = dossier.soins.get(soin)
    repartition = known.repartition if known else None
    split = repartition.split if repartition else Split()
    ligne = decompte.faits.lignes[own]
    date_soin, beneficiaire = ligne.date_soin, ligne.beneficiaire
    # A soin that nobody pays any more is still named as this décompte named it.
    personnelle = personal_of(decompte, own)
    acte, libelle = personnelle.acte, personnelle.libelle
    categorie = personnelle.categorie or Categorie.AUTRES
    if repartition is not None:
        date_soin, beneficiaire = repartition.date_soin, repartition.beneficiaire
        acte, libelle, categorie = repartition.acte, repartition.libelle, repartition.categorie
    is_column_shown = decompte.faits.date_paiement >= AUTRE_MUTUELLE_DEPUIS
    return LigneReleve(
        soin=soin,
        date_soin=date_soin,
        beneficiaire=beneficiaire,
        acte=acte,
        libelle=libelle,
        categorie=categorie,
        montant=montant,
        depense=split.depense,
        base=_base(repartition),
        regime_obligatoire=split.regime_obligatoire,
        smi=split.smi,
        autre_mutuelle=split.autre_mutuelle if is_column_shown else None,
        reste_a_charge=split.reste_a_charge,
        trop_percu=split.trop_percu,
        indemnise_par_tiers=split.indemnise_par_tiers,
        etat=repartition.etat if repartition else Etat.PROVISOIRE,
        anomalies=known.anomalies if known else (),
    )


def _base(repartition: Repartition | None) -> int | None:
    return repartition.base if repartition else None


def personal_of(decompte: DecompteConnu, index: int) -> LignePersonnelle:
    """The sealed part of a line; empty when it has been erased."""
    return decompte.personnel.lignes[index] if decompte.personnel else LignePersonnelle()


def _payment_line(dossier: Dossier, decompte: DecompteConnu, index: int) -> LignePaiement:
    ligne, personnelle = decompte.faits.lignes[index], personal_of(decompte, index)
    origine = ligne.ligne_origine
    return LignePaiement(
        ligne=ligne.ligne,
        soin=ligne.soin,
        soin_imputation=dossier.soin_of(decompte, ligne),
        nature=ligne.nature,
        beneficiaire=ligne.beneficiaire,
        date_soin=ligne.date_soin,
        acte=personnelle.acte,
        libelle=personnelle.libelle,
        categorie=personnelle.categorie,
        quantite=ligne.quantite,
        depense=ligne.depense,
        base=ligne.base,
        taux_pb=ligne.taux_pb,
        montant=ligne.montant,
        ligne_origine=Origine(emetteur=origine.emetteur, reference=origine.reference, ligne=origine.ligne)
        if origine is not None
        else None,
        motif=personnelle.motif,
        pour_compte_de=ligne.pour_compte_de,
    )


def corrections_of(dossier: Dossier, decompte: DecompteConnu) -> tuple[Correction, ...]:
    """The annulation of this décompte, then the décomptes whose lines name one of its lines, by position."""
    found = [
        Correction(
            emetteur=a.emetteur,
            reference=a.reference,
            date=a.date_annulation,
            motif=a.motif,
            position=a.position,
        )
        for a in dossier.annulations.get(decompte.identite, [])
    ]
    for other in dossier.decomptes.values():
        if other is decompte:
            continue
        # What a third party pays back to SMI or the RO corrects no payment and is not hers to see.
        for index in shown_indexes(other):
            origine = other.faits.lignes[index].ligne_origine
            if origine is None or (origine.emetteur, origine.reference) != decompte.identite:
                continue
            found.append(
                Correction(
                    emetteur=other.faits.emetteur,
                    reference=other.faits.reference,
                    date=other.faits.date_paiement,
                    motif=personal_of(other, index).motif,
                    position=other.position,
                )
            )
    unique = {(c.position, c.motif): c for c in found}
    return tuple(sorted(unique.values(), key=lambda c: (c.position, c.motif or "")))
