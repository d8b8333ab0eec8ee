"""What is asked of the journal, and whether an event is of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from infra.journal.mapper import State, read_state
from ledger.annulation.events import AnnulationRecorded
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, DecompteCancelled
from ledger.payeurs import Payeur
from ledger.references import stream_of_identity

Row = Mapping[str, Any]
"""A stored event, with all its columns."""


class Nommes(msgspec.Struct, frozen=True, gc=False):
    """The names in the facts of an event, where it has them."""

    emetteur: str | None = None
    reference: str | None = None
    annule: str | None = None


_names = msgspec.json.Decoder(Nommes).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtres:
    """What narrows the journal; None narrows nothing.

    `reference` goes with `emetteur`: what recorded that identity, and what cancelled it. `sujet` is a member's token.
    """

    position_min: int | None = None
    position_max: int | None = None
    topic: str | None = None
    payeur: Payeur | None = None
    acteur: str | None = None
    emetteur: str | None = None
    reference: str | None = None
    sujet: UUID | None = None
    flux: UUID | None = None

    @property
    def is_named(self) -> bool:
        """Whether it names what can be looked up, so that nothing needs to be looked through."""
        return self.sujet is not None or self.reference is not None or self.flux is not None

    @property
    def topics(self) -> list[str] | None:
        """The topics that are asked for; none at all when topic and payer exclude each other."""
        of_payer = DECOMPTE_BY_PAYEUR[self.payeur].topic if self.payeur is not None else None
        if self.topic is None or of_payer is None:
            only = self.topic or of_payer
            return [only] if only is not None else None
        return [self.topic] if self.topic == of_payer else []

    def needles(self) -> dict[str, bytes | None]:
        """What the state of an event that is asked for holds, to the byte: for the database, which reads no JSON."""
        return {
            "acteur": _needle("acteur", self.acteur),
            "emetteur": _needle("emetteur", self.emetteur if self.reference is None else None),
            "sujet": _needle("sujet", str(self.sujet) if self.sujet is not None else None),
        }

    def admits(self, row: Row) -> bool:
        """Whether an event is of what is asked. One that was altered is of no member and no name."""
        topics = self.topics
        if topics is not None and row["topic"] not in topics:
            return False
        if self.flux is not None and row["originator_id"] != self.flux:
            return False
        if self.acteur is None and self.emetteur is None and self.sujet is None:
            return True
        try:
            state = read_state(bytes(row["state"]))
            names = _names(state.faits) if self.emetteur is not None else Nommes()
        except msgspec.MsgspecError:
            return False
        return self._admits_state(row, state, names)

    def _admits_state(self, row: Row, state: State, names: Nommes) -> bool:
        if self.acteur is not None and state.acteur != self.acteur:
            return False
        if self.sujet is not None and state.sujet != self.sujet:
            return False
        if self.emetteur is None:
            return True
        if self.reference is None:
            return names.emetteur == self.emetteur
        if row["originator_id"].bytes == stream_of_identity(self.emetteur, self.reference):
            return True
        named = {AnnulationRecorded.topic: names.annule, DecompteCancelled.topic: names.reference}.get(row["topic"])
        return names.emetteur == self.emetteur and named == self.reference


def _needle(name: str, value: str | None) -> bytes | None:
    return None if value is None else b'"%b":%b' % (name.encode(), msgspec.json.encode(value))
