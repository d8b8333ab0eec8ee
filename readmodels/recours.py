"""From what is known of a sinistre and of its member to what Assia and the member read.

Everything is derived when asked from two things: the steps of the sinistre, and the member's dossier, both as known at
one position. So what is read always agrees with the ledger: received is what its recoveries in force say. What is read
of all sinistres together is in readmodels/recours_ensemble.py.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce

from ledger.dossier import DecompteConnu, Dossier, Soin
from ledger.payeurs import PourCompteDe
from ledger.recours.charges import EMETTEUR_RECOURS, charges_of, recovered, recoveries_of
from ledger.recours.detection import SoinVu, propose
from ledger.recours.partage import Charge, Cle, borne, share_received, spread, total_by_party
from ledger.sinistre import events as e
from ledger.sinistre.etats import EtatSinistre
from ledger.sinistre.sinistre import Creance, Sinistre, evolve
from readmodels.vues_recours import (
    CodeEcart,
    CoutNet,
    CoutNetSoin,
    Declaration,
    DossierSinistre,
    Ecart,
    EncaissementVue,
    EtapeSinistre,
    EtapeSuivi,
    LigneCreance,
    ParPartie,
    RecouvrementVue,
    ReleveCreance,
    ResumeCreance,
    ResumeSinistre,
    SoinRattachable,
    Solde,
    Suggestion,
    SuiviSinistre,
    Tiers,
)

_PARTIES = tuple(PourCompteDe)
_Gap = tuple[CodeEcart, PourCompteDe | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeConnue:
    """A recorded step of a sinistre."""

    position: int
    enregistre_at: datetime
    event: e.SinistreEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SinistreConnu:
    """A sinistre with its steps; `numero` is None when the member's key has been destroyed."""

    sinistre: Sinistre
    etapes: tuple[EtapeConnue, ...]
    numero: str | None

    @property
    def position(self) -> int:
        return self.etapes[-1].position


def sinistres_of(etapes: Iterable[EtapeConnue]) -> list[SinistreConnu]:
    """The sinistres that these steps make, in the order of their declarations."""
    by_reference: dict[str, list[EtapeConnue]] = {}
    for etape in sorted(etapes, key=lambda etape: etape.position):
        by_reference.setdefault(etape.event.faits.sinistre, []).append(etape)
    found = []
    for steps in by_reference.values():
        sinistre: Sinistre | None = None
        for etape in steps:
            sinistre = evolve(sinistre, etape.event)
        assert sinistre is not None
        first = steps[0].event
        told = first.personnel if isinstance(first, e.SinistreDeclared) else None
        numero = told.numero_adherent if told is not None else None
        found.append(SinistreConnu(sinistre=sinistre, etapes=tuple(steps), numero=numero))
    return found


def solde(sinistre: Sinistre, recoveries: Iterable[DecompteConnu]) -> Solde:
    """The money of one sinistre."""
    shares = total_by_party(recovered(recoveries))
    recu = sum(shares.values())
    accorde = sinistre.accorde_centimes
    return Solde(
        valeur=sinistre.creance.valeur if sinistre.creance else 0,
        reclame=sinistre.reclame_centimes,
        accorde=accorde,
        recu=recu,
        partage=par_partie(shares),
        reste=(sinistre.reclame_centimes if accorde is None else accorde) - recu,
    )


def sum_of(soldes: Sequence[Solde]) -> Solde:
    """The balance over several sinistres; `accorde` adds up those that have an accord."""
    accords = [s.accorde for s in soldes if s.accorde is not None]
    return Solde(
        valeur=sum(s.valeur for s in soldes),
        reclame=sum(s.reclame for s in soldes),
        accorde=sum(accords) if accords else None,
        recu=sum(s.recu for s in soldes),
        partage=reduce(ParPartie.__add__, (s.partage for s in soldes), ParPartie()),
        reste=sum(s.reste for s in soldes),
    )


def resume(connu: SinistreConnu, recoveries: Iterable[DecompteConnu], *, today: date) -> ResumeSinistre:
    """A line of the worklist."""
    sinistre = connu.sinistre
    return ResumeSinistre(
        reference=sinistre.reference,
        version=sinistre.version,
        etat=sinistre.etat,
        origine=sinistre.origine,
        numero_adherent=connu.numero,
        beneficiaire=sinistre.beneficiaire,
        date_accident=sinistre.date_accident,
        declare_le=sinistre.declare_le,
        age_jours=(today - sinistre.declare_le).days,
        nombre_soins=len(sinistre.soins),
        solde=solde(sinistre, recoveries),
    )


def dossier_sinistre(connu: SinistreConnu, dossier: Dossier) -> DossierSinistre:
    """The whole file."""
    sinistre = connu.sinistre
    recoveries = recoveries_of(dossier, sinistre.reference)
    first = connu.etapes[0].event
    told = first.personnel if isinstance(first, e.SinistreDeclared) else None
    return DossierSinistre(
        reference=sinistre.reference,
        version=sinistre.version,
        position=max([connu.position, *_positions(dossier, sinistre, recoveries)]),
        etat=sinistre.etat,
        origine=sinistre.origine,
        numero_adherent=connu.numero,
        beneficiaire=sinistre.beneficiaire,
        date_accident=sinistre.date_accident,
        declare_le=sinistre.declare_le,
        declaration=Declaration(
            circonstance=told.circonstance,
            lieu=told.lieu,
            recit=told.recit,
            blessures=told.blessures,
            tiers=_tiers(told.tiers),
        )
        if told
        else None,
        soins_declares=sinistre.soins_declares,
        responsabilite_pb=sinistre.accord.responsabilite_pb if sinistre.accord else None,
        solde=solde(sinistre, recoveries),
        cout_net=cout_net(dossier, concerned(sinistre, recoveries)),
        creances=tuple(_resume_creance(creance) for creance in sinistre.creances),
        encaissements=tuple(
            EncaissementVue(
                numero=received.numero,
                date_encaissement=received.le,
                montant=received.montant,
                reference_paiement=received.reference_paiement,
                retire_le=received.retire_le,
            )
            for received in sinistre.encaissements
        ),
        recouvrements=tuple(_recouvrement(decompte) for decompte in recoveries),
        ecarts=tuple(ecarts(connu, dossier)),
        etapes=tuple(_etape(etape) for etape in connu.etapes),
    )


def concerned(sinistre: Sinistre, recoveries: Iterable[DecompteConnu]) -> list[str]:
    """The soins that a sinistre is about: those attached, and those that its recoveries name."""
    named = (ligne.soin for decompte in recoveries for ligne in decompte.faits.lignes)
    return list(dict.fromkeys([*sinistre.soins, *named]))


def cout_net(dossier: Dossier, soins: Iterable[str]) -> CoutNet:
    """What each finally bears on these soins."""
    lines = [_cout_net_soin(dossier, soin) for soin in soins]
    supporte = reduce(ParPartie.__add__, (line.supporte for line in lines), ParPartie())
    recouvre = reduce(ParPartie.__add__, (line.recouvre for line in lines), ParPartie())
    return CoutNet(
        supporte=supporte,
        recouvre=recouvre,
        net=_minus(supporte, recouvre),
        charge_finale=max(0, supporte.victime - recouvre.victime),
        soins=tuple(lines),
    )


def ecarts(connu: SinistreConnu, dossier: Dossier) -> list[Ecart]:
    """What does not agree on a sinistre, as known."""
    sinistre = connu.sinistre
    recoveries = recoveries_of(dossier, sinistre.reference)
    shared = recovered(recoveries)
    by_party = total_by_party(shared)
    recu = sum(by_party.values())
    found: list[_Gap] = [
        (
            CodeEcart.INDEMNISATION_EXCEDENTAIRE
            if qui is PourCompteDe.VICTIME
            else CodeEcart.RECOUVREMENT_EXCEDENTAIRE,
            qui,
            excess,
        )
        for qui, excess in excess_by_party(dossier, concerned(sinistre, recoveries), by_party).items()
    ]
    creance = sinistre.creance
    if creance is not None:
        now = charges_of(dossier, sinistre.soins)
        if now != creance.charges:
            drift = sum(borne(now, qui) for qui in _PARTIES) - creance.valeur
            found.append((CodeEcart.CREANCE_PERIMEE, None, drift))
        found += _compared(shared, recu, creance)
    accorde = sinistre.accorde_centimes
    if accorde is not None and recu > accorde:
        found.append((CodeEcart.ENCAISSEMENT_EXCEDENTAIRE, None, recu - accorde))
    return [
        Ecart(
            code=code,
            sinistre=sinistre.reference,
            numero_adherent=connu.numero,
            pour_compte_de=qui,
            montant=montant,
        )
        for code, qui, montant in found
    ]


def excess_by_party(
    dossier: Dossier, soins: Sequence[str], by_party: dict[PourCompteDe, int]
) -> dict[PourCompteDe, int]:
    """For whom more was recovered than they bore on these soins, net of corrections, and by how much."""
    charges = charges_of(dossier, soins)
    excess = {qui: montant - borne(charges, qui) for qui, montant in by_party.items()}
    return {qui: montant for qui, montant in excess.items() if montant > 0}


def _compared(shared: dict[Cle, int], recu: int, creance: Creance) -> list[_Gap]:
    """Where the shares of the ledger are not those of the rule: a feed shared otherwise, or the créance has changed.

    On one soin a cent more or less is no gap: of equal remainders, whoever shares chooses which soin gets it.
    """
    if not recu and not any(shared.values()):
        return []
    expected = spread(recu, creance.charges)
    rule = share_received(recu, creance.charges)
    actual = total_by_party(shared)
    code = CodeEcart.VENTILATION_DISCORDANTE
    differing: list[_Gap] = [(code, qui, actual[qui] - rule[qui]) for qui in _PARTIES if actual[qui] != rule[qui]]
    is_elsewhere = any(abs(shared.get(cle, 0) - expected.get(cle, 0)) > 1 for cle in {*shared, *expected})
    return differing or ([(code, None, 0)] if is_elsewhere else [])


def releve_creance(connu: SinistreConnu, numero: int) -> ReleveCreance | None:
    """One version of the relevé de créance, with what the version before said; None when there is no such one."""
    sinistre = connu.sinistre
    creance = next((c for c in sinistre.creances if c.numero == numero), None)
    if creance is None:
        return None
    before = next((c for c in sinistre.creances if c.numero == numero - 1), None)
    said = {charge.soin: charge for charge in before.charges} if before else {}
    return ReleveCreance(
        sinistre=sinistre.reference,
        numero_adherent=connu.numero,
        date_accident=sinistre.date_accident,
        numero=creance.numero,
        etablie_le=creance.etablie_le,
        au=creance.au,
        valeur=creance.valeur,
        total=_total(creance.charges),
        lignes=tuple(
            LigneCreance(
                soin=charge.soin,
                supporte=_of_charge(charge),
                avant=_of_charge(said[charge.soin]) if charge.soin in said else None,
            )
            for charge in creance.charges
        ),
        retires=tuple(soin for soin in said if soin not in {charge.soin for charge in creance.charges}),
    )


ETATS_SUIVIS = {
    e.SinistreDeclared: EtatSinistre.SIGNALE,
    e.SinistreListed: EtatSinistre.RECENSE,
    e.SinistreOpened: EtatSinistre.OUVERT,
    e.ReclamationSent: EtatSinistre.RECLAME,
    e.AccordReached: EtatSinistre.ACCORD,
    e.ReclamationContested: EtatSinistre.CONTESTE,
    e.SinistreClosed: EtatSinistre.CLOTURE,
    e.SinistreDropped: EtatSinistre.CLASSE_SANS_SUITE,
    e.SinistreReopened: EtatSinistre.OUVERT,
}
"""The steps that a member follows; the others are the team's work, or say what SMI recovers."""


def suivis(
    connus: Sequence[SinistreConnu],
    dossier: Dossier,
    *,
    beneficiaire: str | None = None,
    masques: Set[str] = frozenset(),
) -> tuple[SuiviSinistre, ...]:
    """The sinistres that a person may follow, the newest declaration first: an adult beneficiary hers alone, the holder
    those of the contract but for people who keep their care to themselves (`masques`)."""
    return tuple(
        suivi(connu, dossier)
        for connu in reversed(connus)
        if beneficiaire in (None, connu.sinistre.beneficiaire) and connu.sinistre.beneficiaire not in masques
    )


def suivi(connu: SinistreConnu, dossier: Dossier) -> SuiviSinistre:
    """What the member follows: where it stands, and what was paid to her."""
    sinistre = connu.sinistre
    recoveries = recoveries_of(dossier, sinistre.reference)
    costs = cout_net(dossier, concerned(sinistre, recoveries))
    etapes = tuple(
        EtapeSuivi(date=etape.event.faits.date, etat=ETATS_SUIVIS[type(etape.event)])
        for etape in connu.etapes
        if type(etape.event) in ETATS_SUIVIS
    )
    return SuiviSinistre(
        reference=sinistre.reference,
        declare_le=sinistre.declare_le,
        date_accident=sinistre.date_accident,
        beneficiaire=sinistre.beneficiaire,
        etat=etapes[-1].etat,
        etapes=etapes,
        reste_a_charge=costs.supporte.victime,
        indemnise_par_tiers=costs.recouvre.victime,
        charge_finale=costs.charge_finale,
    )


def soin_rattachable(dossier: Dossier, soin: Soin, *, sinistre: str | None) -> SoinRattachable:
    """A soin as the team looks for it."""
    said = soin.repartition
    return SoinRattachable(
        soin=soin.soin,
        date_soin=said.date_soin,
        beneficiaire=said.beneficiaire,
        acte=said.acte,
        libelle=said.libelle,
        categorie=said.categorie,
        etat=said.etat,
        depense=soin.split.depense,
        supporte=_total(charges_of(dossier, [soin.soin])),
        sinistre=sinistre,
    )


def _tiers(told: e.TiersResponsable | None) -> Tiers | None:
    return None if told is None else Tiers(nom=told.nom, assureur=told.assureur, contrat=told.contrat)


def suggestions(dossier: Dossier, sinistres: Iterable[SinistreConnu]) -> list[Suggestion]:
    """What looks like an accident among the soins of a member that no open sinistre holds.

    Nothing for one whose key has been destroyed: which care it was is lost.
    """
    numero = next((d.personnel.numero_adherent for d in dossier.decomptes.values() if d.personnel is not None), None)
    if numero is None:
        return []
    held = {soin for connu in sinistres if not connu.sinistre.is_closed for soin in connu.sinistre.soins}
    seen = [
        SoinVu(
            soin=soin.soin,
            beneficiaire=soin.repartition.beneficiaire,
            date_soin=soin.repartition.date_soin,
            categorie=soin.repartition.categorie,
            acte=soin.repartition.acte,
            libelle=soin.repartition.libelle,
        )
        for soin in dossier.soins.values()
        if soin.soin not in held
    ]
    return [
        Suggestion(
            numero_adherent=numero,
            beneficiaire=found.beneficiaire,
            date_accident=found.date_accident,
            soins=found.soins,
            raisons=found.raisons,
        )
        for found in propose(seen)
    ]


def par_partie(shares: dict[PourCompteDe, int]) -> ParPartie:
    """An amount for each party."""
    return ParPartie(**{qui.value: shares.get(qui, 0) for qui in _PARTIES})


def _minus(one: ParPartie, other: ParPartie) -> ParPartie:
    return ParPartie(**{qui.value: getattr(one, qui.value) - getattr(other, qui.value) for qui in _PARTIES})


def _of_charge(charge: Charge) -> ParPartie:
    return ParPartie(**{qui.value: charge.of(qui) for qui in _PARTIES})


def _total(charges: Iterable[Charge]) -> ParPartie:
    return reduce(ParPartie.__add__, map(_of_charge, charges), ParPartie())


def _cout_net_soin(dossier: Dossier, name: str) -> CoutNetSoin:
    soin = dossier.soins.get(name)
    supporte = _total(charges_of(dossier, [name]))
    shares = dict.fromkeys(_PARTIES, 0)
    for ligne in soin.lignes if soin else ():
        if ligne.pour_compte_de is not None:
            shares[ligne.pour_compte_de] += ligne.montant
    recouvre = par_partie(shares)
    said = soin.repartition if soin else None
    return CoutNetSoin(
        soin=name,
        date_soin=said.date_soin if said else None,
        beneficiaire=said.beneficiaire if said else None,
        acte=said.acte if said else None,
        libelle=said.libelle if said else None,
        categorie=said.categorie if said else None,
        etat=said.etat if said else None,
        depense=soin.split.depense if soin else 0,
        supporte=supporte,
        recouvre=recouvre,
        net=_minus(supporte, recouvre),
    )


def _resume_creance(creance: Creance) -> ResumeCreance:
    return ResumeCreance(
        numero=creance.numero,
        etablie_le=creance.etablie_le,
        au=creance.au,
        valeur=creance.valeur,
        total=_total(creance.charges),
    )


def _recouvrement(decompte: DecompteConnu) -> RecouvrementVue:
    faits = decompte.faits
    return RecouvrementVue(
        emetteur=faits.emetteur,
        reference=faits.reference,
        date_paiement=faits.date_paiement,
        montant=faits.total,
        partage=par_partie(total_by_party(recovered([decompte]))),
        position=decompte.position,
        origine="regle" if faits.emetteur == EMETTEUR_RECOURS else "flux",
    )


def _etape(etape: EtapeConnue) -> EtapeSinistre:
    event = etape.event
    motif = event.personnel.motif if isinstance(event.personnel, e.EtapePersonnelle) else None
    montant: int | None = getattr(event.faits, "montant", None)
    if isinstance(event, e.CreanceStated):
        montant = sum(borne(event.faits.charges, qui) for qui in _PARTIES)
    return EtapeSinistre(
        evenement=event.topic,
        acteur=event.faits.acteur,
        date=event.faits.date,
        enregistre_at=etape.enregistre_at,
        position=etape.position,
        motif=motif,
        numero=getattr(event.faits, "numero", None),
        montant=montant,
        soins=getattr(event.faits, "soins", ()),
    )


def _positions(dossier: Dossier, sinistre: Sinistre, recoveries: Sequence[DecompteConnu]) -> list[int]:
    """Of the events that the figures of a sinistre come from: décomptes on its soins, and what cancelled them."""
    names = set(concerned(sinistre, recoveries))
    touching = {
        identite: decompte.position
        for identite, decompte in dossier.decomptes.items()
        if decompte.faits.sinistre == sinistre.reference or any(ligne.soin in names for ligne in decompte.faits.lignes)
    }
    cancelled = [dossier.annulations[identite][0].position for identite in touching if identite in dossier.annulations]
    return [*touching.values(), *cancelled]
