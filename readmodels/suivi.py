"""The sinistres as the member follows them: where each stands, and what was paid to her."""

from collections.abc import Sequence, Set

from ledger.dossier import Dossier
from ledger.recours.charges import recoveries_of
from ledger.sinistre import events as e
from ledger.sinistre.etats import EtatSinistre
from readmodels.cout_net import concerned, cout_net
from readmodels.sinistres_connus import SinistreConnu
from readmodels.vues_recours import EtapeSuivi, SuiviSinistre

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
