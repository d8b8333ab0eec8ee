"""A feed of many messages, one a line: taken batch by batch, with totals that always add up.

File import hands all its chunks to `take_flow`. HTTP, which waits for bytes, drives the same `Batches` and `Totals`
itself, so that the next bytes are read while a batch is taken.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from commands.intake.take import Incoming, Intake, Outcome, Source, Statut
from commands.ports import Provenance
from infra import metrics
from infra.intake.lines import LineReader
from infra.observation.traces import span
from ledger.errors import MessageInvalide, Refusal

BATCH_LINES_MAX = 2_000
"""How many messages are taken at once: one transaction. Each asks and commits, whatever its size."""

BATCH_BYTES_MAX = 8 * 1024 * 1024
"""A batch is closed once it holds this much, whatever its number of lines."""

CHUNK_BYTES = 128 * 1024
"""How much of a file is read at a time: little enough to be in the processor's cache still when it is cut."""

REJETS_SHOWN_MAX = 100
"""How many refusals a summary names; all are in quarantine."""

_ERREURS_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RejetLigne:
    """A refused line: its number in the feed, the code, and what is wrong in plain words."""

    ligne: int
    code: str
    message: str


@dataclass(slots=True, kw_only=True)
class Totals:
    """What became of the messages of a feed so far; `recus` is always the sum of the four outcomes.

    `octets` is how much was read, for progress; `par_code` counts every refusal, `rejets` names the first ones.
    """

    recus: int = 0
    enregistres: int = 0
    deja_enregistres: int = 0
    en_attente: int = 0
    en_quarantaine: int = 0
    octets: int = 0
    rejets: list[RejetLigne] = field(default_factory=list)
    par_code: Counter[str] = field(default_factory=Counter)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Count a batch that was taken."""
        statuts = [outcome.statut for outcome in outcomes]
        self.recus += len(statuts)
        self.enregistres += statuts.count(Statut.ENREGISTRE)
        self.deja_enregistres += statuts.count(Statut.DEJA_ENREGISTRE)
        self.en_attente += statuts.count(Statut.EN_ATTENTE)
        refused = [(outcome.ligne, outcome.refusal) for outcome in outcomes if outcome.refusal is not None]
        self.en_quarantaine += len(refused)
        self.par_code.update([refusal.code for _, refusal in refused])
        shown = refused[: REJETS_SHOWN_MAX - len(self.rejets)]
        self.rejets += [_rejet(ligne or 0, refusal) for ligne, refusal in shown]


def _rejet(ligne: int, refusal: Refusal) -> RejetLigne:
    message = str(refusal)
    if isinstance(refusal, MessageInvalide):
        shown = [f"{e.chemin or '/'} : {e.message}" for e in refusal.erreurs[:_ERREURS_SHOWN_MAX]]
        message = " ; ".join([message.removesuffix("."), *shown])
    return RejetLigne(ligne=ligne, code=refusal.code, message=message)


class Batches:
    """Groups the lines of a feed, so that memory holds one batch and one line whatever comes."""

    def __init__(self) -> None:
        self._reader = LineReader()
        self._batch: list[Incoming] = []
        self._batch_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[list[Incoming]]:
        """The batches that this chunk completes."""
        return self._put(self._reader.feed(chunk))

    def finish(self) -> Iterator[list[Incoming]]:
        """What is left at the end of the feed."""
        yield from self._put(self._reader.finish())
        if self._batch:
            yield self._close()

    def _put(self, lines: Iterable[Incoming]) -> Iterator[list[Incoming]]:
        for incoming in lines:
            self._batch.append(incoming)
            self._batch_bytes += len(incoming.raw)
            if len(self._batch) >= BATCH_LINES_MAX or self._batch_bytes >= BATCH_BYTES_MAX:
                yield self._close()

    def _close(self) -> list[Incoming]:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        return batch


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """A file, as `take_flow` takes it."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def take_flow(
    chunks: Iterable[bytes],
    *,
    intake: Intake,
    source: Source,
    provenance: Provenance,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Totals:
    """Take a whole feed, given as chunks of bytes cut anywhere; `progress` is told the bytes read, batch by batch."""
    totals, batches = Totals(), Batches()
    with span("flux", trace_id=provenance.trace_id, origine=source.origine):
        for batch in _batches(chunks, batches, totals):
            totals.add(_take(batch, intake, source, provenance, dry_run=dry_run))
            progress(totals.octets)
    return totals


def _take(
    batch: list[Incoming], intake: Intake, source: Source, provenance: Provenance, *, dry_run: bool
) -> list[Outcome]:
    """One thread does both: while PostgreSQL takes a part of the rows on its core, the next is packed on this one.

    A second thread that commits while the first prepares would wait for the interpreter each time that the server has
    answered, and make the first wait: it was slower, and dearer.
    """
    with span("preparer", messages=len(batch)):
        prepared = intake.prepare(batch, source=source, provenance=provenance, dry_run=dry_run)
    with span("enregistrer"):
        return intake.commit(prepared)


def _batches(chunks: Iterable[bytes], batches: Batches, totals: Totals) -> Iterator[list[Incoming]]:
    for chunk in chunks:
        totals.octets += len(chunk)
        yield from batches.feed(chunk)
    yield from batches.finish()


def count_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Tell Prometheus what became of messages (a rehearsal is not told)."""
    for outcome in outcomes:
        metrics.MESSAGES.labels(outcome.statut.value).inc()
