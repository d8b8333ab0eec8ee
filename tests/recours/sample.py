"""Members of the sample portfolio whose accident somebody else caused, with what the generator knows about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from infra.sample.agenda import plan_care
from infra.sample.alea import Alea
from infra.sample.assurance_maladie import AssuranceMaladie
from infra.sample.calendrier import Fenetre
from infra.sample.dossier import write_history
from infra.sample.emission import Emission
from infra.sample.foyer import Adherent, draw_adherent
from infra.sample.guichet import Guichet
from infra.sample.inscription import register
from infra.sample.numerotation import Numerotation
from infra.sample.visite import Contexte

SEED = 7
TODAY = date(2026, 7, 1)
RECOVERY = b'"payeur":"recours_tiers"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Accident:
    """A labelled accident: whose, under which sinistre, and its soins."""

    adherent: Adherent
    sinistre: str
    soins: frozenset[str]


def accidents_of(adherent: Adherent) -> list[Accident]:
    """The accidents of a member, as the generator planned them: the same draws as those of her history."""
    fenetre = Fenetre.ending(TODAY)
    alea = Alea(f"dossier/{SEED}/{TODAY.isoformat()}/{adherent.indice}")
    numeros = Numerotation(adherent.indice)
    guichet = Guichet.open(adherent, fenetre, alea, Emission(adherent, numeros, alea))
    AssuranceMaladie(guichet)
    register(adherent, fenetre, alea, guichet.courrier)
    found: dict[str, set[str]] = {}
    for visite in plan_care(Contexte(adherent, fenetre, alea, numeros)):
        if visite.paye_le > fenetre.fin:
            break
        if visite.sinistre is not None:
            found.setdefault(visite.sinistre, set()).update(soin.reference for soin in visite.soins)
    return [Accident(adherent=adherent, sinistre=name, soins=frozenset(soins)) for name, soins in found.items()]


def members() -> Iterator[Adherent]:
    """The members of the portfolio, without an end."""
    indice = 0
    while True:
        yield draw_adherent(indice, seed=SEED, today=TODAY)
        indice += 1


def accidents(count: int) -> list[Accident]:
    """The first accidents of the portfolio."""
    found: list[Accident] = []
    for adherent in members():
        found += accidents_of(adherent)
        if len(found) >= count:
            return found[:count]
    raise AssertionError


def history_of(adherent: Adherent, *, with_recoveries: bool) -> list[bytes]:
    """The messages about a member, in the order of arrival."""
    sent = sorted(write_history(adherent, seed=SEED, today=TODAY), key=lambda message: message[0])
    return [line for _, line in sent if with_recoveries or RECOVERY not in line]
