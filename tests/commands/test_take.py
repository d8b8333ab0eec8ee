"""What becomes of a message: recorded, already recorded, waiting, or kept in quarantine."""

from dataclasses import replace

import msgspec
import pytest

from commands.intake.take import Source, Statut
from ledger.decompte.events import DecompteRecorded
from tests.commands.taking import KEPT_ASIDE, RECORDED, REPEATED, code, conflict, one, taken
from tests.support.examples import (
    AUTRE_NUMERO,
    NUMERO,
    adherent,
    annulation,
    participation,
    prestation,
    recours,
    ro,
    smi,
)
from tests.support.feed import encode, feed, message_of
from tests.support.memory import PROVENANCE, MemoryLedger


def test_a_new_message_is_recorded_with_its_position(ledger: MemoryLedger) -> None:
    paid = ro(reference="R-1")
    outcome = one(ledger, paid)
    assert (outcome.statut, outcome.emetteur, outcome.reference) == (RECORDED, "cpam-751", "R-1")
    assert (outcome.position, outcome.refusal, outcome.quarantaine) == (1, None, None)
    [fact] = ledger.journal.facts
    assert fact.event == paid
    assert fact.sujet == ledger.sujets.tokens[NUMERO]
    assert ledger.journal.provenances == [PROVENANCE]


def test_each_member_has_one_subject(ledger: MemoryLedger) -> None:
    taken(ledger, ro(), smi(), ro(numero_adherent=AUTRE_NUMERO))
    first, second, other = (fact.sujet for fact in ledger.journal.facts)
    assert first == second != other


def test_a_repeat_is_a_success_that_records_nothing(ledger: MemoryLedger) -> None:
    paid = ro()
    taken(ledger, smi(), paid, smi())
    again = one(ledger, paid)
    assert (again.statut, again.position, again.is_cancelled) == (REPEATED, 2, False)
    assert ledger.journal.position() == 3
    assert ledger.quarantine.kept == []


def test_a_repeat_in_one_batch_too(ledger: MemoryLedger) -> None:
    raw = feed(ro())
    outcomes = ledger.take(raw, raw, raw)
    assert [outcome.statut for outcome in outcomes] == [RECORDED, REPEATED, REPEATED]
    assert [outcome.position for outcome in outcomes] == [1, 1, 1]


def test_another_order_of_keys_and_lines_is_a_repeat(ledger: MemoryLedger) -> None:
    paid = ro(prestation(), participation())
    message = message_of(paid)
    again = dict(reversed(message.items())) | {"lignes": message["lignes"][::-1]}
    assert [o.statut for o in ledger.take(encode(message), encode(again))] == [RECORDED, REPEATED]


def test_an_empty_list_of_beneficiaries_says_the_same_as_none(ledger: MemoryLedger) -> None:
    alone = adherent(beneficiaires=())
    assert [o.statut for o in ledger.take(feed(alone), feed(alone, beneficiaires=[]))] == [RECORDED, REPEATED]


def test_another_content_under_one_identity_is_a_conflict_that_names_the_fields(ledger: MemoryLedger) -> None:
    taken(ledger, ro(prestation(), participation(), reference="R-1"))
    other = one(ledger, ro(prestation(2000, acte="CS"), participation(), reference="R-1", rang=2))
    assert conflict(other) == ["/rang", "/total", "/lignes/0/montant", "/lignes/0/acte"]
    assert (code(other), other.position) == ("decompte_en_conflit", None)
    assert ledger.journal.position() == 1


def test_a_conflict_in_one_batch_too(ledger: MemoryLedger) -> None:
    first, second = ledger.take(feed(ro(reference="R-1")), feed(ro(reference="R-1", rang=2)))
    assert (first.statut, conflict(second)) == (RECORDED, ["/rang"])


def test_another_member_under_one_identity_is_a_conflict(ledger: MemoryLedger) -> None:
    taken(ledger, ro(reference="R-1"))
    assert conflict(one(ledger, ro(reference="R-1", numero_adherent=AUTRE_NUMERO))) == ["/numero_adherent"]


def test_nine_patients_under_one_number_are_one_recorded_and_eight_kept(ledger: MemoryLedger) -> None:
    remittance = [feed(ro(reference="LOT-9", numero_adherent=f"0000000{patient}")) for patient in range(9)]
    outcomes = ledger.take(*remittance)
    assert [outcome.statut for outcome in outcomes] == [RECORDED] + [KEPT_ASIDE] * 8
    assert [kept.rejet.raw for kept in ledger.quarantine.kept] == remittance[1:]


def test_the_types_share_one_namespace(ledger: MemoryLedger) -> None:
    taken(ledger, smi(reference="X"))
    assert conflict(one(ledger, adherent(reference="X"))) == ["/type"]
    assert conflict(one(ledger, annulation(smi(), reference="X"))) == ["/type"]
    assert conflict(one(ledger, smi(reference="X"), payeur="autre_mutuelle")) == ["/payeur"]


def test_one_reference_of_two_emetteurs_is_two_decomptes(ledger: MemoryLedger) -> None:
    assert taken(ledger, ro(reference="X"), smi(reference="X")) == [RECORDED, RECORDED]


def erase_the_only_fact(ledger: MemoryLedger) -> None:
    """As if the key of the member had been destroyed."""
    [fact] = ledger.journal.facts
    erased = msgspec.structs.replace(fact.event, personnel=None)
    ledger.journal.replace(replace(fact, read=lambda: erased))


def test_without_the_key_a_repeat_is_still_a_repeat_and_a_conflict_still_one(ledger: MemoryLedger) -> None:
    taken(ledger, ro(reference="R-1"))
    erase_the_only_fact(ledger)
    assert one(ledger, ro(reference="R-1")).statut is REPEATED
    assert conflict(one(ledger, ro(reference="R-1", rang=2))) == ["/rang"]
    # Where it differs can no longer be told, that it does can.
    assert conflict(one(ledger, ro(reference="R-1", acte="CS"))) == [""]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\xff", "encodage_invalide"),
        (b"{", "json_invalide"),
        (b" " * 262_145, "message_trop_grand"),
        (b'{"type": "x"}', "type_inconnu"),
        (feed(ro(), version=2), "version_inconnue"),
        (feed(ro(), rang=0), "message_invalide"),
        (feed(ro(), total=1), "total_incoherent"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_message_is_kept_with_its_code(ledger: MemoryLedger, raw: bytes, expected: str) -> None:
    before, bad, after = ledger.take(feed(ro()), raw, feed(smi()))
    assert (before.statut, bad.statut, after.statut) == (RECORDED, KEPT_ASIDE, RECORDED)
    [kept] = ledger.quarantine.kept
    assert (kept.rejet.raw, kept.rejet.refusal.code) == (raw, expected)
    assert (kept.rejet.origine, kept.rejet.deposant, kept.rejet.ligne) == ("test", "source:*", 2)
    assert bad.quarantaine == kept.id


def test_the_same_bytes_under_the_same_code_are_kept_once_with_a_count(ledger: MemoryLedger) -> None:
    outcomes = ledger.take(b"{", b"[", b"{") + ledger.take(b"{")
    assert [(kept.rejet.raw, kept.nombre) for kept in ledger.quarantine.kept] == [(b"{", 3), (b"[", 1)]
    assert len({outcome.quarantaine for outcome in outcomes}) == 2


def test_nobody_speaks_for_the_recoveries_that_are_shared_here(ledger: MemoryLedger) -> None:
    for event in (recours(emetteur="smi-recours"), annulation(recours(emetteur="smi-recours"))):
        [outcome] = ledger.take(feed(event))
        assert code(outcome) == "emetteur_interdit"


def test_a_source_speaks_for_its_emetteurs_only(ledger: MemoryLedger) -> None:
    source = Source(origine="test", deposant="source:smi", emetteurs=frozenset({"smi"}))
    own, other = ledger.take(feed(smi()), feed(ro()), source=source)
    assert (own.statut, code(other), other.emetteur) == (RECORDED, "emetteur_interdit", "cpam-751")
    assert ledger.take(feed(ro()), source=Source(origine="test", deposant="x", emetteurs=frozenset()))[0].refusal


def test_a_dry_run_says_what_would_become_and_records_nothing(ledger: MemoryLedger) -> None:
    known = ro(reference="R-1")
    taken(ledger, known)
    double = smi()
    raws = [
        feed(known),
        feed(ro(reference="R-1", rang=2)),
        feed(double),
        feed(double),
        feed(annulation(double)),
        feed(double),
        feed(annulation(smi(reference="LATER"))),
        feed(annulation(known, numero_adherent=AUTRE_NUMERO)),
        feed(smi(numero_adherent="NEW")),
        feed(smi(numero_adherent="NEW")),
        b"{",
    ]
    rehearsed = ledger.take(*raws, dry_run=True)
    assert ledger.journal.position() == 1
    assert list(ledger.sujets.tokens) == [NUMERO]
    assert ledger.quarantine.kept == []
    assert all(outcome.quarantaine is None for outcome in rehearsed)
    real = ledger.take(*raws)
    assert [(o.statut, code(o)) for o in rehearsed] == [(o.statut, code(o)) for o in real]
    assert {outcome.statut for outcome in real} == set(Statut)


def test_nothing_becomes_of_nothing(ledger: MemoryLedger) -> None:
    assert ledger.take() == []


def test_every_kind_of_payer_is_recorded_as_its_own_event(ledger: MemoryLedger) -> None:
    taken(ledger, ro(), smi())
    kinds = [fact.event for fact in ledger.journal.facts if isinstance(fact.event, DecompteRecorded)]
    assert [event.topic for event in kinds] == ["decompte.regime_obligatoire.recorded", "decompte.smi.recorded"]
