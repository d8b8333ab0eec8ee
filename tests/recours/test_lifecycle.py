"""What may follow what in the life of a sinistre; each step says who, when and why."""

from collections.abc import Callable
from datetime import date

import pytest

from ledger.recours.errors import RecoursRefusal
from ledger.recours.partage import Charge
from ledger.sinistre import decision
from ledger.sinistre.decision import Etape
from ledger.sinistre.errors import (
    AucunSoin,
    CreanceAbsente,
    CreanceInchangee,
    EncaissementDejaRetire,
    EncaissementInconnu,
    EtapeInvalide,
    PaiementDejaEncaisse,
    SinistreFerme,
    SoinInconnu,
    SoinNonRattache,
    TransitionRefusee,
)
from ledger.sinistre.etats import Circonstance, EtatSinistre, OrigineSinistre
from ledger.sinistre.events import (
    SinistreDeclareFaits,
    SinistreDeclarePersonnel,
    SinistreEvent,
)
from ledger.sinistre.sinistre import Sinistre, fold

ETAPE = Etape(acteur="jeton:1", le=date(2026, 6, 1), motif="parce que")
SANS_MOTIF = Etape(acteur="jeton:1", le=date(2026, 6, 1))
CHARGES = (Charge(soin="S-1", victime=60_000, regime_obligatoire=760_000, smi=180_000),)
KNOWN = frozenset({"S-1", "S-2"})


class Life:
    """A sinistre, as the events so far make it."""

    def __init__(self) -> None:
        faits = SinistreDeclareFaits(
            sinistre="SIN-1",
            acteur="jeton:1",
            date=date(2026, 4, 1),
            origine=OrigineSinistre.ADHERENT,
            beneficiaire="01",
            date_accident=date(2026, 3, 9),
        )
        personnel = SinistreDeclarePersonnel(numero_adherent="00412345", circonstance=Circonstance.CIRCULATION)
        self.events: list[SinistreEvent] = [decision.declare(faits, personnel)]

    @property
    def sinistre(self) -> Sinistre:
        sinistre = fold(self.events)
        assert sinistre is not None
        return sinistre

    def then(self, *steps: Callable[[Sinistre], object]) -> "Life":
        for step in steps:
            decided = step(self.sinistre)
            if isinstance(decided, decision.Recouvrement):
                named = ("smi-recours", f"SIN-1-V{decided.ventilation.numero}")
                self.events += [*decided.evenements, decision.recorded(decided.ventilation, *named)]
            elif decided is not None:
                assert isinstance(decided, SinistreEvent)
                self.events.append(decided)
        return self

    @property
    def etat(self) -> EtatSinistre:
        return self.sinistre.etat


def listed(s: Sinistre) -> object:
    return decision.list_sinistre(s, ETAPE)


def opened(s: Sinistre) -> object:
    return decision.open_sinistre(s, ETAPE)


def attached(s: Sinistre) -> object:
    return decision.attach(s, ["S-1"], ETAPE, known=KNOWN)


def detached(s: Sinistre) -> object:
    return decision.detach(s, ["S-1"], ETAPE)


def stated(s: Sinistre) -> object:
    return decision.state_creance(s, CHARGES, ETAPE, au=7)


def claimed(s: Sinistre) -> object:
    return decision.claim(s, ETAPE)


def agreed(s: Sinistre) -> object:
    return decision.agree(s, 5_000, ETAPE)


def contested(s: Sinistre) -> object:
    return decision.contest(s, ETAPE)


def received(s: Sinistre) -> object:
    return decision.receive(s, 100_000, ETAPE, reference_paiement=None, ailleurs={})


def taken_back(s: Sinistre) -> object:
    return decision.take_back(s, 1, ETAPE, ailleurs={})


def closed(s: Sinistre) -> object:
    return decision.close(s, ETAPE)


def dropped(s: Sinistre) -> object:
    return decision.drop(s, ETAPE)


def reopened(s: Sinistre) -> object:
    return decision.reopen(s, ETAPE)


WAY = [listed, opened, attached, stated, claimed, agreed, received, closed]
ETATS = [
    EtatSinistre.RECENSE,
    EtatSinistre.OUVERT,
    EtatSinistre.SOINS_RATTACHES,
    EtatSinistre.CREANCE_ETABLIE,
    EtatSinistre.RECLAME,
    EtatSinistre.ACCORD,
    EtatSinistre.VENTILE,
    EtatSinistre.CLOTURE,
]
STEPS = {*WAY, detached, contested, taken_back, dropped, reopened}

_CLAIM = {stated, claimed, received, attached, detached, dropped}
ALLOWED: dict[int, set[Callable[[Sinistre], object]]] = {
    0: {listed, dropped},
    1: {opened, dropped},
    2: {attached, dropped},
    3: {attached, detached, stated, dropped},
    4: _CLAIM - {stated},
    5: _CLAIM - {stated} | {agreed, contested},
    6: _CLAIM - {stated} | {agreed, contested},
    7: _CLAIM - {stated, dropped} | {agreed, contested, taken_back, closed},
    8: {reopened},
}
"""After how many steps of the way, what may follow. `stated` again would say nothing new."""


def test_the_way_from_the_declaration_to_the_end() -> None:
    life = Life()
    assert life.etat is EtatSinistre.SIGNALE
    for step, etat in zip(WAY, ETATS, strict=True):
        assert life.then(step).etat is etat
    assert life.then(reopened).etat is EtatSinistre.VENTILE


@pytest.mark.parametrize("steps", range(len(WAY) + 1))
def test_every_other_transition_is_refused_with_its_code(steps: int) -> None:
    sinistre = Life().then(*WAY[:steps]).sinistre
    allowed = set()
    for step in STEPS:
        try:
            step(sinistre)
            allowed.add(step)
        except RecoursRefusal as refusal:
            assert refusal.code  # noqa: PT017
            assert str(refusal)  # noqa: PT017
    assert allowed == ALLOWED[steps]


def test_a_step_says_who_when_and_why() -> None:
    event = Life().then(listed).events[-1]
    assert (event.faits.acteur, event.faits.date) == ("jeton:1", date(2026, 6, 1))
    assert event.personnel is not None
    assert event.personnel.motif == "parce que"


def test_a_declaration_of_tomorrow_is_refused() -> None:
    faits = SinistreDeclareFaits(
        sinistre="SIN-1",
        acteur="jeton:1",
        date=date(2026, 4, 1),
        origine=OrigineSinistre.ADHERENT,
        beneficiaire="01",
        date_accident=date(2026, 4, 2),
    )
    with pytest.raises(EtapeInvalide):
        decision.declare(faits, SinistreDeclarePersonnel(numero_adherent="00412345", circonstance=Circonstance.AUTRE))


def test_only_known_soins_are_attached_and_only_attached_ones_detached() -> None:
    sinistre = Life().then(listed, opened).sinistre
    with pytest.raises(SoinInconnu) as unknown:
        decision.attach(sinistre, ["S-1", "S-9"], ETAPE, known=KNOWN)
    assert unknown.value.soins == ["S-9"]
    life = Life().then(listed, opened, attached)
    assert decision.attach(life.sinistre, ["S-1"], ETAPE, known=KNOWN) is None
    with pytest.raises(SoinNonRattache):
        decision.detach(life.sinistre, ["S-2"], ETAPE)
    assert life.then(detached).etat is EtatSinistre.OUVERT


def test_a_creance_needs_soins_and_something_new() -> None:
    with pytest.raises(AucunSoin):
        decision.state_creance(Life().then(listed, opened).sinistre, (), ETAPE, au=1)
    life = Life().then(listed, opened, attached, stated)
    with pytest.raises(CreanceInchangee):
        decision.state_creance(life.sinistre, CHARGES, ETAPE, au=9)
    corrected = (Charge(soin="S-1", victime=60_000, regime_obligatoire=700_000, smi=180_000),)
    life.then(claimed, lambda s: decision.state_creance(s, corrected, ETAPE, au=9))
    assert [c.numero for c in life.sinistre.creances] == [1, 2]
    assert life.etat is EtatSinistre.RECLAME


def test_nothing_is_claimed_agreed_or_received_without_a_creance() -> None:
    sinistre = Life().then(listed, opened, attached).sinistre
    for step in (claimed, agreed, received):
        with pytest.raises(CreanceAbsente):
            step(sinistre)


@pytest.mark.parametrize("pb", [0, -1, 10_001])
def test_a_share_of_responsibility_is_within_its_bounds(pb: int) -> None:
    with pytest.raises(EtapeInvalide):
        decision.agree(Life().then(*WAY[:5]).sinistre, pb, ETAPE)


@pytest.mark.parametrize("montant", [0, -1, 10**11 + 1])
def test_a_receipt_is_above_nothing(montant: int) -> None:
    with pytest.raises(EtapeInvalide):
        decision.receive(Life().then(*WAY[:5]).sinistre, montant, ETAPE, reference_paiement=None, ailleurs={})


def test_one_payment_is_booked_once_until_it_is_taken_back() -> None:
    def paid(s: Sinistre) -> object:
        return decision.receive(s, 100, ETAPE, reference_paiement="VIR-1", ailleurs={})

    life = Life().then(*WAY[:6], paid)
    with pytest.raises(PaiementDejaEncaisse):
        paid(life.sinistre)
    assert life.then(taken_back, paid).sinistre.recu_centimes == 100


def test_a_receipt_taken_back_leaves_what_was_there_before() -> None:
    life = Life().then(*WAY[:7], taken_back)
    assert life.etat is EtatSinistre.ACCORD
    assert life.sinistre.recu_centimes == 0
    assert set(life.sinistre.partage.values()) == {0}
    with pytest.raises(EncaissementDejaRetire):
        taken_back(life.sinistre)
    with pytest.raises(EncaissementInconnu):
        decision.take_back(life.sinistre, 2, ETAPE, ailleurs={})


def test_what_was_received_is_shared_anew_after_a_correction_and_only_then() -> None:
    life = Life().then(*WAY[:7])
    assert decision.share_anew(life.sinistre, ETAPE, ailleurs={}) is None
    corrected = (Charge(soin="S-1", victime=60_000, regime_obligatoire=0, smi=180_000),)
    life.then(lambda s: decision.state_creance(s, corrected, ETAPE, au=9))
    life.then(lambda s: decision.share_anew(s, ETAPE, ailleurs={}))
    last = life.events[-1].faits
    assert sum(part.montant for part in last.parts) == 0  # type: ignore[attr-defined]
    assert sum(life.sinistre.partage.values()) == 100_000
    with pytest.raises(TransitionRefusee):
        decision.share_anew(Life().then(*WAY[:6]).sinistre, ETAPE, ailleurs={})


def test_dropping_and_reopening_say_why() -> None:
    with pytest.raises(EtapeInvalide):
        decision.drop(Life().sinistre, SANS_MOTIF)
    life = Life().then(dropped)
    with pytest.raises(EtapeInvalide):
        decision.reopen(life.sinistre, SANS_MOTIF)
    with pytest.raises(SinistreFerme):
        listed(life.sinistre)
    assert life.then(reopened).etat is EtatSinistre.SIGNALE
