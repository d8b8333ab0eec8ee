"""From what is known of a sinistre and of its member to what Assia reads.

Everything is derived when asked from two things: the steps of the sinistre, and the member's dossier, both as known at
one position. So what is read always agrees with the ledger: received is what its recoveries in force say. Gaps are in
`ecarts.py`, net costs in `cout_net.py`, what the member follows in `suivi.py`, soins to attach in
`soins_rattachables.py`, what is read of all sinistres together in `recours_ensemble.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce

from ledger.dossier import DecompteConnu, Dossier
from ledger.payeurs import PourCompteDe
from ledger.recours.charges import EMETTEUR_RECOURS, recovered, recoveries_of
from ledger.recours.partage import borne, total_by_party
from ledger.sinistre import events as e
from ledger.sinistre.sinistre import Creance, Sinistre
from readmodels.cout_net import concerned, cout_net, of_charge, par_partie, supporte_by_party
from readmodels.ecarts import ecarts
from readmodels.sinistres_connus import EtapeConnue, SinistreConnu
from readmodels.vues_recours import (
    Declaration,
    DossierSinistre,
    EncaissementVue,
    EtapeSinistre,
    LigneCreance,
    ParPartie,
    RecouvrementVue,
    ReleveCreance,
    ResumeCreance,
    ResumeSinistre,
    Solde,
    Tiers,
)


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
        total=supporte_by_party(creance.charges),
        lignes=tuple(
            LigneCreance(
                soin=charge.soin,
                supporte=of_charge(charge),
                avant=of_charge(said[charge.soin]) if charge.soin in said else None,
            )
            for charge in creance.charges
        ),
        retires=tuple(soin for soin in said if soin not in {charge.soin for charge in creance.charges}),
    )


def _tiers(told: e.TiersResponsable | None) -> Tiers | None:
    return None if told is None else Tiers(nom=told.nom, assureur=told.assureur, contrat=told.contrat)


def _resume_creance(creance: Creance) -> ResumeCreance:
    return ResumeCreance(
        numero=creance.numero,
        etablie_le=creance.etablie_le,
        au=creance.au,
        valeur=creance.valeur,
        total=supporte_by_party(creance.charges),
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
        montant = sum(borne(event.faits.charges, qui) for qui in PourCompteDe)
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
