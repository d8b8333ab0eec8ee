"""What makes a sign-in unusual, and when it is too much. Pure: what was seen comes in, points come out."""

from dataclasses import dataclass

FAILURES_ANNOUNCED = 5
"""From so many failures in a row the member is told."""

FAILURES_BLOCKED = 10
"""At so many the access is blocked until a complementary verification."""

SECOND_FAILURES_BLOCKED = 5
"""As many wrong codes of the second factor: a code has a million values, and three are right at a time."""

POINTS_BLOCKED = 4
PACE_MINUTES = 10
PACE_SESSIONS = 5
PACE_SESSIONS_HIGH = 15
"""So many sessions opened in PACE_MINUTES are unusual; so many more so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connexion:
    """A right password, and its circumstances. `failures`: in a row before it; `opened`: sessions in PACE_MINUTES."""

    is_device_known: bool
    is_network_known: bool
    failures: int
    opened: int


def points(seen: Connexion) -> int:
    """How unusual: 0 is nothing to tell, POINTS_BLOCKED and more is too much."""
    return (
        (not seen.is_device_known)
        + (not seen.is_network_known)
        + (seen.failures >= FAILURES_ANNOUNCED // 2 + 1)
        + (seen.failures > FAILURES_ANNOUNCED)
        + (seen.opened >= PACE_SESSIONS)
        + (seen.opened >= PACE_SESSIONS_HIGH)
    )
