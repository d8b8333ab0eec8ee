"""The money: relevés de créance, receipts, receipts taken back, and their ventilation in the ledger.

What is shared is recorded twice in one group: as a step of the sinistre, and as a third-party recovery décompte,
written by the same function as those of feeds, so that the four kinds of payment meet in one place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from commands.events_of import canonical, event_of, write
from commands.intake.schema import DecompteMessage, LigneMessage
from commands.ports import Dossiers, Fact, Journal, Provenance
from commands.sinistre.follow import Step
from commands.sinistre.streams import Loaded, SinistreStreams, Taken
from ledger.dossier import Dossier
from ledger.payeurs import Destinataire, Nature, Payeur
from ledger.recours.charges import EMETTEUR_RECOURS, charges_of, recovered_by_feeds
from ledger.recours.partage import Cle, Part
from ledger.references import stream_of_identity
from ledger.sinistre.decision import Etape, Recouvrement, receive, recorded, share_anew, state_creance, take_back
from ledger.sinistre.errors import SinistreInconnu
from ledger.sinistre.events import SinistreEvent
from ledger.sinistre.sinistre import Sinistre

RANG_RECOURS = 9
"""A recovery comes after every payer."""

ORGANISME = "SMI, recours contre tiers"

Decide = Callable[[Sinistre, Etape, dict[Cle, int]], Recouvrement | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadre:
    """What booking a receipt needs of the member's dossier: what feeds recovered, whose care each soin is and when."""

    ailleurs: dict[Cle, int]
    soins: dict[str, tuple[str, date]]


def cadre_of(dossier: Dossier, sinistre: Sinistre) -> Cadre:
    """The part of a dossier that the receipts of a sinistre need: small, so that many can be kept at hand."""
    named = {soin for _, soin in sinistre.partage} | {c.soin for creance in sinistre.creances for c in creance.charges}
    ailleurs = recovered_by_feeds(dossier, sinistre.reference)
    known = [dossier.soins[soin] for soin in named | {soin for _, soin in ailleurs} if soin in dossier.soins]
    soins = {soin.soin: (soin.repartition.beneficiaire, soin.repartition.date_soin) for soin in known}
    return Cadre(ailleurs=ailleurs, soins=soins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A group that books a receipt, ready to be appended; `steps` are those of the sinistre."""

    facts: list[Fact]
    steps: Sequence[SinistreEvent]


class RecoverHandler:
    """States what is owed and books what comes in. Every method raises RecoursRefusal."""

    def __init__(self, journal: Journal, dossiers: Dossiers) -> None:
        self._streams = SinistreStreams(journal)
        self._dossiers = dossiers

    def state_creance(self, step: Step, provenance: Provenance) -> Taken:
        """Draw up the next relevé de créance, as known at the ledger's present end."""
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        lecture = self._dossiers.read(loaded.sujet)
        charges = charges_of(lecture.dossier, loaded.sinistre.soins)
        event = state_creance(loaded.sinistre, charges, step.etape(provenance), au=lecture.au)
        position = self._streams.append(self._streams.facts(loaded, [event], provenance), provenance)
        return Taken(reference=step.reference, version=loaded.sinistre.version + 1, position=position)

    def receive(
        self, step: Step, montant: int, provenance: Provenance, *, reference_paiement: str | None = None
    ) -> Taken:
        """Book a receipt."""
        return self._recover(
            step,
            provenance,
            lambda sinistre, etape, ailleurs: receive(
                sinistre, montant, etape, reference_paiement=reference_paiement, ailleurs=ailleurs
            ),
            virement=reference_paiement,
        )

    def take_back(self, step: Step, numero: int, provenance: Provenance) -> Taken:
        """Take a receipt back."""
        return self._recover(
            step, provenance, lambda sinistre, etape, ailleurs: take_back(sinistre, numero, etape, ailleurs=ailleurs)
        )

    def share_anew(self, step: Step, provenance: Provenance) -> Taken:
        """Share what was received by the last créance."""
        return self._recover(
            step, provenance, lambda sinistre, etape, ailleurs: share_anew(sinistre, etape, ailleurs=ailleurs)
        )

    def booking(
        self, loaded: Loaded, cadre: Cadre, recouvrement: Recouvrement, provenance: Provenance, virement: str | None
    ) -> Booking:
        """The events of a recovery: the steps of the sinistre, and the décompte that records it in the ledger."""
        if loaded.numero is None:
            raise SinistreInconnu("La clé de cet adhérent a été détruite : rien ne s'enregistre plus pour elle.")
        ventilation = recouvrement.ventilation
        message = _message(loaded, cadre, recouvrement, virement=virement) if ventilation.parts else None
        steps = [
            *recouvrement.evenements,
            recorded(ventilation, *((message.emetteur, message.reference) if message else (None, None))),
        ]
        facts = self._streams.facts(loaded, steps, provenance)
        if message is not None:
            facts.append(
                self._streams.fact(
                    event_of(message),
                    provenance,
                    stream=stream_of_identity(message.emetteur, message.reference),
                    sujet=loaded.sujet,
                    version=1,
                    content=canonical(message, write(message)),
                )
            )
        return Booking(facts=facts, steps=steps)

    def _recover(self, step: Step, provenance: Provenance, decide: Decide, *, virement: str | None = None) -> Taken:
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        cadre = cadre_of(self._dossiers.read(loaded.sujet).dossier, loaded.sinistre)
        recouvrement = decide(loaded.sinistre, step.etape(provenance), cadre.ailleurs)
        if recouvrement is None:
            return Taken(reference=step.reference, version=loaded.sinistre.version, position=None)
        booking = self.booking(loaded, cadre, recouvrement, provenance, virement)
        position = self._streams.append(booking.facts, provenance)
        version = loaded.sinistre.version + len(booking.steps)
        return Taken(reference=step.reference, version=version, position=position)


def _message(loaded: Loaded, cadre: Cadre, recouvrement: Recouvrement, *, virement: str | None) -> DecompteMessage:
    """The recovery as a feed would say it."""
    sinistre, ventilation = loaded.sinistre, recouvrement.ventilation
    lignes = [_ligne(number, part, cadre, sinistre) for number, part in enumerate(ventilation.parts, 1)]
    message = DecompteMessage(
        version=1,
        emetteur=EMETTEUR_RECOURS,
        reference=reference_of(sinistre.reference, ventilation.numero),
        payeur=Payeur.RECOURS_TIERS,
        rang=RANG_RECOURS,
        numero_adherent=loaded.numero or "",
        date_paiement=recouvrement.le,
        destinataire=Destinataire.SMI,
        total=sum(part.montant for part in ventilation.parts),
        lignes=lignes,
        organisme=ORGANISME,
        sinistre=sinistre.reference,
    )
    return message if virement is None else msgspec.structs.replace(message, virement=virement)


def reference_of(sinistre: str, ventilation: int) -> str:
    """The reference of the décompte that records a ventilation."""
    return f"{sinistre}-V{ventilation}"


def _ligne(number: int, part: Part, cadre: Cadre, sinistre: Sinistre) -> LigneMessage:
    beneficiaire, date_soin = cadre.soins.get(part.soin, (sinistre.beneficiaire, sinistre.date_accident))
    return LigneMessage(
        ligne=str(number),
        soin=part.soin,
        nature=Nature.INDEMNITE,
        beneficiaire=beneficiaire,
        date_soin=date_soin,
        montant=part.montant,
        pour_compte_de=part.pour_compte_de,
    )
