"""The four outcomes, for any messages in any order and any batches, against a plain model of the contract."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given as property_of
from hypothesis import strategies as st

from commands.intake.take import Outcome, Statut
from ledger.annulation.events import AnnulationRecorded
from ledger.decompte.events import DecompteCancelled, DecompteRecorded
from ledger.events import Event
from tests.support.examples import AUTRE_NUMERO, NUMERO, adherent, annulation, reference_of, ro, smi
from tests.support.feed import feed
from tests.support.memory import MemoryLedger
from tests.support.properties import bounded, bounded_to, histories

MEMBERS = (NUMERO, AUTRE_NUMERO)
REFERENCES = ("X-1", "X-2", "X-3")
"""Few enough that messages repeat, contradict and name each other."""


@st.composite
def events_that_meet(draw: st.DrawFn) -> Event:
    reference, numero = draw(st.sampled_from(REFERENCES)), draw(st.sampled_from(MEMBERS))
    kind = draw(st.sampled_from(("decompte", "decompte", "annulation", "annulation", "adherent")))
    if kind == "decompte":
        return smi(reference=reference, numero_adherent=numero, montant=draw(st.sampled_from((900, 901))))
    if kind == "adherent":
        return adherent(reference=reference, numero_adherent=numero)
    cible = smi(reference=draw(st.sampled_from(REFERENCES)), numero_adherent=numero)
    return annulation(cible, reference=reference, motif=draw(st.sampled_from(("erreur", "double_paiement"))))


MALFORMED = (b"\xff", b"{", feed(ro(), rang=0), feed(ro(), total=1))
messages = events_that_meet() | st.sampled_from(MALFORMED)
feeds = st.lists(messages, max_size=14)
Recordable = Event | bytes


def raw_of(message: Recordable) -> bytes:
    return message if isinstance(message, bytes) else feed(message)


def said(outcomes: list[Outcome]) -> list[tuple[Statut, str | None]]:
    return [(outcome.statut, outcome.refusal.code if outcome.refusal else None) for outcome in outcomes]


@dataclass
class Model:
    """The contract's sentences on what happens to a message, one message after the other."""

    recorded: dict[str, Event] = field(default_factory=dict)
    cancelled: set[tuple[str, str]] = field(default_factory=set)

    def take(self, message: Recordable) -> tuple[Statut, str | None]:
        if isinstance(message, bytes):
            codes = {b"\xff": "encodage_invalide", b"{": "json_invalide"}
            return Statut.EN_QUARANTAINE, codes.get(
                message, "message_invalide" if b'"rang": 0' in message else "total_incoherent"
            )
        reference = reference_of(message)
        known = self.recorded.get(reference)
        if known is not None:
            return (
                (Statut.DEJA_ENREGISTRE, None) if known == message else (Statut.EN_QUARANTAINE, "decompte_en_conflit")
            )
        if isinstance(message, AnnulationRecorded):
            return self._take_annulation(reference, message)
        self.recorded[reference] = message
        return Statut.ENREGISTRE, None

    def _take_annulation(self, reference: str, message: AnnulationRecorded) -> tuple[Statut, str | None]:
        numero, annule = _numero(message), message.faits.annule
        target = message if annule == reference else self.recorded.get(annule)
        if target is not None and (not isinstance(target, DecompteRecorded) or _numero(target) != numero):
            return Statut.EN_QUARANTAINE, "annulation_incoherente"
        if (annule, numero) in self.cancelled:
            return Statut.DEJA_ENREGISTRE, None
        self.cancelled.add((annule, numero))
        self.recorded[reference] = message
        return (Statut.EN_ATTENTE if target is None else Statut.ENREGISTRE), None


def _numero(event: Event) -> str:
    numero: str = event.personnel.numero_adherent  # type: ignore[union-attr]
    return numero


@bounded_to(300)
@property_of(feeds, st.data())
def test_every_message_ends_as_the_contract_says_however_they_are_cut_in_batches(
    feed_: list[Recordable], data: st.DataObject
) -> None:
    ledger, model = MemoryLedger(), Model()
    found = []
    rest = feed_
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found += said(ledger.take(*(raw_of(message) for message in rest[:size])))
        rest = rest[size:]
    assert found == [model.take(message) for message in feed_]


@bounded
@property_of(feeds, feeds)
def test_messages_in_are_the_sum_of_the_four(before: list[Recordable], batch: list[Recordable]) -> None:
    ledger = MemoryLedger()
    outcomes = [
        *ledger.take(*(raw_of(message) for message in before)),
        *ledger.take(*(raw_of(message) for message in batch)),
    ]
    counts = Counter(outcome.statut for outcome in outcomes)
    assert len(outcomes) == sum(counts.values()) == len(before) + len(batch)
    facts = [fact for fact in ledger.journal.facts if not isinstance(fact.event, DecompteCancelled)]
    assert counts[Statut.ENREGISTRE] + counts[Statut.EN_ATTENTE] == len(facts)
    assert counts[Statut.EN_QUARANTAINE] == sum(kept.nombre for kept in ledger.quarantine.kept)
    for outcome in outcomes:
        assert (outcome.position is None) == (outcome.quarantaine is not None) == (outcome.refusal is not None)


@bounded
@property_of(feeds, feeds)
def test_a_dry_run_says_the_same_as_the_real_one(before: list[Recordable], batch: list[Recordable]) -> None:
    ledger = MemoryLedger()
    ledger.take(*(raw_of(message) for message in before))
    raws = [raw_of(message) for message in batch]
    state = (list(ledger.journal.facts), dict(ledger.sujets.tokens), len(ledger.quarantine.kept))
    rehearsed = ledger.take(*raws, dry_run=True)
    assert (ledger.journal.facts, ledger.sujets.tokens, len(ledger.quarantine.kept)) == state
    assert said(rehearsed) == said(ledger.take(*raws))


@bounded_to(60)
@property_of(histories(), st.randoms(use_true_random=False))
def test_sending_everything_three_times_in_any_order_changes_no_figure(events: list[Event], random: Any) -> None:
    once, thrice = MemoryLedger(), MemoryLedger()
    once.take(*(feed(event) for event in events))
    thrice.take(*(feed(event) for event in random.sample(events * 3, len(events) * 3)))
    expected, found = once.dossier(NUMERO), thrice.dossier(NUMERO)
    assert {n: s.repartition for n, s in found.soins.items()} == {n: s.repartition for n, s in expected.soins.items()}
    assert sorted(found.anomalies, key=str) == sorted(expected.anomalies, key=str)
    assert len(thrice.journal.facts) == len(once.journal.facts)
    assert thrice.quarantine.kept == []
