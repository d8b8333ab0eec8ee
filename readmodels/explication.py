"""Why the figures of a soin are what they are: amounts, lines, corrections, and what changed when.

The figures are those of `ledger/calcul.py`, which gives them to every statement; here they are only laid out.
"""

from collections.abc import Iterable, Sequence

from ledger.annulation.events import AnnulationRecorded
from ledger.calcul import Calcul, LignePayee, calculer
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, LigneFaits
from ledger.dossier import AnnulationConnue, DecompteConnu, Dossier, Soin, build_dossier
from ledger.explication import MontantExplique, Raison, expliquer, why_not
from ledger.positions import tied_to
from ledger.repartition import Split
from readmodels.explication_mots import RAISONS, phrase_of, rule_of
from readmodels.releve import corrections_of, personal_of
from readmodels.vues import Origine
from readmodels.vues_figures import (
    AnnonceVue,
    CompteVue,
    CorrectionSoin,
    EtapeSoin,
    LigneExpliquee,
    MontantVue,
    PartVue,
    RaisonVue,
    RegleVue,
    SoinExplique,
)

ETAPES_MAX = 500
"""How many events of one soin are told; past them the oldest are left out."""

_Cle = tuple[str, str, str]


def soin_explique(dossier: Dossier, name: str, *, numero_adherent: str) -> SoinExplique | None:
    """Everything about one soin; None when no line that the member has ever had is about it."""
    concerned = _concerned(dossier, name)
    if not concerned:
        return None
    soin = dossier.soins.get(name)
    calcul = calculer(soin.lignes if soin is not None else ())
    montants = expliquer(calcul)
    said = soin.repartition if soin is not None else None
    etapes = _etapes(dossier, name)
    corrections = _corrections(dossier, concerned)
    return SoinExplique(
        numero_adherent=numero_adherent,
        soin=name,
        position=max([etape.position for etape in etapes] + [correction.position for correction in corrections]),
        date_soin=said.date_soin if said else None,
        beneficiaire=said.beneficiaire if said else None,
        acte=said.acte if said else None,
        libelle=said.libelle if said else None,
        categorie=said.categorie if said else None,
        split=soin.split if soin is not None else Split(),
        etat=said.etat if said else None,
        anomalies=soin.anomalies if soin is not None else (),
        regle=RegleVue(branche=calcul.branche, phrase=rule_of(calcul), annonces=_annonces(calcul)),
        montants=tuple(_montant(dossier, montant, calcul) for montant in montants),
        lignes=tuple(_lignes(dossier, name, concerned, calcul, montants)),
        corrections=corrections,
        etapes=etapes,
    )


def _concerned(dossier: Dossier, name: str) -> list[DecompteConnu]:
    """The décomptes with a line that names the soin or counts on it, cancelled ones too, by position."""
    return [
        decompte
        for decompte in dossier.decomptes.values()
        if any(name in (ligne.soin, dossier.soin_of(decompte, ligne)) for ligne in decompte.faits.lignes)
    ]


def _annonces(calcul: Calcul) -> tuple[AnnonceVue, ...]:
    return tuple(
        AnnonceVue(
            payeur=annonce.payeur,
            rang=annonce.rang,
            somme=annonce.somme,
            plus_grande=annonce.plus_grande,
            montant=annonce.montant,
            retenue=annonce is calcul.source,
        )
        for annonce in calcul.annonces
    )


def _cle(ligne: LignePayee) -> _Cle:
    return ligne.emetteur, ligne.reference, ligne.ligne


def _montant(dossier: Dossier, montant: MontantExplique, calcul: Calcul) -> MontantVue:
    parts = []
    for part in montant.parts:
        ligne = part.ligne
        parts.append(
            PartVue(
                montant=part.montant,
                terme=part.terme,
                position=dossier.decomptes[ligne.emetteur, ligne.reference].position if ligne else None,
                emetteur=ligne.emetteur if ligne else None,
                reference=ligne.reference if ligne else None,
                ligne=ligne.ligne if ligne else None,
            )
        )
    return MontantVue(
        terme=montant.terme, montant=montant.montant, phrase=phrase_of(montant.terme, calcul), parts=tuple(parts)
    )


def _lignes(
    dossier: Dossier,
    name: str,
    concerned: Iterable[DecompteConnu],
    calcul: Calcul,
    montants: Sequence[MontantExplique],
) -> Iterable[LigneExpliquee]:
    paid = {_cle(ligne): ligne for ligne in calcul.lignes}
    counts: dict[_Cle, list[CompteVue]] = {}
    for montant in montants:
        for part in montant.parts:
            if part.ligne is not None:
                counts.setdefault(_cle(part.ligne), []).append(CompteVue(terme=montant.terme, montant=part.montant))
    for decompte in concerned:
        for index, ligne in enumerate(decompte.faits.lignes):
            counted_on = dossier.soin_of(decompte, ligne)
            if name not in (ligne.soin, counted_on):
                continue
            key = (*decompte.identite, ligne.ligne)
            reasons: list[Raison | None] = []
            if dossier.is_cancelled(decompte.identite):
                reasons.append(Raison.ANNULE)
            if counted_on != name:
                reasons.append(Raison.IMPUTEE_AILLEURS)
            if key in paid:
                reasons.append(why_not(calcul, paid[key]))
            yield _ligne(decompte, index, ligne, counted_on, tuple(counts.get(key, ())), reasons)


def _ligne(
    decompte: DecompteConnu,
    index: int,
    ligne: LigneFaits,
    counted_on: str,
    counts: tuple[CompteVue, ...],
    reasons: Iterable[Raison | None],
) -> LigneExpliquee:
    personnelle, origine = personal_of(decompte, index), ligne.ligne_origine
    return LigneExpliquee(
        position=decompte.position,
        enregistre_at=decompte.enregistre_at,
        emetteur=decompte.faits.emetteur,
        reference=decompte.faits.reference,
        ligne=ligne.ligne,
        payeur=decompte.payeur,
        rang=decompte.faits.rang,
        date_paiement=decompte.faits.date_paiement,
        soin=ligne.soin,
        soin_imputation=counted_on,
        nature=ligne.nature,
        beneficiaire=ligne.beneficiaire,
        date_soin=ligne.date_soin,
        acte=personnelle.acte,
        libelle=personnelle.libelle,
        quantite=ligne.quantite,
        depense=ligne.depense,
        base=ligne.base,
        montant=ligne.montant,
        ligne_origine=Origine(emetteur=origine.emetteur, reference=origine.reference, ligne=origine.ligne)
        if origine is not None
        else None,
        pour_compte_de=ligne.pour_compte_de,
        motif=personnelle.motif,
        compte_pour=counts,
        ne_compte_pas=tuple(RaisonVue(code=reason, phrase=RAISONS[reason]) for reason in reasons if reason is not None),
    )


def _corrections(dossier: Dossier, concerned: Iterable[DecompteConnu]) -> tuple[CorrectionSoin, ...]:
    """What corrected the décomptes about the soin, in the order of recording."""
    found = [
        CorrectionSoin(
            position=correction.position,
            emetteur=correction.emetteur,
            reference=correction.reference,
            date=correction.date,
            motif=correction.motif,
            decompte_emetteur=decompte.faits.emetteur,
            decompte_reference=decompte.faits.reference,
        )
        for decompte in concerned
        for correction in corrections_of(dossier, decompte)
    ]
    return tuple(sorted(found, key=lambda c: (c.position, c.decompte_emetteur, c.decompte_reference)))


def _etapes(dossier: Dossier, name: str) -> tuple[EtapeSoin, ...]:
    """The events that brought something about the soin or changed it, oldest first, each with the split around it."""
    tied = _tied(dossier, name)
    events: list[DecompteConnu | AnnulationConnue] = [*tied.decomptes.values()]
    events += [annulation for found in tied.annulations.values() for annulation in found]
    events.sort(key=lambda event: event.position)
    etapes = []
    before: Soin | None = None
    for event in events[-ETAPES_MAX:]:
        then = tied.before(event.position + 1)
        now = then.soins.get(name)
        is_about = _is_about(then, event, name)
        if is_about or _state(now) != _state(before):
            etapes.append(_etape(then, event, name, before, now))
        before = now
    return tuple(etapes)


def _tied(dossier: Dossier, name: str) -> Dossier:
    """The part of the dossier that the figures of the soin depend on: the same fold gives the same for it."""
    names = tied_to(dossier, [name]) | {name}
    decomptes = [
        decompte
        for decompte in dossier.decomptes.values()
        if any(ligne.soin in names for ligne in decompte.faits.lignes)
    ]
    kept = {decompte.identite for decompte in decomptes}
    annulations = [a for identite, found in dossier.annulations.items() if identite in kept for a in found]
    return build_dossier(decomptes, annulations, registered_at=dossier.registered_at)


def _is_about(dossier: Dossier, event: DecompteConnu | AnnulationConnue, name: str) -> bool:
    """Whether an event brings a line about the soin, or cancels a décompte that has one."""
    if isinstance(event, AnnulationConnue):
        cancelled = dossier.decomptes.get((event.emetteur, event.annule))
        return cancelled is not None and _is_about(dossier, cancelled, name)
    return any(name in (ligne.soin, dossier.soin_of(event, ligne)) for ligne in event.faits.lignes)


def _state(soin: Soin | None) -> object:
    return None if soin is None else (soin.split, soin.etat, soin.anomalies)


def _etape(
    dossier: Dossier, event: DecompteConnu | AnnulationConnue, name: str, before: Soin | None, now: Soin | None
) -> EtapeSoin:
    if isinstance(event, AnnulationConnue):
        topic, reference, day = AnnulationRecorded.topic, event.reference, event.date_annulation
        emetteur, montant, motif = event.emetteur, None, event.motif
    else:
        faits = event.faits
        topic, emetteur, reference, day = (
            DECOMPTE_BY_PAYEUR[event.payeur].topic,
            faits.emetteur,
            faits.reference,
            faits.date_paiement,
        )
        indexes = [i for i, ligne in enumerate(faits.lignes) if dossier.soin_of(event, ligne) == name]
        montant = sum(faits.lignes[i].montant for i in indexes)
        motif = next((said for i in indexes if (said := personal_of(event, i).motif)), None)
    return EtapeSoin(
        position=event.position,
        enregistre_at=event.enregistre_at,
        evenement=topic,
        emetteur=emetteur,
        reference=reference,
        date=day,
        montant=montant,
        motif=motif,
        avant=before.split if before is not None else Split(),
        apres=now.split if now is not None else Split(),
        etat=now.etat if now is not None else None,
        anomalies=now.anomalies if now is not None else (),
    )
