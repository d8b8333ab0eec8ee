"""A client of the event stream, as a browser is one: it reads events, notes ids, and can drop its connection."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.auth.roles import Role
from tests.support.ledger import decompte
from tests.support.serving import Served

NUMERO = "00412345"
SECONDS_MAX = 40.0
"""How long a test waits for an event; comments alone would keep it waiting for ever."""


@dataclass
class Follower:
    """An open stream."""

    answer: httpx.Response
    last_id: str = ""
    comments: int = 0
    deadline: float = field(default_factory=lambda: time.monotonic() + SECONDS_MAX)
    _lines: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = self.answer.iter_lines()

    def block(self) -> dict[str, str] | None:
        """The next block of fields, or None when the stream has ended."""
        fields: dict[str, str] = {}
        for line in self._lines:
            assert time.monotonic() < self.deadline, "it does not come"
            if line == "":
                self.last_id = fields.get("id", self.last_id)
                return fields
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            else:
                self.comments += 1
        return None

    def position(self) -> int | None:
        """The position of the next event; None when the stream has ended."""
        while (fields := self.block()) is not None:
            if "event" in fields:
                assert fields["event"] == "decompte"
                assert json.loads(fields["data"]) == {"position": int(fields["id"])}
                return int(fields["id"])
        return None

    def positions(self) -> list[int]:
        """Every event until the stream ends."""
        return list(iter(self.position, None))


@contextmanager
def following(
    served: Served, numero: str = NUMERO, *, last: int | str | None = None, role: Role = Role.PORTAIL, **params: Any
) -> Iterator[Follower]:
    """An open stream of this member."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    subject = numero if role is Role.ADHERENT else None
    with served.as_(role, subject).stream(
        "GET", f"/v1/adherents/{numero}/evenements", headers=headers, params=params
    ) as answer:
        yield Follower(answer)


def record(served: Served, *references: str, numero: str = NUMERO) -> int:
    """Record décomptes of this member; the last position."""
    return served.record(*[decompte(reference, numero_adherent=numero) for reference in references])
