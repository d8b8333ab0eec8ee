"""Feeds of the sample portfolio, read once for all tests, with what a reader needs to look around in them."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from infra.sample.portefeuille import generate, members_of

Message = dict[str, Any]
Ligne = dict[str, Any]

PORTFOLIOS = (
    (1, date(2023, 6, 1)),
    (2, date(2023, 11, 30)),
    (3, date(2024, 12, 31)),
    (4, date(2026, 11, 22)),
    (5, date(2027, 12, 31)),
)
"""(seed, today): together their windows cross every change of section 5."""

MEMBERS = 101
"""Members of each of these portfolios: more than one block."""


@dataclass
class Feed:
    """A feed in order of arrival; `messages` leaves out what is received again as it is."""

    seed: int
    today: date
    raw: list[bytes]
    births: dict[tuple[str, str], date]
    """Day of birth by (member, beneficiary), those included whom the feed never registers."""

    messages: list[Message] = field(init=False, repr=False)
    decomptes: list[Message] = field(init=False, repr=False)
    annulations: list[Message] = field(init=False, repr=False)
    inscriptions: list[Message] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.messages = [json.loads(line) for line in dict.fromkeys(self.raw)]
        self.decomptes, self.annulations, self.inscriptions = (
            [message for message in self.messages if message["type"] == kind]
            for kind in ("decompte", "annulation", "adherent")
        )

    @property
    def debut(self) -> date:
        return date(self.today.year - 1, 1, 1)

    def by_member(self) -> dict[str, list[Message]]:
        """The messages of each member, in order of arrival."""
        found: dict[str, list[Message]] = defaultdict(list)
        for message in self.messages:
            found[message["numero_adherent"]].append(message)
        return found


@cache
def read_feed(seed: int, today: date, members: int = MEMBERS) -> Feed:
    """A feed that several tests read: made once."""
    return make_feed(seed, today, members)


def make_feed(seed: int, today: date, members: int) -> Feed:
    """A feed that one test reads."""
    births = {
        (adherent.numero, personne.beneficiaire): personne.date_naissance
        for adherent in members_of(members=members, seed=seed, today=today)
        for personne in adherent.personnes
    }
    return Feed(seed, today, list(generate(members=members, seed=seed, today=today)), births)


def day(text: str) -> date:
    return date.fromisoformat(text)


def lines_of(message: Message, nature: str | None = None) -> list[Ligne]:
    """The lines of a décompte, of one nature if said."""
    return [ligne for ligne in message["lignes"] if nature in (None, ligne["nature"])]
