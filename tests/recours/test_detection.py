"""Suggested sinistres against the sample's labelled accidents: how many are found, how many are right."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

from commands.intake.parse import parse
from commands.intake.schema import DecompteMessage
from ledger.payeurs import Categorie, Nature
from ledger.recours.detection import SEANCES_MIN, SoinVu, propose
from tests.recours.sample import accidents_of, history_of, members

MEMBERS = 1_500
"""As many as are quick; figures over more are in docs/recours.md."""


@dataclass(slots=True)
class Score:
    """Accidents and soins: labelled, proposed, both."""

    accidents: list[int] = field(default_factory=lambda: [0, 0, 0])
    soins: list[int] = field(default_factory=lambda: [0, 0, 0])

    def rates(self, of: list[int]) -> tuple[float, float]:
        """(precision, recall)."""
        labelled, proposed, both = of
        return both / proposed, both / labelled


def score(count: int) -> Score:
    """Propose for so many members, knowing nothing but what feeds say of them; compare with the labels."""
    result = Score()
    for adherent in islice(members(), count):
        labels = [accident.soins for accident in accidents_of(adherent)]
        found = [frozenset(p.soins) for p in propose(seen(history_of(adherent, with_recoveries=False)))]
        right = sum(any(label & own for own in found) for label in labels)
        _add(result.accidents, len(labels), len(found), right)
        labelled, proposed = frozenset().union(*labels), frozenset().union(*found)
        _add(result.soins, len(labelled), len(proposed), len(labelled & proposed))
    return result


def seen(lines: list[bytes]) -> list[SoinVu]:
    soins: dict[str, SoinVu] = {}
    for line in lines:
        message = parse(line)
        if isinstance(message, DecompteMessage):
            for ligne in message.lignes:
                if ligne.nature is Nature.PRESTATION:
                    soins.setdefault(
                        ligne.soin,
                        SoinVu(
                            soin=ligne.soin,
                            beneficiaire=ligne.beneficiaire,
                            date_soin=ligne.date_soin,
                            categorie=Categorie(ligne.categorie),
                            acte=str(ligne.acte),
                            libelle=str(ligne.libelle),
                        ),
                    )
    return list(soins.values())


def _add(counts: list[int], *more: int) -> None:
    for index, value in enumerate(more):
        counts[index] += value


def test_labelled_accidents_are_found_and_little_else_is_proposed() -> None:
    result = score(MEMBERS)
    assert result.accidents[0] >= 25
    precision, recall = result.rates(result.accidents)
    assert precision >= 0.9
    assert recall >= 0.85
    precision, recall = result.rates(result.soins)
    assert precision >= 0.9
    assert recall >= 0.8


DAY = date(2026, 3, 10)


def vu(soin: str, after: int, categorie: Categorie, acte: str, **changes: Any) -> SoinVu:
    plain = {
        "soin": soin,
        "beneficiaire": "01",
        "date_soin": DAY + timedelta(days=after),
        "categorie": categorie,
        "acte": acte,
        "libelle": None,
    }
    return SoinVu(**plain | changes)


STAY = [
    vu("H-1", 0, Categorie.HOSPITALISATION, "GHS", libelle="Séjour en chirurgie"),
    vu("H-2", 0, Categorie.HOSPITALISATION, "ADC"),
]
IMAGE = [vu("I-1", 6, Categorie.ANALYSES_IMAGERIE, "ADI")]
SEANCES = [vu(f"K-{n}", 15 + 4 * n, Categorie.AUXILIAIRES, "AMS") for n in range(SEANCES_MIN)]


def test_a_stay_with_its_image_and_its_rehabilitation_is_proposed_with_its_reasons() -> None:
    [found] = propose([*SEANCES, *IMAGE, *STAY])
    assert found.date_accident == DAY
    assert set(found.soins) == {s.soin for s in (*STAY, *IMAGE, *SEANCES)}
    assert found.raisons == ("sejour_avec_chirurgie", "imagerie_de_controle", "reeducation")


def test_each_sign_alone_is_ordinary() -> None:
    for soins in (STAY, IMAGE, SEANCES, [*STAY, *SEANCES], [*STAY, *IMAGE], [*IMAGE, *SEANCES]):
        assert propose(soins) == []


def test_signs_of_two_people_are_not_put_together() -> None:
    other = [SoinVu(**{n: getattr(s, n) for n in s.__slots__} | {"beneficiaire": "02"}) for s in SEANCES]
    assert propose([*STAY, *IMAGE, *other]) == []
