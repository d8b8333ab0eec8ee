"""What Assia reads over all sinistres: the balance, the worklist and the gaps, put together from one part a member."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.dossier import DecompteConnu, Dossier
from ledger.recours.charges import recovered, recoveries_of
from ledger.recours.partage import total_by_party
from ledger.sinistre.etats import EtatSinistre
from readmodels.cout_net import par_partie
from readmodels.ecarts import ecarts
from readmodels.recours import resume, solde, sum_of
from readmodels.sinistres_connus import SinistreConnu
from readmodels.vues_recours import Balance, CodeEcart, Ecart, ParPartie, ResumeSinistre, Solde, SoldeEtat


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgentMembre:
    """The money of one member's sinistres: the balance of each by its state, and what came in for unknown ones."""

    soldes: tuple[tuple[EtatSinistre, Solde], ...]
    hors_dossier: ParPartie


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMembre:
    """What one member adds to the worklist, the gaps and the balance."""

    argent: ArgentMembre
    resumes: tuple[ResumeSinistre, ...]
    ecarts: tuple[Ecart, ...]


def argent_of(dossier: Dossier, sinistres: Sequence[SinistreConnu]) -> ArgentMembre:
    """The money of one member; of her dossier only the recoveries are asked for."""
    outside = ParPartie()
    for unknown in _unknown_recoveries(dossier, sinistres).values():
        outside += par_partie(total_by_party(recovered(unknown)))
    return ArgentMembre(
        soldes=tuple(
            (connu.sinistre.etat, solde(connu.sinistre, recoveries_of(dossier, connu.sinistre.reference)))
            for connu in sinistres
        ),
        hors_dossier=outside,
    )


def part_of(dossier: Dossier, sinistres: Sequence[SinistreConnu], *, today: date) -> PartMembre:
    """What one member adds; the gaps need her whole dossier."""
    return PartMembre(
        argent=argent_of(dossier, sinistres),
        resumes=tuple(
            resume(connu, recoveries_of(dossier, connu.sinistre.reference), today=today) for connu in sinistres
        ),
        ecarts=(
            *(ecart for connu in sinistres for ecart in ecarts(connu, dossier)),
            *ecarts_without_sinistre(dossier, sinistres),
        ),
    )


def balance(members: Iterable[ArgentMembre], *, position: int) -> Balance:
    """The balance over every member who has a sinistre or a recovery, as known at `position`."""
    by_etat: dict[EtatSinistre, list[Solde]] = {etat: [] for etat in EtatSinistre}
    outside = ParPartie()
    for member in members:
        outside += member.hors_dossier
        for etat, one in member.soldes:
            by_etat[etat].append(one)
    return Balance(
        nombre=sum(map(len, by_etat.values())),
        solde=sum_of([one for soldes in by_etat.values() for one in soldes]),
        par_etat=tuple(
            SoldeEtat(etat=etat, nombre=len(soldes), solde=sum_of(soldes)) for etat, soldes in by_etat.items() if soldes
        ),
        hors_dossier=outside,
        position=position,
    )


def ecarts_without_sinistre(dossier: Dossier, sinistres: Sequence[SinistreConnu]) -> list[Ecart]:
    """The recoveries of a member that name a sinistre nobody opened."""
    return [
        Ecart(
            code=CodeEcart.SINISTRE_INCONNU,
            sinistre=reference,
            numero_adherent=next((d.personnel.numero_adherent for d in found if d.personnel is not None), None),
            pour_compte_de=None,
            montant=sum(d.faits.total for d in found),
        )
        for reference, found in _unknown_recoveries(dossier, sinistres).items()
    ]


def _unknown_recoveries(dossier: Dossier, sinistres: Iterable[SinistreConnu]) -> dict[str, list[DecompteConnu]]:
    known = {connu.sinistre.reference for connu in sinistres}
    named = dict.fromkeys(d.faits.sinistre for d in dossier.decomptes.values() if d.faits.sinistre is not None)
    found = {name: recoveries_of(dossier, name) for name in named if name not in known}
    return {name: recoveries for name, recoveries in found.items() if recoveries}
