"""Whether an annulation makes sense against what it names."""

from uuid import UUID

from ledger.decompte.events import DecompteRecorded
from ledger.errors import AnnulationIncoherente
from ledger.events import Event


def is_waiting(*, sujet: UUID, target: tuple[UUID, type[Event]] | None) -> bool:
    """Whether the annulation waits for its décompte. `target` is (subject, kind) of what it names, if recorded.

    Raises AnnulationIncoherente when that is another member's décompte, or no décompte.
    """
    if target is None:
        return True
    sujet_of_target, kind = target
    if not issubclass(kind, DecompteRecorded) or sujet_of_target != sujet:
        raise AnnulationIncoherente
    return False
