"""From events to the rows that statements are read from: one for one, and nothing decided."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from ledger.annulation.events import AnnulationRecorded
from ledger.decompte.events import DecompteRecorded, LigneFaits
from ledger.events import Event, Facts
from ledger.payeurs import Payeur
from ledger.registry import REGISTRY
from ledger.sinistre.events import (
    EtapeFaits,
    EtapePersonnelle,
    RattachementFaits,
    SinistreOpened,
    SoinFreed,
    SoinTaken,
)
from projections.dossiers import (
    AdherentRow,
    AnnulationRow,
    DecompteRow,
    Recorded,
    RecoursRow,
    UnprojectableEvent,
    project,
    rows_of,
    seen,
)
from tests.support.examples import (
    adherent,
    annulation,
    autre,
    cancelled,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    ro,
    smi,
)
from tests.support.given import recorded_at

SUJET = UUID("0b0f1f2e-3d4c-4b5a-8697-a8b9cadbecfd")
STREAM = UUID("7e57d004-2b97-5e7a-b45f-5387367791cd")
SCELLE = b"sealed"
EXAMPLES = Path(__file__).parents[1] / "ledger" / "examples"
ROWS = {
    "decompte.cancelled": 0,
    "soin.taken": 0,
    "soin.freed": 0,
    "adherent.erased": 0,
    "decompte.recours_tiers.recorded": 2,
}
"""How many rows an event gives, where it is not one."""


def recorded(event: Event, **changes: Any) -> Recorded:
    """An event as the projection sees it: its personal part is still sealed."""
    plain: dict[str, Any] = {
        "position": 7,
        "recorded_at": recorded_at(7),
        "topic": event.topic,
        "version": event.version,
        "stream": STREAM.bytes,
        "sujet": SUJET.bytes,
        "faits": seen(event.topic, event.faits),
        "scelle": SCELLE if event.personnel is not None else None,
    }
    return Recorded(**plain | changes)


def test_a_decompte_is_a_row_with_its_lines_and_its_seal() -> None:
    paid = ro(prestation(), participation(ligne_origine=origine(smi())), virement="VIR-1", organisme="CPAM")
    [row] = rows_of(recorded(paid))
    assert isinstance(row, DecompteRow)
    assert msgspec.json.decode(row.lignes, type=tuple[LigneFaits, ...]) == paid.faits.lignes
    assert msgspec.structs.replace(row, lignes=b"") == DecompteRow(
        sujet=SUJET.bytes,
        position=7,
        version=1,
        enregistre_at=recorded_at(7),
        emetteur="cpam-751",
        reference=paid.faits.reference,
        payeur="regime_obligatoire",
        rang=1,
        date_paiement=paid.faits.date_paiement,
        destinataire="adherent",
        total_centimes=1900,
        virement="VIR-1",
        organisme="CPAM",
        sinistre=None,
        lignes=b"",
        scelle=SCELLE,
    )


@pytest.mark.parametrize(
    ("event", "payeur"),
    [
        (ro(), Payeur.REGIME_OBLIGATOIRE),
        (smi(), Payeur.SMI),
        (autre(), Payeur.AUTRE_MUTUELLE),
        (recours(indemnite(1)), Payeur.RECOURS_TIERS),
    ],
)
def test_the_kind_of_payer_comes_from_the_topic(event: DecompteRecorded, payeur: Payeur) -> None:
    row = rows_of(recorded(event))[0]
    assert isinstance(row, DecompteRow)
    assert (row.payeur, row.sinistre) == (payeur.value, event.faits.sinistre)


def test_an_annulation_is_a_row_and_the_cancellation_that_it_brings_is_none() -> None:
    event: AnnulationRecorded = annulation(smi(reference="SMI-1"), reference="A-1")
    assert project([recorded(event), recorded(cancelled(event), position=8)]) == [
        AnnulationRow(
            sujet=SUJET.bytes,
            position=7,
            version=1,
            enregistre_at=recorded_at(7),
            emetteur="smi",
            reference="A-1",
            annule="SMI-1",
            date_annulation=event.faits.date,
            scelle=SCELLE,
        )
    ]


def test_a_registration_is_a_row() -> None:
    event = adherent()
    assert rows_of(recorded(event)) == [
        AdherentRow(
            sujet=SUJET.bytes,
            position=7,
            version=1,
            enregistre_at=recorded_at(7),
            originator_id=STREAM.bytes,
            emetteur="smi",
            date_effet=event.faits.date_effet,
            scelle=SCELLE,
        )
    ]


def test_a_batch_gives_its_rows_in_order_and_twice_gives_the_same() -> None:
    batch = [recorded(event, position=position) for position, event in enumerate([smi(), ro(), adherent()], 1)]
    rows = project(batch)
    assert [row.position for row in rows] == [1, 2, 3]
    assert project(batch) == rows
    assert project(batch[:1]) + project(batch[1:]) == rows


def test_what_is_sealed_stays_sealed() -> None:
    paid = ro()
    [row] = rows_of(recorded(paid))
    for personal in ("00412345", "Consultation", "consultations"):
        assert personal not in repr(row)


def test_the_version_of_the_sealed_part_goes_with_it() -> None:
    [row] = rows_of(recorded(ro(), version=3))
    assert row.version == 3


@pytest.mark.parametrize("topic", sorted(REGISTRY.by_topic))
def test_every_event_of_the_ledger_is_projected(topic: str) -> None:
    kind = REGISTRY.by_topic[topic]
    stored = msgspec.json.decode((EXAMPLES / f"{topic}.v{kind.version}.json").read_bytes())
    faits, personnel = (msgspec.json.encode(stored[part]) for part in ("faits", "personnel"))
    example = kind(
        faits=REGISTRY.read_facts(topic, kind.version, faits),
        personnel=REGISTRY.read_personal(topic, kind.version, personnel) if stored["personnel"] else None,
    )
    assert len(rows_of(recorded(example))) == ROWS.get(topic, 1)


class Inconnus(Facts, frozen=True, kw_only=True):
    """Facts that this projection was never told about."""


@pytest.mark.parametrize(
    "event",
    [
        recorded(ro(), faits=Inconnus()),
        recorded(ro(), topic="inconnu.recorded"),
        recorded(annulation(smi()), topic="inconnu.recorded"),
        recorded(adherent(), topic="annulation.recorded"),
        recorded(ro(), scelle=None),
    ],
    ids=["unknown facts", "unknown topic", "unknown topic of known facts", "another topic", "no personal part"],
)
def test_an_event_that_it_does_not_know_is_set_aside_by_name(event: Recorded) -> None:
    with pytest.raises(UnprojectableEvent, match=event.topic):
        rows_of(event)


def test_a_recovery_also_has_a_row_by_its_name_among_those_of_its_sinistre() -> None:
    recovery = recours(indemnite(900), sinistre="SIN-1")
    _, row = rows_of(recorded(recovery))
    assert isinstance(row, RecoursRow)
    assert (row.reference, row.evenement, row.scelle) == ("SIN-1", "decompte.recours_tiers.recorded", None)
    assert msgspec.json.decode(row.faits) == {"emetteur": "assia", "reference": recovery.faits.reference}


def test_a_step_of_a_sinistre_is_a_row_with_its_facts_and_its_seal() -> None:
    faits = EtapeFaits(sinistre="SIN-1", acteur="jeton:1", date=date(2026, 6, 1))
    event = SinistreOpened(faits=faits, personnel=EtapePersonnelle(motif="Tiers assuré."))
    [row] = rows_of(recorded(event))
    assert isinstance(row, RecoursRow)
    assert (row.reference, row.evenement, row.scelle) == ("SIN-1", "sinistre.opened", SCELLE)
    assert row.faits == msgspec.json.encode(faits)


def test_who_holds_a_soin_gives_no_row() -> None:
    for kind in (SoinTaken, SoinFreed):
        assert rows_of(recorded(kind(faits=RattachementFaits(soin="F1-1", sinistre="SIN-1")))) == []
