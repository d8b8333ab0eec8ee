"""The sums that an ExplanationOfBenefit must keep, to the cent."""

from decimal import Decimal
from typing import Any

_PAID = ("regime_obligatoire", "smi", "autre_mutuelle")


class SommeFausse(Exception):
    """An ExplanationOfBenefit of ours does not add up: a bug."""


def check_sums(bundle: dict[str, Any]) -> None:
    """Every item is spent = paid − trop-perçu + left to the member; totals and payment are those of the items.

    Where an item does not say what another mutuelle paid, which old statements never showed, only its totals are
    checked. Raises SommeFausse, which names the décompte.
    """
    for entry in bundle["entry"]:
        eob = entry["resource"]
        if eob["resourceType"] == "ExplanationOfBenefit" and not _adds_up(eob):
            raise SommeFausse(eob["identifier"][0]["value"])


def _adds_up(eob: dict[str, Any]) -> bool:
    items = [_amounts(item["adjudication"]) for item in eob["item"]]
    totals = _amounts(eob["total"])
    paid = eob["payment"]["amount"]["value"] if "payment" in eob else totals["benefit"]
    return (
        all(_is_balanced(item) for item in items)
        and all(total == sum(item[name] for item in items) for name, total in totals.items())
        and paid == totals["benefit"]
    )


def _is_balanced(item: dict[str, Decimal]) -> bool:
    if "autre_mutuelle" not in item:
        return True
    paid = sum(item[name] for name in _PAID)
    return item["submitted"] == paid - item["trop_percu"] + item["memberliability"]


def _amounts(adjudications: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {said["category"]["coding"][0]["code"]: said["amount"]["value"] for said in adjudications}
