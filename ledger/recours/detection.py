"""Soins whose pattern looks like an accident: proposed to a person, never attached by the machine *(project)*.

The sign is a stay in hospital with surgery, then within weeks what follows a trauma: imaging, a doctor, a series of
physiotherapy. Each sign alone is ordinary; several together, for one person, are worth a look.
How good it is on the sample's labelled accidents is in docs/recours.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.payeurs import Categorie

APRES_JOURS = 90
"""How long after the stay its aftercare is looked for, in days."""

IMAGERIE_JOURS = 21
"""How long after the end of the stay an image is a check of it, in days."""

VISITE_JOURS = 4
"""How far from the image a consultation belongs to it, in days."""

SEANCES_MIN = 4
"""How many sessions of an auxiliaire make a rehabilitation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoinVu:
    """What the detection looks at in a soin."""

    soin: str
    beneficiaire: str
    date_soin: date
    categorie: Categorie
    acte: str | None
    libelle: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposition:
    """Soins of one beneficiary that look like an accident of that day, and why."""

    beneficiaire: str
    date_accident: date
    soins: tuple[str, ...]
    raisons: tuple[str, ...]


def propose(soins: Iterable[SoinVu]) -> list[Proposition]:
    """The accidents that these soins look like, the oldest first. Soins that a sinistre holds are not to be given."""
    by_person: dict[str, list[SoinVu]] = {}
    for soin in soins:
        by_person.setdefault(soin.beneficiaire, []).append(soin)
    found = [p for own in by_person.values() for p in _of_person(own)]
    return sorted(found, key=lambda p: (p.date_accident, p.beneficiaire))


def _of_person(soins: list[SoinVu]) -> list[Proposition]:
    ordered = sorted(soins, key=lambda s: (s.date_soin, s.soin))
    hospital = [s for s in ordered if s.categorie is Categorie.HOSPITALISATION]
    found = []
    taken: set[str] = set()
    for stay in _stays(hospital):
        if not any(_is_surgery(s) for s in stay) or taken & {s.soin for s in stay}:
            continue
        first, last = stay[0].date_soin, stay[-1].date_soin
        after = [s for s in ordered if first <= s.date_soin <= last + timedelta(days=APRES_JOURS)]
        images = [
            s
            for s in after
            if s.categorie is Categorie.ANALYSES_IMAGERIE
            and _is_image(s)
            and s.date_soin <= last + timedelta(days=IMAGERIE_JOURS)
        ]
        seances = [s for s in after if s.categorie is Categorie.AUXILIAIRES and s.acte == "AMS"]
        if not images or len(seances) < SEANCES_MIN:
            continue
        visits = [
            s
            for s in after
            if s.categorie is Categorie.CONSULTATIONS and abs((s.date_soin - images[0].date_soin).days) <= VISITE_JOURS
        ]
        group = [*stay, *visits, *images, *seances]
        taken |= {s.soin for s in group}
        found.append(
            Proposition(
                beneficiaire=stay[0].beneficiaire,
                date_accident=first,
                soins=tuple(dict.fromkeys(s.soin for s in group)),
                raisons=("sejour_avec_chirurgie", "imagerie_de_controle", "reeducation"),
            )
        )
    return found


def _stays(hospital: list[SoinVu]) -> list[list[SoinVu]]:
    """Hospital soins of the same days together."""
    stays: list[list[SoinVu]] = []
    for soin in hospital:
        if stays and (soin.date_soin - stays[-1][-1].date_soin).days <= 1:
            stays[-1].append(soin)
        else:
            stays.append([soin])
    return stays


def _is_surgery(soin: SoinVu) -> bool:
    return soin.acte == "ADC" or "chirurgi" in (soin.libelle or "").lower()


def _is_image(soin: SoinVu) -> bool:
    return (soin.acte or "").startswith("ADI")
