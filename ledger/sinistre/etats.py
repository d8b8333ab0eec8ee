"""Where a sinistre stands, how it came, what kind of accident it was: the closed lists."""

from enum import StrEnum


class EtatSinistre(StrEnum):
    """The lifecycle, in its order (docs/recours.md) *(project)*."""

    SIGNALE = "signale"
    RECENSE = "recense"
    OUVERT = "ouvert"
    SOINS_RATTACHES = "soins_rattaches"
    CREANCE_ETABLIE = "creance_etablie"
    RECLAME = "reclame"
    ACCORD = "accord"
    CONTESTE = "conteste"
    ENCAISSE = "encaisse"
    VENTILE = "ventile"
    CLOTURE = "cloture"
    CLASSE_SANS_SUITE = "classe_sans_suite"


ETATS_FERMES = frozenset({EtatSinistre.CLOTURE, EtatSinistre.CLASSE_SANS_SUITE})
"""Nothing happens to a sinistre in these, but its reopening."""


class OrigineSinistre(StrEnum):
    """Who told of the accident. A suggestion of the detection is always taken up by a person of Assia."""

    ADHERENT = "adherent"
    ASSIA = "assia"
    DETECTION = "detection"


class Circonstance(StrEnum):
    """What kind of accident it was."""

    CIRCULATION = "circulation"
    TRAVAIL = "travail"
    AGRESSION = "agression"
    ANIMAL = "animal"
    SPORT = "sport"
    MEDICAL = "medical"
    AUTRE = "autre"
