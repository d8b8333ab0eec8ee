"""Every closed list has its French words, each of its own."""

from enum import StrEnum
from typing import Any

import pytest

from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat
from readmodels.renderings import labels_fr
from readmodels.renderings.tableau import SPLIT

LISTS: list[tuple[type[StrEnum], dict[Any, str]]] = [
    (Payeur, labels_fr.PAYEUR),
    (Categorie, labels_fr.CATEGORIE),
    (Nature, labels_fr.NATURE),
    (Destinataire, labels_fr.DESTINATAIRE),
    (PourCompteDe, labels_fr.POUR_COMPTE_DE),
    (Etat, labels_fr.ETAT),
    (Anomalie, labels_fr.ANOMALIE),
]


@pytest.mark.parametrize(("values", "labels"), LISTS)
def test_every_value_has_words_of_its_own(values: type[StrEnum], labels: dict[Any, str]) -> None:
    assert set(labels) == set(values)
    assert len(set(labels.values())) == len(labels)
    assert not any("_" in label for label in labels.values())


def test_every_column_of_a_split_has_a_title_and_a_plain_explanation() -> None:
    assert set(SPLIT) <= set(labels_fr.COLONNES)
    assert set(labels_fr.COLONNES) <= set(labels_fr.AIDE_COLONNES)
