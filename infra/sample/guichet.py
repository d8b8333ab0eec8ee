"""What settling the care of one member needs, whoever pays."""

from dataclasses import dataclass

from infra.sample.alea import Alea
from infra.sample.calendrier import Fenetre
from infra.sample.courrier import Courrier
from infra.sample.emission import Emission
from infra.sample.foyer import Adherent
from infra.sample.incidents import Suites
from infra.sample.recours import Sinistres


@dataclass(slots=True)
class Guichet:
    """The member, the two years, and where notices are drawn, written, sent and remembered."""

    adherent: Adherent
    fenetre: Fenetre
    alea: Alea
    emission: Emission
    courrier: Courrier
    suites: Suites
    sinistres: Sinistres

    @classmethod
    def open(cls, adherent: Adherent, fenetre: Fenetre, alea: Alea, emission: Emission) -> "Guichet":
        """A counter with nothing sent yet."""
        courrier = Courrier(fenetre, alea)
        suites = Suites(adherent, fenetre, alea, emission, courrier)
        return cls(adherent, fenetre, alea, emission, courrier, suites, Sinistres())
