"""What may follow what: from a sinistre as it stands to the events of a step, or a refusal.

Pure: who, when and why come in as an `Etape`, figures as charges. What each function refuses is in its docstring, or in
`_open` and `_allow`; the transitions are drawn in docs/recours.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.montants import MONTANT_MAX
from ledger.recours.partage import RESPONSABILITE_ENTIERE_PB, Charge, Cle, ventilate
from ledger.sinistre.errors import (
    AucunSoin,
    CreanceAbsente,
    CreanceInchangee,
    EncaissementDejaRetire,
    EncaissementInconnu,
    EtapeInvalide,
    PaiementDejaEncaisse,
    SinistreFerme,
    SoinInconnu,
    SoinNonRattache,
    TransitionRefusee,
)
from ledger.sinistre.etats import EtatSinistre
from ledger.sinistre.events import (
    AccordFaits,
    AccordReached,
    CreanceFaits,
    CreanceStated,
    EncaissementFaits,
    EncaissementRecorded,
    EncaissementRetireFaits,
    EncaissementReversed,
    EtapeFaits,
    EtapePersonnelle,
    ReclamationContested,
    ReclamationFaits,
    ReclamationSent,
    SinistreClosed,
    SinistreDeclared,
    SinistreDeclareFaits,
    SinistreDeclarePersonnel,
    SinistreDropped,
    SinistreEvent,
    SinistreListed,
    SinistreOpened,
    SinistreReopened,
    SoinsAttached,
    SoinsDetached,
    SoinsFaits,
    VentilationFaits,
    VentilationRecorded,
)
from ledger.sinistre.sinistre import Creance, Sinistre

SOINS_MAX = 500
"""How many soins one sinistre holds at most."""

_E = EtatSinistre
_CLAIMABLE = frozenset({_E.CREANCE_ETABLIE, _E.RECLAME, _E.ACCORD, _E.CONTESTE, _E.ENCAISSE, _E.VENTILE})
_CLAIMED = _CLAIMABLE - {_E.CREANCE_ETABLIE}
_WORKED_ON = _CLAIMABLE | {_E.OUVERT, _E.SOINS_RATTACHES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Etape:
    """Who takes a step, on which day, and why if it says."""

    acteur: str
    le: date
    motif: str | None = None

    def faits(self, sinistre: Sinistre) -> EtapeFaits:
        return EtapeFaits(sinistre=sinistre.reference, acteur=self.acteur, date=self.le)

    @property
    def personnel(self) -> EtapePersonnelle | None:
        return EtapePersonnelle(motif=self.motif) if self.motif else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recouvrement:
    """A ventilation that was decided, before it is known under which reference the ledger records it."""

    evenements: tuple[SinistreEvent, ...]
    ventilation: VentilationFaits
    le: date


def declare(faits: SinistreDeclareFaits, personnel: SinistreDeclarePersonnel) -> SinistreDeclared:
    """Somebody tells of an accident. Raises EtapeInvalide when it would lie in the future."""
    if faits.date_accident > faits.date:
        raise EtapeInvalide("La date de l'accident est dans l'avenir.")
    if len(faits.soins) > SOINS_MAX:
        raise EtapeInvalide(f"Un sinistre a {SOINS_MAX} soins au plus.")
    return SinistreDeclared(faits=faits, personnel=personnel)


def list_sinistre(sinistre: Sinistre, etape: Etape) -> SinistreListed:
    """Assia takes it into its list."""
    _allow(sinistre, _E.SIGNALE)
    return SinistreListed(faits=etape.faits(sinistre), personnel=etape.personnel)


def open_sinistre(sinistre: Sinistre, etape: Etape) -> SinistreOpened:
    """Assia opens a file."""
    _allow(sinistre, _E.RECENSE)
    return SinistreOpened(faits=etape.faits(sinistre), personnel=etape.personnel)


def attach(sinistre: Sinistre, soins: Sequence[str], etape: Etape, *, known: frozenset[str]) -> SoinsAttached | None:
    """Attach soins; None when all are there already. Raises SoinInconnu for what is not in `known`.

    That no other open sinistre holds them is for the streams of the soins to say.
    """
    _allow(sinistre, *_WORKED_ON)
    unknown = [soin for soin in soins if soin not in known]
    if unknown:
        raise SoinInconnu(unknown)
    new = tuple(soin for soin in dict.fromkeys(soins) if soin not in sinistre.soins)
    if len(sinistre.soins) + len(new) > SOINS_MAX:
        raise EtapeInvalide(f"Un sinistre a {SOINS_MAX} soins au plus.")
    if not new:
        return None
    return SoinsAttached(faits=_soins(sinistre, new, etape), personnel=etape.personnel)


def detach(sinistre: Sinistre, soins: Sequence[str], etape: Etape) -> SoinsDetached:
    """Detach soins. Raises SoinNonRattache."""
    _allow(sinistre, *_WORKED_ON)
    foreign = [soin for soin in soins if soin not in sinistre.soins]
    if foreign:
        raise SoinNonRattache(foreign)
    if not soins:
        raise EtapeInvalide("Nommer au moins un soin.")
    return SoinsDetached(faits=_soins(sinistre, tuple(dict.fromkeys(soins)), etape), personnel=etape.personnel)


def state_creance(sinistre: Sinistre, charges: Sequence[Charge], etape: Etape, *, au: int) -> CreanceStated:
    """Freeze what each bore on the attached soins, in their order, as known at the position `au`.

    Raises AucunSoin, or CreanceInchangee when the last version says the same.
    """
    _allow(sinistre, *_WORKED_ON)
    if not sinistre.soins:
        raise AucunSoin
    frozen = tuple(charges)
    assert [charge.soin for charge in frozen] == list(sinistre.soins)
    if sinistre.creance is not None and sinistre.creance.charges == frozen:
        raise CreanceInchangee
    faits = CreanceFaits(
        sinistre=sinistre.reference,
        acteur=etape.acteur,
        date=etape.le,
        numero=len(sinistre.creances) + 1,
        au=au,
        charges=frozen,
    )
    return CreanceStated(faits=faits, personnel=etape.personnel)


def claim(sinistre: Sinistre, etape: Etape) -> ReclamationSent:
    """Claim the value of the last créance."""
    creance = _creance(sinistre)
    _allow(sinistre, *_CLAIMABLE)
    faits = ReclamationFaits(
        sinistre=sinistre.reference,
        acteur=etape.acteur,
        date=etape.le,
        creance=creance.numero,
        montant=creance.valeur,
    )
    return ReclamationSent(faits=faits, personnel=etape.personnel)


def agree(sinistre: Sinistre, responsabilite_pb: int, etape: Etape) -> AccordReached:
    """Agree on the third party's share of responsibility, in ten-thousandths; a new accord replaces the last."""
    creance = _creance(sinistre)
    _allow(sinistre, *_CLAIMED)
    if not 0 < responsabilite_pb <= RESPONSABILITE_ENTIERE_PB:
        raise EtapeInvalide("La part de responsabilité va de 1 à 10 000 dix-millièmes.")
    faits = AccordFaits(
        sinistre=sinistre.reference,
        acteur=etape.acteur,
        date=etape.le,
        creance=creance.numero,
        responsabilite_pb=responsabilite_pb,
    )
    return AccordReached(faits=faits, personnel=etape.personnel)


def contest(sinistre: Sinistre, etape: Etape) -> ReclamationContested:
    """The third party contests the claim."""
    _allow(sinistre, *_CLAIMED)
    return ReclamationContested(faits=etape.faits(sinistre), personnel=etape.personnel)


def receive(
    sinistre: Sinistre,
    montant: int,
    etape: Etape,
    *,
    reference_paiement: str | None,
    ailleurs: Mapping[Cle, int],
) -> Recouvrement:
    """Book what the third party paid and share it by the rule, with what came before.

    What is above the claim is booked too: it was received. `ailleurs` is what feeds brought for this sinistre with the
    ventilation already made. Raises CreanceAbsente, PaiementDejaEncaisse, EtapeInvalide.
    """
    creance = _creance(sinistre)
    _allow(sinistre, *_CLAIMABLE)
    if not 0 < montant <= MONTANT_MAX:
        raise EtapeInvalide("Un encaissement est d'au moins un centime et d'au plus un milliard d'euros.")
    if reference_paiement is not None and any(
        e.reference_paiement == reference_paiement and e.retire_le is None for e in sinistre.encaissements
    ):
        raise PaiementDejaEncaisse
    received = EncaissementRecorded(
        faits=EncaissementFaits(
            sinistre=sinistre.reference,
            acteur=etape.acteur,
            date=etape.le,
            numero=len(sinistre.encaissements) + 1,
            montant=montant,
            reference_paiement=reference_paiement,
        ),
        personnel=etape.personnel,
    )
    ventilation = _ventilate(sinistre, creance, montant, etape, ailleurs)
    return Recouvrement(evenements=(received,), ventilation=ventilation, le=etape.le)


def take_back(sinistre: Sinistre, numero: int, etape: Etape, *, ailleurs: Mapping[Cle, int]) -> Recouvrement:
    """Take a receipt back: what remains is shared by the rule, so the shares of the difference add up to minus it.

    Raises EncaissementInconnu, EncaissementDejaRetire.
    """
    creance = _creance(sinistre)
    _allow(sinistre, *_CLAIMABLE)
    encaissement = sinistre.encaissement(numero)
    if encaissement is None:
        raise EncaissementInconnu
    if encaissement.retire_le is not None:
        raise EncaissementDejaRetire
    reversed_ = EncaissementReversed(
        faits=EncaissementRetireFaits(
            sinistre=sinistre.reference,
            acteur=etape.acteur,
            date=etape.le,
            numero=numero,
            montant=encaissement.montant,
        ),
        personnel=etape.personnel,
    )
    ventilation = _ventilate(sinistre, creance, -encaissement.montant, etape, ailleurs)
    return Recouvrement(evenements=(reversed_,), ventilation=ventilation, le=etape.le)


def share_anew(sinistre: Sinistre, etape: Etape, *, ailleurs: Mapping[Cle, int]) -> Recouvrement | None:
    """Share what was received by the last créance, after a correction; None when nothing changes.

    The shares of the change add up to 0. Raises TransitionRefusee when nothing was received.
    """
    creance = _creance(sinistre)
    _allow(sinistre, *_CLAIMABLE)
    if sinistre.recu_centimes + sum(ailleurs.values()) == 0:
        raise TransitionRefusee("Rien n'a été reçu : il n'y a rien à partager.")
    ventilation = _ventilate(sinistre, creance, 0, etape, ailleurs)
    if not ventilation.parts:
        return None
    return Recouvrement(evenements=(), ventilation=ventilation, le=etape.le)


def recorded(ventilation: VentilationFaits, emetteur: str | None, reference: str | None) -> VentilationRecorded:
    """The ventilation as an event, with the décompte that records it in the ledger."""
    return VentilationRecorded(
        faits=VentilationFaits(
            sinistre=ventilation.sinistre,
            acteur=ventilation.acteur,
            date=ventilation.date,
            numero=ventilation.numero,
            creance=ventilation.creance,
            parts=ventilation.parts,
            emetteur=emetteur,
            reference=reference,
        )
    )


def close(sinistre: Sinistre, etape: Etape) -> SinistreClosed:
    """Close the file: something was received and shared, and nothing more is waited for."""
    _allow(sinistre, _E.VENTILE)
    return SinistreClosed(faits=etape.faits(sinistre), personnel=etape.personnel)


def drop(sinistre: Sinistre, etape: Etape) -> SinistreDropped:
    """Drop the file: nothing was received and nothing will be. Raises EtapeInvalide without a reason."""
    _allow(sinistre, *(frozenset(EtatSinistre) - {_E.ENCAISSE, _E.VENTILE}))
    _require_motif(etape)
    return SinistreDropped(faits=etape.faits(sinistre), personnel=etape.personnel)


def reopen(sinistre: Sinistre, etape: Etape) -> SinistreReopened:
    """Take a closed file up again, where it stood. Raises EtapeInvalide without a reason."""
    if not sinistre.is_closed:
        raise TransitionRefusee("Ce sinistre n'est ni clôturé ni classé sans suite.")
    _require_motif(etape)
    return SinistreReopened(faits=etape.faits(sinistre), personnel=etape.personnel)


def _ventilate(
    sinistre: Sinistre, creance: Creance, montant: int, etape: Etape, ailleurs: Mapping[Cle, int]
) -> VentilationFaits:
    deja = dict(ailleurs)
    for cle, part in sinistre.partage.items():
        deja[cle] = deja.get(cle, 0) + part
    return VentilationFaits(
        sinistre=sinistre.reference,
        acteur=etape.acteur,
        date=etape.le,
        numero=sinistre.ventilations + 1,
        creance=creance.numero,
        parts=ventilate(montant, creance.charges, deja),
    )


def _soins(sinistre: Sinistre, soins: tuple[str, ...], etape: Etape) -> SoinsFaits:
    return SoinsFaits(sinistre=sinistre.reference, acteur=etape.acteur, date=etape.le, soins=soins)


def _creance(sinistre: Sinistre) -> Creance:
    _open(sinistre)
    if sinistre.creance is None:
        raise CreanceAbsente
    return sinistre.creance


def _require_motif(etape: Etape) -> None:
    if not etape.motif:
        raise EtapeInvalide("Dire pourquoi : cette étape demande un motif.")


def _open(sinistre: Sinistre) -> None:
    if sinistre.is_closed:
        raise SinistreFerme


def _allow(sinistre: Sinistre, *etats: EtatSinistre) -> None:
    """Raises SinistreFerme, or TransitionRefusee unless the sinistre stands in one of these."""
    _open(sinistre)
    if sinistre.etat not in etats:
        raise TransitionRefusee
