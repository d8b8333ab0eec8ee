"""What happens to a sinistre, from the declaration to the last cent: each step with who and when, and why if it says.

Clear is what accounting keeps and what must be sorted and added up. What tells the accident — where, how, injuries, who
caused it — and every free text is personal. `acteur` names a token or an account, never a person. Amounts are cents.
"""

from datetime import date

import msgspec

from ledger.events import Event, Facts, Personal
from ledger.montants import Montant
from ledger.recours.partage import Charge, Part
from ledger.sinistre.etats import Circonstance, OrigineSinistre


class EtapeFaits(Facts, frozen=True, kw_only=True, gc=False):
    """Of which sinistre, by whom, on which day."""

    sinistre: str
    acteur: str
    date: date


class EtapePersonnelle(Personal, frozen=True, kw_only=True, gc=False):
    """Why, in free words: they may tell of the member."""

    motif: str


class SinistreEvent(Event, frozen=True, kw_only=True, gc=False):
    """A step in the life of a sinistre."""

    faits: EtapeFaits
    personnel: EtapePersonnelle | None = None


class TiersResponsable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who caused the harm, and who insures them, as far as it is known."""

    nom: str
    assureur: str | None = None
    contrat: str | None = None


class SinistreDeclareFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """Which beneficiary, when the accident was, and the soins that the declarant names; none is attached by that."""

    origine: OrigineSinistre
    beneficiaire: str
    date_accident: date
    soins: tuple[str, ...] = ()


class SinistreDeclarePersonnel(Personal, frozen=True, kw_only=True, gc=False):
    """What tells the accident. `tiers` is None when nobody knows who caused it."""

    numero_adherent: str
    circonstance: Circonstance
    lieu: str | None = None
    recit: str | None = None
    blessures: str | None = None
    tiers: TiersResponsable | None = None


class SinistreDeclared(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """Somebody told of an accident that a third party caused."""

    topic = "sinistre.declared"

    faits: SinistreDeclareFaits
    personnel: SinistreDeclarePersonnel | None = None  # type: ignore[assignment]


class SinistreListed(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """Assia took the sinistre into its list (recensé)."""

    topic = "sinistre.listed"


class SinistreOpened(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """Assia opened a file: there is somebody to claim from."""

    topic = "sinistre.opened"


class SoinsFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """The soins concerned, each by its name within the member's care."""

    soins: tuple[str, ...]


class SoinsAttached(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """A person attached soins: they were caused by this accident."""

    topic = "sinistre.soins_attached"

    faits: SoinsFaits


class SoinsDetached(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """A person detached soins: they have nothing to do with this accident."""

    topic = "sinistre.soins_detached"

    faits: SoinsFaits


class CreanceFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """The version, the position of the ledger that it is known at, and what each bore on every attached soin."""

    numero: int
    au: int
    charges: tuple[Charge, ...]


class CreanceStated(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """A relevé de créance was drawn up; it never changes, a later correction makes the next version."""

    topic = "sinistre.creance_stated"

    faits: CreanceFaits


class ReclamationFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """Which version of the créance was claimed, for how much."""

    creance: int
    montant: Montant


class ReclamationSent(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """The créance was claimed from the third party or its insurer."""

    topic = "sinistre.reclamation_sent"

    faits: ReclamationFaits


class AccordFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """The share of responsibility that was agreed, in ten-thousandths, and the version of the créance it applies to."""

    creance: int
    responsabilite_pb: int


class AccordReached(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """The third party agreed to bear a share of the créance."""

    topic = "sinistre.accord_reached"

    faits: AccordFaits


class ReclamationContested(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """The third party contests what is claimed."""

    topic = "sinistre.reclamation_contested"


class EncaissementFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """The receipt's number in the sinistre, its amount (above 0), the reference of the payment if it has one."""

    numero: int
    montant: Montant
    reference_paiement: str | None = None


class EncaissementRecorded(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """The third party paid, the whole or a part."""

    topic = "sinistre.encaissement_recorded"

    faits: EncaissementFaits


class EncaissementRetireFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """Which receipt is taken back, and its amount (above 0)."""

    numero: int
    montant: Montant


class EncaissementReversed(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """A receipt turned out to be none: the payment bounced, or was not for this sinistre."""

    topic = "sinistre.encaissement_reversed"

    faits: EncaissementRetireFaits


class VentilationFaits(EtapeFaits, frozen=True, kw_only=True, gc=False):
    """By which créance, the shares (they add up to the receipt, to minus a reversed one, or to 0), and the décompte.

    `emetteur` and `reference` name the third-party recovery that records these shares in the ledger; None when all
    shares are 0.
    """

    numero: int
    creance: int
    parts: tuple[Part, ...]
    emetteur: str | None = None
    reference: str | None = None


class VentilationRecorded(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """What was received was shared by the rule, and recorded in the ledger as a third-party recovery."""

    topic = "sinistre.ventilation_recorded"

    faits: VentilationFaits


class SinistreClosed(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """Everything that could be recovered was: the file is closed."""

    topic = "sinistre.closed"


class SinistreDropped(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """Nothing will be recovered: the file is classé sans suite."""

    topic = "sinistre.dropped"


class SinistreReopened(SinistreEvent, frozen=True, kw_only=True, gc=False):
    """A closed file was taken up again, where it stood."""

    topic = "sinistre.reopened"


class RattachementFaits(Facts, frozen=True, kw_only=True, gc=False):
    """Which soin, and the sinistre that takes it or frees it."""

    soin: str
    sinistre: str


class SoinTaken(Event, frozen=True, kw_only=True, gc=False):
    """An open sinistre holds this soin. In a stream of its own per soin: no other can take it at the same time."""

    topic = "soin.taken"

    faits: RattachementFaits


class SoinFreed(Event, frozen=True, kw_only=True, gc=False):
    """The sinistre that held this soin let it go: it was detached, or the sinistre was closed."""

    topic = "soin.freed"

    faits: RattachementFaits


EVENTS: tuple[type[SinistreEvent], ...] = (
    SinistreDeclared,
    SinistreListed,
    SinistreOpened,
    SoinsAttached,
    SoinsDetached,
    CreanceStated,
    ReclamationSent,
    AccordReached,
    ReclamationContested,
    EncaissementRecorded,
    EncaissementReversed,
    VentilationRecorded,
    SinistreClosed,
    SinistreDropped,
    SinistreReopened,
)
"""Every step of a sinistre."""
