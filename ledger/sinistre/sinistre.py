"""A sinistre as it stands: its events folded, one after the other, without judging."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ledger.recours.partage import Charge, Cle, cumulate, debt, value_of
from ledger.sinistre.etats import ETATS_FERMES, EtatSinistre, OrigineSinistre
from ledger.sinistre.events import (
    AccordReached,
    CreanceStated,
    EncaissementRecorded,
    EncaissementReversed,
    ReclamationContested,
    ReclamationSent,
    SinistreClosed,
    SinistreDeclared,
    SinistreDropped,
    SinistreEvent,
    SinistreListed,
    SinistreOpened,
    SinistreReopened,
    SoinsAttached,
    SoinsDetached,
    VentilationRecorded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creance:
    """One frozen version of the relevé de créance, as known at the position `au` of the ledger."""

    numero: int
    au: int
    etablie_le: date
    charges: tuple[Charge, ...]

    @property
    def valeur(self) -> int:
        return value_of(self.charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accord:
    """The agreed share of responsibility, in ten-thousandths."""

    le: date
    creance: int
    responsabilite_pb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Encaissement:
    """A receipt; `retire_le` is the day on which it was taken back."""

    numero: int
    le: date
    montant: int
    reference_paiement: str | None
    retire_le: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sinistre:
    """The state that decisions are taken from. `version` is that of its last event.

    `etat_ouvert` is where a closed sinistre stood, hence where it stands again once reopened; `etat_sans_argent` is
    where one stands whose receipts were all taken back. `partage` is what was shared so far of what was received here.
    """

    reference: str
    version: int
    etat: EtatSinistre
    origine: OrigineSinistre
    beneficiaire: str
    date_accident: date
    declare_le: date
    soins_declares: tuple[str, ...]
    etat_ouvert: EtatSinistre = EtatSinistre.SIGNALE
    etat_sans_argent: EtatSinistre = EtatSinistre.SIGNALE
    soins: tuple[str, ...] = ()
    creances: tuple[Creance, ...] = ()
    reclame_centimes: int = 0
    accord: Accord | None = None
    encaissements: tuple[Encaissement, ...] = ()
    partage: Mapping[Cle, int] = field(default_factory=dict)
    ventilations: int = 0

    @property
    def is_closed(self) -> bool:
        return self.etat in ETATS_FERMES

    @property
    def creance(self) -> Creance | None:
        """The last version."""
        return self.creances[-1] if self.creances else None

    @property
    def recu_centimes(self) -> int:
        """What was received here and not taken back."""
        return sum(e.montant for e in self.encaissements if e.retire_le is None)

    @property
    def accorde_centimes(self) -> int | None:
        """What the third party owes by the accord, on the last créance; None without one."""
        if self.accord is None or self.creance is None:
            return None
        return debt(self.creance.valeur, self.accord.responsabilite_pb)

    def encaissement(self, numero: int) -> Encaissement | None:
        return next((e for e in self.encaissements if e.numero == numero), None)


def fold(events: Iterable[SinistreEvent]) -> Sinistre | None:
    """The sinistre of a stream, from its first event on; None for an empty one."""
    sinistre = None
    for event in events:
        sinistre = evolve(sinistre, event)
    return sinistre


def evolve(sinistre: Sinistre | None, event: SinistreEvent) -> Sinistre:
    """The sinistre after one more event."""
    if isinstance(event, SinistreDeclared):
        assert sinistre is None
        faits = event.faits
        return Sinistre(
            reference=faits.sinistre,
            version=1,
            etat=EtatSinistre.SIGNALE,
            origine=faits.origine,
            beneficiaire=faits.beneficiaire,
            date_accident=faits.date_accident,
            declare_le=faits.date,
            soins_declares=faits.soins,
        )
    assert sinistre is not None
    return _step(replace(sinistre, version=sinistre.version + 1), event)


def _step(sinistre: Sinistre, event: SinistreEvent) -> Sinistre:
    match event:
        case SinistreListed():
            return _at(sinistre, EtatSinistre.RECENSE)
        case SinistreOpened():
            return _at(sinistre, EtatSinistre.OUVERT)
        case SoinsAttached(faits=soins):
            attached = tuple(dict.fromkeys((*sinistre.soins, *soins.soins)))
            return _with_soins(sinistre, attached)
        case SoinsDetached(faits=soins):
            gone = set(soins.soins)
            return _with_soins(sinistre, tuple(soin for soin in sinistre.soins if soin not in gone))
        case CreanceStated(faits=stated):
            creance = Creance(numero=stated.numero, au=stated.au, etablie_le=stated.date, charges=stated.charges)
            known = replace(sinistre, creances=(*sinistre.creances, creance))
            # A further version changes what is claimed, not how far the claim has come.
            return known if sinistre.creances else _at(known, EtatSinistre.CREANCE_ETABLIE)
        case ReclamationSent(faits=sent):
            return _claiming(replace(sinistre, reclame_centimes=sent.montant), EtatSinistre.RECLAME)
        case AccordReached(faits=agreed):
            accord = Accord(le=agreed.date, creance=agreed.creance, responsabilite_pb=agreed.responsabilite_pb)
            return _claiming(replace(sinistre, accord=accord), EtatSinistre.ACCORD)
        case ReclamationContested():
            return _claiming(sinistre, EtatSinistre.CONTESTE)
        case _:
            return _money_or_end(sinistre, event)


def _money_or_end(sinistre: Sinistre, event: SinistreEvent) -> Sinistre:
    match event:
        case EncaissementRecorded(faits=received):
            encaissement = Encaissement(
                numero=received.numero,
                le=received.date,
                montant=received.montant,
                reference_paiement=received.reference_paiement,
            )
            known = (*sinistre.encaissements, encaissement)
            return _moved(replace(sinistre, encaissements=known), EtatSinistre.ENCAISSE)
        case EncaissementReversed(faits=reversed_):
            known = tuple(
                replace(e, retire_le=reversed_.date) if e.numero == reversed_.numero else e
                for e in sinistre.encaissements
            )
            return _moved(replace(sinistre, encaissements=known), EtatSinistre.ENCAISSE)
        case VentilationRecorded(faits=shared):
            known_shares = cumulate(shared.parts, sinistre.partage)
            sinistre = replace(sinistre, partage=known_shares, ventilations=sinistre.ventilations + 1)
            has_money = any(e.retire_le is None for e in sinistre.encaissements)
            return _moved(sinistre, EtatSinistre.VENTILE if has_money else sinistre.etat_sans_argent)
        case SinistreClosed():
            return replace(sinistre, etat=EtatSinistre.CLOTURE)
        case SinistreDropped():
            return replace(sinistre, etat=EtatSinistre.CLASSE_SANS_SUITE)
        case SinistreReopened():
            return replace(sinistre, etat=sinistre.etat_ouvert)
        case _:
            raise AssertionError(type(event).__name__)


def _moved(sinistre: Sinistre, etat: EtatSinistre) -> Sinistre:
    return replace(sinistre, etat=etat, etat_ouvert=etat)


def _at(sinistre: Sinistre, etat: EtatSinistre) -> Sinistre:
    return replace(sinistre, etat=etat, etat_ouvert=etat, etat_sans_argent=etat)


def _claiming(sinistre: Sinistre, etat: EtatSinistre) -> Sinistre:
    """A step of the claim; where money has come already, that is what shows."""
    has_money = any(e.retire_le is None for e in sinistre.encaissements)
    return replace(sinistre, etat_sans_argent=etat) if has_money else _at(sinistre, etat)


def _with_soins(sinistre: Sinistre, soins: tuple[str, ...]) -> Sinistre:
    known = replace(sinistre, soins=soins)
    if sinistre.creances:
        return known
    return _at(known, EtatSinistre.SOINS_RATTACHES if soins else EtatSinistre.OUVERT)
