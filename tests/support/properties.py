"""How far properties are searched, and random histories of one member for them.

Settings are put on each test, so that nothing leaks into other folders: `@bounded` or `@bounded_to(examples)`.
"""

import os
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ledger.decompte.events import DecompteRecorded, LigneOrigine
from ledger.events import Event
from ledger.payeurs import Categorie, Nature, Payeur, PourCompteDe
from tests.support.examples import (
    Ligne,
    adherent,
    annulation,
    decompte,
    indemnite,
    origine,
    participation,
    prestation,
    regularisation,
)

EXAMPLES = 100
"""How many cases a property is tried on."""

_COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("decompte", settings(max_examples=EXAMPLES, **_COMMON))
# The same cases at every run: a change is judged, not chance. The search for new ones happens at the desks.
settings.register_profile("decompte-ci", settings(max_examples=EXAMPLES, derandomize=True, database=None, **_COMMON))

bounded = settings.get_profile("decompte-ci" if os.environ.get("CI") == "true" else "decompte")


def bounded_to(examples: int) -> settings:
    """Fewer cases where each is dear."""
    return settings(bounded, max_examples=examples)


DECOMPTES_MAX = 6
"""How many décomptes a history has at most, regularisations beside."""

SOINS = ("S-1", "S-2", "S-3")
DATES = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 10))
PAYEURS = (Payeur.REGIME_OBLIGATOIRE, Payeur.SMI, Payeur.AUTRE_MUTUELLE, Payeur.RECOURS_TIERS)
RETENUES = (Nature.PARTICIPATION_FORFAITAIRE, Nature.FRANCHISE, Nature.MAJORATION_HORS_PARCOURS)

montants = st.sampled_from((0, 100, 900, 2100, 3000, -100, -900, -2100)) | st.integers(-5000, 5000)
depenses = st.none() | st.sampled_from((0, 3000, 3200, -3000)) | st.integers(-4000, 6000)


@st.composite
def lignes_of_payeur(draw: st.DrawFn, payeur: Payeur, origines: Sequence[LigneOrigine]) -> Ligne:
    """Any line that a payer may send, about one of three soins."""
    common: dict[str, Any] = {
        "soin": draw(st.sampled_from(SOINS)),
        "date_soin": draw(st.sampled_from(DATES)),
        "beneficiaire": draw(st.sampled_from(("01", "02"))),
        "ligne_origine": draw(st.none() | st.sampled_from(origines)),
    }
    if payeur is Payeur.RECOURS_TIERS:
        return indemnite(draw(montants), draw(st.sampled_from(PourCompteDe)), **common)
    nature = draw(st.sampled_from((Nature.PRESTATION, Nature.PRESTATION, Nature.COMPLEMENT_LOCAL, *RETENUES)))
    if nature is not Nature.PRESTATION:
        return participation(draw(montants), nature=nature, depense=draw(depenses), **common)
    return prestation(
        draw(montants),
        quantite=draw(st.sampled_from((1, 1, 2, -1))),
        depense=draw(depenses),
        base=draw(st.none() | st.sampled_from((0, 2500, -2500))),
        categorie=draw(st.sampled_from((Categorie.CONSULTATIONS, Categorie.PHARMACIE))),
        **common,
    )


@st.composite
def histories(draw: st.DrawFn, *, named: Sequence[Payeur] = PAYEURS) -> list[Event]:
    """Everything that may happen to one member, in any order: late, corrected, cancelled, deferred, chained, looped.

    `named`: whose lines may be the origin of others.
    """
    payeurs = draw(st.lists(st.sampled_from(PAYEURS), min_size=1, max_size=DECOMPTES_MAX))
    planned = [decompte(payeur, reference=f"D-{index}") for index, payeur in enumerate(payeurs)]
    # Of décomptes that come, of lines that they may not have, and of one that never comes.
    origines = [origine(event, ligne) for event in planned if event.payeur in named for ligne in ("1", "2")]
    origines.append(LigneOrigine(emetteur="cpam-751", reference="D-99", ligne="1"))
    events: list[Event] = []
    recorded: list[DecompteRecorded] = []
    for index, payeur in enumerate(payeurs):
        lignes = draw(st.lists(lignes_of_payeur(payeur, origines), min_size=1, max_size=3))
        recorded.append(
            decompte(
                payeur,
                *lignes,
                reference=f"D-{index}",
                rang=draw(st.integers(1, 3)),
                date_paiement=draw(st.sampled_from(DATES)),
                sinistre=draw(st.sampled_from(("SIN-1", "SIN-2"))) if payeur is Payeur.RECOURS_TIERS else None,
            )
        )
    events += recorded
    regularised = draw(st.lists(st.sampled_from(recorded), max_size=2, unique_by=lambda event: event.faits.reference))
    events += [regularisation(event, reference=f"R-{event.faits.reference}") for event in regularised]
    # Never two of one décompte: the journal does not take the second.
    never_coming = decompte(Payeur.SMI, reference="D-98")
    withdrawn = draw(
        st.lists(st.sampled_from([*planned, never_coming]), max_size=3, unique_by=lambda event: event.faits.reference)
    )
    events += [annulation(event, reference=f"A-{index}") for index, event in enumerate(withdrawn)]
    if draw(st.booleans()):
        events.append(adherent(reference="AD-1"))
    return draw(st.permutations(events))
