"""Why something about recoveries is refused. The base class says the kind, hence the status of an answer."""

from typing import ClassVar


class RecoursRefusal(Exception):
    """What is not done: nothing is recorded. The class says the reason, `code` is public and permanent."""

    code: ClassVar[str]
    detail: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)


class Unknown(RecoursRefusal):
    """What is named does not exist."""


class Contradiction(RecoursRefusal):
    """As things stand, it cannot be done: read again."""


class Outdated(RecoursRefusal):
    """Somebody was quicker: it was decided on a version that is no longer the last one."""


class Inadmissible(RecoursRefusal):
    """It is wrong in itself: mend it."""


class Forgotten(RecoursRefusal):
    """It is about a member who was forgotten: nothing more is done."""
