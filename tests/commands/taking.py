"""Handing messages in, and what became of them in a word."""

from typing import Any

from commands.intake.take import Outcome, Statut
from ledger.errors import DecompteEnConflit
from ledger.events import Event
from tests.support.feed import feed
from tests.support.memory import MemoryLedger

RECORDED, REPEATED = Statut.ENREGISTRE, Statut.DEJA_ENREGISTRE
WAITING, KEPT_ASIDE = Statut.EN_ATTENTE, Statut.EN_QUARANTAINE


def taken(ledger: MemoryLedger, *events: Event) -> list[Statut]:
    """What became of these, handed in one by one."""
    return [ledger.take(feed(event))[0].statut for event in events]


def one(ledger: MemoryLedger, event: Event, **changes: Any) -> Outcome:
    [outcome] = ledger.take(feed(event, **changes))
    return outcome


def code(outcome: Outcome) -> str | None:
    return outcome.refusal.code if outcome.refusal else None


def conflict(outcome: Outcome) -> list[str]:
    assert outcome.statut is KEPT_ASIDE
    assert isinstance(outcome.refusal, DecompteEnConflit)
    return outcome.refusal.differences
