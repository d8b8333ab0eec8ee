"""How hard a password is to guess, for somebody who speaks French and knows its owner.

The rule follows CNIL 2022-100: twelve characters of four kinds, or a strength by estimate; the access also locks. The
thresholds of the estimate are ours. A password of four kinds that is easily guessed all the same (« Azerty123456! »,
the member's own name and year) is refused too.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date
from math import log10
from typing import Any

from zxcvbn import matching, scoring  # type: ignore[import-untyped]

from infra.auth.mots_francais import MOTS
from infra.auth.sessions import Estimation

CHARACTERS_MIN = 12
CHARACTERS_MAX = 128
ESTIMATED_CHARACTERS_MAX = 72
"""The estimate looks at so many first characters: its time grows fast with length."""

KINDS = 4
GUESSES_LOG10_MIN = 10.0
"""What a password of four kinds must resist at least."""

GUESSES_LOG10_STRONG = 14.0
"""What a password of fewer kinds must resist."""

_SCORES = (3.0, 6.0, 8.0, 10.0)
_PARTS_MIN = 3


def estimate(password: str, *, owner: Iterable[str] = ()) -> Estimation:
    """How a password stands. `owner`: words of its owner's own, which are the first that a guesser tries."""
    is_bounded = CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX
    own = words_of(owner)
    looked_at = password[:ESTIMATED_CHARACTERS_MAX]
    guesses = min((_guesses(said, own) for said in {looked_at, _plain(looked_at)} if said), default=0.0)
    guesses = min(guesses, _guesses_of_the_rest(_plain(looked_at), own))
    kinds = _kinds(password)
    is_admitted = is_bounded and (guesses >= GUESSES_LOG10_STRONG or (kinds == KINDS and guesses >= GUESSES_LOG10_MIN))
    return Estimation(
        score=sum(guesses >= threshold for threshold in _SCORES),
        is_admitted=is_admitted,
        conseils=() if is_admitted else tuple(_advice(password, kinds, guesses, own)),
    )


def words_of(owner: Iterable[str]) -> tuple[str, ...]:
    """The words that somebody's own data makes: whole, without spaces, and part by part."""
    words: dict[str, None] = {}
    for said in owner:
        plain = _plain(said)
        parts = "".join(c if c.isalnum() else " " for c in plain).split()
        for word in (plain, "".join(parts), *parts):
            if len(word) >= _PARTS_MIN:
                words[word] = None
    return tuple(words)


def days_of(day: date) -> tuple[str, ...]:
    """A date of birth as people type it."""
    return tuple(
        day.strftime(pattern) for pattern in ("%d%m%Y", "%d%m%y", "%Y%m%d", "%y%m%d", "%Y", "%d/%m/%Y", "%d%m", "%m%Y")
    )


def _guesses(password: str, own: tuple[str, ...]) -> float:
    """How many guesses, as a power of ten."""
    # Its own function keeps the owner's words in a table that all threads share; the parts below do not.
    dictionaries = {
        **matching.RANKED_DICTIONARIES,
        "francais": _FRENCH,
        "user_inputs": matching.build_ranked_dict(list(own)),
    }
    matches = matching.omnimatch(password, dictionaries)
    result: dict[str, Any] = scoring.most_guessable_match_sequence(password, matches)
    return log10(max(1, result["guesses"]))


def _guesses_of_the_rest(plain: str, own: tuple[str, ...]) -> float:
    """What is left to guess for who begins with the owner's own words: separators between them add next to nothing."""
    rest, found = plain, 0
    for word in sorted(own, key=len, reverse=True):
        found += rest.count(word)
        rest = rest.replace(word, "")
    return (_guesses(rest, ()) if rest else 0.0) + found * log10(len(own) + 1)


def _advice(password: str, kinds: int, guesses: float, own: tuple[str, ...]) -> Iterable[str]:
    if len(password) < CHARACTERS_MIN:
        yield f"Au moins {CHARACTERS_MIN} caractères."
    if len(password) > CHARACTERS_MAX:
        yield f"Au plus {CHARACTERS_MAX} caractères."
    plain = _plain(password)
    if any(word in plain for word in own):
        yield "N'y mettez rien de vous : nom, date de naissance, numéro d'adhérent, adresse."
    if guesses < GUESSES_LOG10_MIN:
        yield "Évitez les mots et prénoms courants, les suites (1234, azerty) et les répétitions."
    if kinds < KINDS:
        yield "Mêlez majuscules, minuscules, chiffres et signes, ou allongez-le avec des mots sans rapport entre eux."


def _kinds(password: str) -> int:
    return sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_FRENCH = matching.build_ranked_dict(list(MOTS))
