"""Attach and detach soins, close and reopen: what changes which open sinistre holds which soin.

Every soin has a stream of its own, whose last event says who holds it. Attaching writes there and in the sinistre in
one group, so of two people who take the same soin at the same time the journal lets one through.
"""

from collections.abc import Callable, Sequence

from commands.ports import Dossiers, Fact, Journal, Provenance
from commands.sinistre.follow import Step
from commands.sinistre.streams import Loaded, SinistreStreams, Taken
from ledger.references import stream_of_soin
from ledger.sinistre.decision import Etape, attach, close, detach, drop, reopen
from ledger.sinistre.errors import SoinDejaRattache, VersionPerimee
from ledger.sinistre.events import RattachementFaits, SinistreEvent, SoinFreed, SoinTaken
from ledger.sinistre.sinistre import Sinistre


class HoldSoinsHandler:
    """Takes soins into a sinistre and lets them go. Every method raises RecoursRefusal."""

    def __init__(self, journal: Journal, dossiers: Dossiers) -> None:
        self._streams = SinistreStreams(journal)
        self._journal = journal
        self._dossiers = dossiers

    def attach(self, step: Step, soins: Sequence[str], provenance: Provenance) -> Taken:
        """Attach soins that the ledger knows. Raises SoinDejaRattache when another open sinistre holds one."""
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        known = frozenset(self._dossiers.read(loaded.sujet).dossier.soins)
        event = attach(loaded.sinistre, soins, step.etape(provenance), known=known)
        if event is None:
            return Taken(reference=step.reference, version=loaded.sinistre.version, position=None)
        return self._append(loaded, event, provenance, takes=event.faits.soins)

    def detach(self, step: Step, soins: Sequence[str], provenance: Provenance) -> Taken:
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        event = detach(loaded.sinistre, soins, step.etape(provenance))
        return self._append(loaded, event, provenance, frees=event.faits.soins)

    def close(self, step: Step, provenance: Provenance) -> Taken:
        return self._end(step, provenance, close)

    def drop(self, step: Step, provenance: Provenance) -> Taken:
        return self._end(step, provenance, drop)

    def reopen(self, step: Step, provenance: Provenance) -> Taken:
        """Reopen, taking its soins again. Raises SoinDejaRattache when another open sinistre holds one by now."""
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        event = reopen(loaded.sinistre, step.etape(provenance))
        return self._append(loaded, event, provenance, takes=loaded.sinistre.soins)

    def _end(self, step: Step, provenance: Provenance, decide: Callable[[Sinistre, Etape], SinistreEvent]) -> Taken:
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        event = decide(loaded.sinistre, step.etape(provenance))
        return self._append(loaded, event, provenance, frees=loaded.sinistre.soins)

    def _append(
        self,
        loaded: Loaded,
        event: SinistreEvent,
        provenance: Provenance,
        *,
        takes: Sequence[str] = (),
        frees: Sequence[str] = (),
    ) -> Taken:
        facts = self._streams.facts(loaded, [event], provenance)
        facts += self._holds(loaded, takes, frees, provenance)
        try:
            position = self._streams.append(facts, provenance)
        except VersionPerimee:
            self._holds(loaded, takes, frees, provenance)  # who holds the soin now, if that was it
            raise
        return Taken(reference=loaded.sinistre.reference, version=loaded.sinistre.version + 1, position=position)

    def _holds(self, loaded: Loaded, takes: Sequence[str], frees: Sequence[str], provenance: Provenance) -> list[Fact]:
        """The events in the streams of the soins. Raises SoinDejaRattache."""
        streams = {soin: stream_of_soin(loaded.sujet, soin) for soin in (*takes, *frees)}
        recorded = self._journal.load(list(streams.values()))
        reference = loaded.sinistre.reference
        elsewhere, facts = [], []
        for soin, stream in streams.items():
            known = recorded.get(stream, ())
            last = known[-1].event if known else None
            if soin in takes and isinstance(last, SoinTaken) and last.faits.sinistre != reference:
                elsewhere.append(soin)
            kind = SoinTaken if soin in takes else SoinFreed
            facts.append(
                self._streams.fact(
                    kind(faits=RattachementFaits(soin=soin, sinistre=reference)),
                    provenance,
                    stream=stream,
                    sujet=loaded.sujet,
                    version=len(known) + 1,
                )
            )
        if elsewhere:
            raise SoinDejaRattache(elsewhere)
        return facts
