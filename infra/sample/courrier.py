"""What leaves a payer and when it reaches SMI: on time, late, twice, or not yet."""

from datetime import date

import msgspec

from infra.sample.alea import Alea
from infra.sample.calendrier import Fenetre, shift
from infra.sample.messages import Message

REPETITION = 0.004
"""Share of messages that an emitter sends again as they are, some days later."""

_MINUTES_PAR_JOUR = 1_440
_ENCODE = msgspec.json.Encoder().encode


class Courrier:
    """The messages of one member, each with the minute of its arrival."""

    __slots__ = ("_alea", "_fenetre", "envois")

    def __init__(self, fenetre: Fenetre, alea: Alea) -> None:
        self._fenetre = fenetre
        self._alea = alea
        self.envois: list[tuple[int, bytes]] = []
        """(minute of arrival since year 1, the line of the feed)."""

    def send(self, message: Message, *, le: date, retard_jours: int = 0) -> None:
        """Send a message dated `le`; it arrives within two days, plus the delay if any.

        What should arrive after today has not arrived and is not in the feed; an ordinary notice arrives today at the
        latest.
        """
        arrivee = le.toordinal() + self._alea.between(0, 2) + retard_jours
        fin = self._fenetre.fin.toordinal()
        if retard_jours == 0:
            arrivee = min(arrivee, fin)
        if arrivee > fin:
            return
        ligne = _ENCODE(message) + b"\n"
        self._put(arrivee, ligne)
        if self._alea.chance(REPETITION):
            encore = arrivee + self._alea.between(1, 20)
            if encore <= fin:
                self._put(encore, ligne)

    def send_first(self, message: Message) -> None:
        """Send a message that was there before the two years begin."""
        self._put(shift(self._fenetre.debut, -1).toordinal(), _ENCODE(message) + b"\n")

    def _put(self, jour: int, ligne: bytes) -> None:
        self.envois.append((jour * _MINUTES_PAR_JOUR + self._alea.between(0, _MINUTES_PAR_JOUR - 1), ligne))
