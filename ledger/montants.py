"""Money: a whole number of euro cents, never a float."""

from typing import Annotated

from msgspec import Meta

MONTANT_MAX = 10**11
"""Largest amount of a feed, in cents: one billion euros."""

Montant = Annotated[
    int,
    Meta(
        ge=-MONTANT_MAX,
        le=MONTANT_MAX,
        description="nombre entier de centimes, au plus 10¹¹ en valeur absolue",
    ),
]
