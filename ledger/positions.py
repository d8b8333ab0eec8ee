"""Which event last changed an answer: the `position` that answers carry.

An answer is a pure function of a dossier, so the event looked for is the last one without which, and without all
that came later, the answer would be another one. That is how it is found: asking again with fewer events.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from ledger.dossier import DecompteConnu, Dossier, Identite

STEPS_MAX = 32
"""How many events that changed nothing are looked through; past them the next one is taken for the change."""


def last_change(
    dossier: Dossier, answer: Callable[[Dossier], object], *, soins: Iterable[str], shown: Iterable[DecompteConnu] = ()
) -> int:
    """The position of the last event that changed `answer`; 0 when none did.

    `soins`: those that its figures come from, by the names that the lines give. Only events that may touch them,
    or that concern the member as a whole, are tried; usually the first one is the right one. `shown`: décomptes that
    the answer lists, each with whether it is cancelled, so that what recorded or cancelled one needs no trial.
    """
    certain = set()
    for decompte in shown:
        since = [a.position for a in dossier.annulations.get(decompte.identite, ())[:1]]
        certain.add(max([decompte.position, *since]))
    now = answer(dossier)
    for step, position in enumerate(sorted(touching(dossier, soins), reverse=True)):
        if step == STEPS_MAX or position in certain or answer(dossier.before(position)) != now:
            return position
    return 0


def touching(dossier: Dossier, soins: Iterable[str]) -> set[int]:
    """The positions of the events that may have changed something of these soins, or of the member."""
    touched = tied_to(dossier, soins)
    known = dossier.decomptes
    positions = {d.position for d in known.values() if any(ligne.soin in touched for ligne in d.faits.lignes)}
    for identite, annulations in dossier.annulations.items():
        first, cancelled = annulations[0].position, known.get(identite)
        if cancelled is None or cancelled.position in positions:
            positions.add(first)
        elif first < cancelled.position:  # It waited: the member saw it wait, then saw it applied.
            positions |= {first, cancelled.position}
    if dossier.registered_at is not None:
        positions.add(dossier.registered_at)
    if known:
        positions.add(min(d.position for d in known.values()))
    return positions


def tied_to(dossier: Dossier, soins: Iterable[str]) -> set[str]:
    """These soins and those on which their figures or anomalies depend: through a line's origin, or a sinistre."""
    ties: dict[str, set[str]] = defaultdict(set)

    def tie(names: Iterable[str]) -> None:
        first, *others = dict.fromkeys(names)
        for other in others:
            ties[first].add(other)
            ties[other].add(first)

    of_sinistre: dict[str, list[str]] = defaultdict(list)
    named: dict[Identite, set[str]] = defaultdict(set)
    for decompte in dossier.decomptes.values():
        for ligne in decompte.faits.lignes:
            if decompte.faits.sinistre is not None:
                of_sinistre[decompte.faits.sinistre].append(ligne.soin)
            if ligne.ligne_origine is not None:
                named[ligne.ligne_origine.emetteur, ligne.ligne_origine.reference].add(ligne.soin)
    for soins_of_sinistre in of_sinistre.values():
        tie(soins_of_sinistre)
    for identite, names in named.items():
        if (origin := dossier.decomptes.get(identite)) is not None:
            tie([*names, *(ligne.soin for ligne in origin.faits.lignes)])

    reached: set[str] = set()
    waiting = list(soins)
    while waiting:
        soin = waiting.pop()
        if soin not in reached:
            reached.add(soin)
            waiting += ties[soin]
    return reached
