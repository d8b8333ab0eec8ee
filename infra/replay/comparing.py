"""Where two answers differ first: the place, as a JSON pointer, and what each says there."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

SHOWN_CHARACTERS_MAX = 120


class Difference(NamedTuple):
    """A place (RFC 6901) and what stands there on each side, as JSON; None where there is nothing."""

    chemin: str
    events: str | None
    read_models: str | None


def first_difference(events: bytes, read_models: bytes) -> Difference | None:
    """The first place where two JSON answers differ; None when their bytes are the same."""
    if events == read_models:
        return None
    found = _walk(msgspec.json.decode(events), msgspec.json.decode(read_models), "")
    return found or Difference("", "les octets", "les octets")


def _walk(one: Any, other: Any, chemin: str) -> Difference | None:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys: Sequence[Any] = [*one, *(key for key in other if key not in one)]
        pairs = [(str(key), one.get(key, msgspec.UNSET), other.get(key, msgspec.UNSET)) for key in keys]
    elif isinstance(one, list) and isinstance(other, list):
        length = max(len(one), len(other))
        sides = [[*side, *[msgspec.UNSET] * (length - len(side))] for side in (one, other)]
        pairs = [(str(index), left, right) for index, (left, right) in enumerate(zip(*sides, strict=True))]
    else:
        return Difference(chemin, _shown(one), _shown(other)) if one != other else None
    for key, left, right in pairs:
        if (found := _walk(left, right, f"{chemin}/{key}")) is not None:
            return found
    return None


def _shown(value: Any) -> str | None:
    if value is msgspec.UNSET:
        return None
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[: SHOWN_CHARACTERS_MAX - 1] + "…"
