"""Why a member is not forgotten yet."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar


class RaisonDeConserver(Exception):
    """A legal reason to keep a member's data that still runs.

    `quoi` says of what, `fin` what ends it; `jusqu_au` is its last day, None where no date ends it.
    """

    code: ClassVar[str]

    def __init__(self, quoi: str, *, fin: str, jusqu_au: date | None = None) -> None:
        super().__init__(quoi)
        self.quoi = quoi
        self.fin = fin
        self.jusqu_au = jusqu_au

    def __str__(self) -> str:
        return f"{self.code} : {self.quoi} ; fin : {self.fin}"


class ConservationComptable(RaisonDeConserver):
    """Pieces of an accounting year that must still be kept: wait."""

    code = "conservation_comptable"


class TropPercuOuvert(RaisonDeConserver):
    """More was paid than was due and nobody has taken it back: correct it first."""

    code = "trop_percu_ouvert"


class SinistreOuvert(RaisonDeConserver):
    """A sinistre that is neither closed nor dropped: end it first."""

    code = "sinistre_ouvert"


class AnnulationEnAttente(RaisonDeConserver):
    """An annulation waits for its décompte, which may still come: wait for either."""

    code = "annulation_en_attente"


class EffacementRefuse(Exception):
    """A member is not forgotten: `raisons` are all that hold, each of its own class."""

    def __init__(self, raisons: Sequence[RaisonDeConserver]) -> None:
        super().__init__("\n".join(map(str, raisons)))
        self.raisons = tuple(raisons)
