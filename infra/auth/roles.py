"""Who may do what."""

from enum import StrEnum


class Role(StrEnum):
    """What a bearer token lets do. `source` writes; the others read."""

    SOURCE = "source"
    PORTAIL = "portail"
    ADHERENT = "adherent"
    AUDITEUR = "auditeur"
    ASSIA = "assia"
    EXPLOITANT = "exploitant"
