"""The sample portfolio: a feed of two civil years that a gestionnaire would believe; same seed, same bytes."""

from collections.abc import Iterator
from datetime import date
from operator import itemgetter

from infra.sample.dossier import write_history
from infra.sample.foyer import ADHERENTS_MAX, Adherent, draw_adherent

ANNEES = (2023, 2027)
"""First and last year of « today » for which the barème knows every value."""

_BLOC = 100
"""Members whose messages are mixed by arrival; also the bound on what is in memory."""


_TRAITS = (
    b'"ligne_origine"',
    b'"type":"annulation"',
    b'"payeur":"autre_mutuelle"',
    b'"payeur":"recours_tiers"',
    b'"motif":"parcours_de_soins"',
    b'"categorie":"psychologie"',
    b'"categorie":"hospitalisation"',
    b'"categorie":"dentaire"',
    b'"categorie":"optique"',
    b'"beneficiaire":"03"',
)
"""What makes a history worth looking at."""


def generate(*, members: int, seed: int, today: date) -> Iterator[bytes]:
    """The lines of the feed of `members` members, each ending with a line feed.

    Care of the current civil year and the one before, up to `today`; messages come in the order of arrival within each
    block of 100 members. Same arguments, same bytes. ValueError, in French, when an argument is out of range.
    """
    _check(members, today)
    return _generate(members, seed, today)


def members_of(*, members: int, seed: int, today: date) -> Iterator[Adherent]:
    """The members of the same portfolio, in the order of their number in it; ValueError as `generate`."""
    _check(members, today)
    return (draw_adherent(indice, seed=seed, today=today) for indice in range(members))


def adherent_to_show(*, members: int, seed: int, today: date) -> Adherent | None:
    """A registered member with an e-mail whose history shows as much as possible, among the first of the portfolio.

    None when there is none; ValueError as `generate`.
    """
    _check(members, today)
    best: tuple[int, Adherent | None] = (-1, None)
    for adherent in members_of(members=min(members, _BLOC), seed=seed, today=today):
        if adherent.is_inscrit and adherent.email is not None:
            histoire = b"".join(ligne for _, ligne in write_history(adherent, seed=seed, today=today))
            interet = sum(trait in histoire for trait in _TRAITS)
            best = max(best, (interet, adherent), key=itemgetter(0))
    return best[1]


def _generate(members: int, seed: int, today: date) -> Iterator[bytes]:
    for debut in range(0, members, _BLOC):
        envois: list[tuple[int, bytes]] = []
        for indice in range(debut, min(debut + _BLOC, members)):
            envois += write_history(draw_adherent(indice, seed=seed, today=today), seed=seed, today=today)
        envois.sort(key=itemgetter(0))
        for _, ligne in envois:
            yield ligne


def _check(members: int, today: date) -> None:
    if not 0 <= members <= ADHERENTS_MAX:
        raise ValueError(f"le nombre d'adhérents doit être compris entre 0 et {ADHERENTS_MAX}")
    if not ANNEES[0] <= today.year <= ANNEES[1]:
        raise ValueError(
            f"l'échantillon connaît les règles de {ANNEES[0]} à {ANNEES[1]} : {today.isoformat()} est en dehors"
        )
