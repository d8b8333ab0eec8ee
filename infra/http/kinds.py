"""What a kind of problem is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem: its HTTP status, its title, what it means unless more is known, when to try again."""

    status: int
    title: str
    detail: str
    retry_after_seconds: int | None = None
