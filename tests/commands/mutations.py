"""Messages with one thing changed, for what must be refused and what must not."""

from copy import deepcopy
from typing import Any

from tests.support.examples import adherent, annulation, indemnite, participation, prestation, recours, ro, smi
from tests.support.feed import message_of

ABSENT = object()
"""As a value: the field is left out."""

MESSAGES: dict[str, dict[str, Any]] = {
    "decompte": message_of(ro(prestation(), participation()), reference="751-2026-000471"),
    "recours": message_of(recours(indemnite(500)), reference="ASSIA-35"),
    "annulation": message_of(annulation(smi()), reference="A-77", annule="SMI-2026-19"),
    "adherent": message_of(adherent(), reference="AD-00412345-3"),
}
"""One plain message of each form."""


def changed(kind: str, chemin: str, value: Any) -> dict[str, Any]:
    """A plain message with another value at a JSON pointer; the total of a décompte is left as it was."""
    message = deepcopy(MESSAGES[kind])
    *parents, last = chemin.removeprefix("/").split("/")
    place: Any = message
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
    if isinstance(place, list):
        place[int(last)] = value
    elif value is ABSENT:
        place.pop(last, None)
    else:
        place[last] = value
    return message
