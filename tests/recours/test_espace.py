"""What the pages of the member space ask of sinistres."""

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from infra.bootstrap import Services
from infra.recours.espace import ETATS, DeclarationsDeLEspace
from ledger.sinistre.etats import Circonstance
from readmodels.recours import ETATS_SUIVIS
from tests.support.ledger import decompte, take

TODAY = date(2026, 7, 1)


@dataclass(frozen=True)
class Signed:
    """Who is signed in."""

    numero: str | None = "00412345"
    beneficiaire: str | None = None
    compte: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, kw_only=True)
class Tiers:
    nom: str
    assureur: str | None = None
    contrat: str | None = None


@dataclass(frozen=True, kw_only=True)
class Declared:
    beneficiaire: str = "01"
    date_accident: date = date(2026, 3, 10)
    circonstance: Circonstance = Circonstance.ANIMAL
    lieu: str = "Lyon"
    recit: str = "Mordue par un chien."
    blessures: str = "Main"
    tiers: Tiers | None = None
    soins: tuple[str, ...] = ("F1-1",)


@dataclass(frozen=True, kw_only=True)
class Suivi:
    reference: str
    declare_le: date
    date_accident: date
    beneficiaire: str
    etat: str


class Refused(Exception):
    pass


@pytest.fixture
def espace(services: Services) -> DeclarationsDeLEspace[Suivi]:
    take(services, decompte())
    return DeclarationsDeLEspace(services.recours, today=lambda: TODAY, refuse=Refused, suivi=Suivi)


def test_a_declaration_is_recorded_once_and_followed(services: Services, espace: DeclarationsDeLEspace[Suivi]) -> None:
    first = espace.declare_sinistre(Signed(), Declared(tiers=Tiers(nom="Jean Dupont")), cle="c")
    assert espace.declare_sinistre(Signed(), Declared(tiers=Tiers(nom="Jean Dupont")), cle="c") == first
    second = espace.declare_sinistre(Signed(), Declared(beneficiaire="02"), cle="d")
    services.projection_worker().catch_up()
    followed = espace.suivi(Signed())
    assert [s.reference for s in followed] == [second, first]
    assert followed[1] == Suivi(
        reference=first, declare_le=TODAY, date_accident=date(2026, 3, 10), beneficiaire="01", etat="reçue"
    )
    assert [s.reference for s in espace.suivi(Signed(beneficiaire="02"))] == [second]
    assert espace.suivi(Signed(numero="AUTRE")) == []


def test_what_the_ledger_refuses_is_said_in_the_pages_own_words(espace: DeclarationsDeLEspace[Suivi]) -> None:
    with pytest.raises(Refused, match="avenir"):
        espace.declare_sinistre(Signed(), Declared(date_accident=date(2026, 7, 2)), cle="c")
    espace.declare_sinistre(Signed(), Declared(), cle="d")
    with pytest.raises(Refused, match="Une autre déclaration"):
        espace.declare_sinistre(Signed(), replace(Declared(), recit="Autre."), cle="d")
    with pytest.raises(Refused, match="contrat"):
        espace.declare_sinistre(Signed(beneficiaire="02"), Declared(), cle=uuid4().hex)


def test_every_state_that_a_member_follows_has_its_words() -> None:
    assert set(ETATS) == set(ETATS_SUIVIS.values())
