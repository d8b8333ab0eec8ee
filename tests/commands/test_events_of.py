"""From a message to its event and back, and what tells two contents apart."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from commands.events_of import canonical, differences, event_of, write
from commands.intake.parse import parse
from ledger.decompte.events import DecompteRecorded
from ledger.events import Event
from tests.commands.mutations import ABSENT, MESSAGES, changed
from tests.support.examples import (
    adherent,
    annulation,
    autre,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    ro,
    smi,
)
from tests.support.feed import encode, feed, message_of
from tests.support.properties import bounded, histories


def read(message: dict[str, Any]) -> Any:
    return parse(encode(message))


def content(message: dict[str, Any]) -> bytes:
    """What the keyed hash of a message is taken over."""
    parsed = read(message)
    return canonical(parsed, write(parsed))


EVENTS: list[Event] = [
    ro(prestation(motif="rappel"), participation(-200, depense=3000, ligne_origine=origine(smi()))),
    ro(virement="VIR-1", organisme="CPAM de Paris"),
    smi(depense=None, base=None, taux_pb=None),
    autre(),
    recours(indemnite(500, motif="accord partiel")),
    annulation(smi()),
    adherent(),
    adherent(email=None, telephone=None, beneficiaires=()),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.topic)
def test_a_message_becomes_the_event_that_says_the_same(event: Event) -> None:
    assert event_of(parse(feed(event))) == event


@bounded
@property_of(histories())
def test_nothing_of_a_message_is_lost_in_its_event(events: list[Event]) -> None:
    for event in events:
        assert event_of(parse(feed(event))) == event


def test_what_is_personal_is_in_the_sealed_part_only() -> None:
    event = event_of(read(MESSAGES["decompte"]))
    for personal in (b"00412345", b"Consultation", b'"G"', b"consultations"):
        assert personal not in msgspec.json.encode(event.faits)
        assert personal in msgspec.json.encode(event.personnel)
    registration = event_of(read(MESSAGES["adherent"]))
    for personal in (b"00412345", b"Martin", b"Ada", b"1980", b"2015", b"exemple.fr", b"+336"):
        assert personal not in msgspec.json.encode(registration.faits)


@bounded
@property_of(histories(), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_lines_is_no_content(events: list[Event], random: Any) -> None:
    for event in events:
        message = message_of(event)
        shuffled = {key: message[key] for key in random.sample(sorted(message), len(message))}
        if isinstance(event, DecompteRecorded):
            shuffled["lignes"] = random.sample(message["lignes"], len(message["lignes"]))
        assert content(shuffled) == content(message)
        assert differences(event, read(shuffled)) == []


OTHERS: list[tuple[str, str, Any]] = [
    ("decompte", "/payeur", "smi"),
    ("decompte", "/rang", 2),
    ("decompte", "/numero_adherent", "00999999"),
    ("decompte", "/date_paiement", "2026-03-15"),
    ("decompte", "/destinataire", "professionnel"),
    ("decompte", "/virement", "VIR-1"),
    ("decompte", "/organisme", "CPAM"),
    ("decompte", "/lignes/0/soin", "F889123-2"),
    ("decompte", "/lignes/0/beneficiaire", "02"),
    ("decompte", "/lignes/0/date_soin", "2026-03-11"),
    ("decompte", "/lignes/0/acte", "CS"),
    ("decompte", "/lignes/0/libelle", "Consultation"),
    ("decompte", "/lignes/0/categorie", "autres"),
    ("decompte", "/lignes/0/quantite", 2),
    ("decompte", "/lignes/0/depense", 3001),
    ("decompte", "/lignes/0/depense", ABSENT),
    ("decompte", "/lignes/0/depense", 0),
    ("decompte", "/lignes/0/base", ABSENT),
    ("decompte", "/lignes/0/taux_pb", 6500),
    ("decompte", "/lignes/0/motif", "rappel"),
    ("decompte", "/lignes/1/nature", "franchise"),
    ("decompte", "/lignes/1/ligne_origine", {"emetteur": "cpam-751", "reference": "R-1", "ligne": "1"}),
    ("recours", "/sinistre", "SIN-1"),
    ("recours", "/lignes/0/pour_compte_de", "victime"),
    ("annulation", "/annule", "SMI-2026-20"),
    ("annulation", "/date", "2026-04-03"),
    ("annulation", "/motif", "erreur"),
    ("annulation", "/numero_adherent", "00999999"),
    ("adherent", "/date_effet", "2026-01-02"),
    ("adherent", "/nom", "Lovelace"),
    ("adherent", "/email", ABSENT),
    ("adherent", "/beneficiaires", []),
]


@pytest.mark.parametrize(("kind", "chemin", "value"), OTHERS, ids=[f"{k}{c} {str(v)[:12]}" for k, c, v in OTHERS])
def test_another_content_names_the_field_that_differs(kind: str, chemin: str, value: Any) -> None:
    recorded, received = event_of(read(MESSAGES[kind])), read(changed(kind, chemin, value))
    assert differences(recorded, received) == [chemin]
    assert content(changed(kind, chemin, value)) != content(MESSAGES[kind])


def test_every_difference_is_named() -> None:
    message = changed("decompte", "/lignes/0/montant", 2000) | {"total": 1800, "rang": 3}
    assert differences(event_of(read(MESSAGES["decompte"])), read(message)) == [
        "/rang",
        "/total",
        "/lignes/0/montant",
    ]


def test_a_place_is_that_of_the_received_message() -> None:
    message = changed("decompte", "/lignes/0/acte", "CS")
    message["lignes"].reverse()
    assert differences(event_of(read(MESSAGES["decompte"])), read(message)) == ["/lignes/1/acte"]


def test_a_line_that_is_new_is_named_and_one_that_is_missing_is_the_list() -> None:
    one, two = deepcopy(MESSAGES["decompte"]), deepcopy(MESSAGES["decompte"])
    one |= {"lignes": one["lignes"][:1], "total": 2100}
    two["lignes"][1]["ligne"] = "3"
    assert differences(event_of(read(one)), read(MESSAGES["decompte"])) == ["/total", "/lignes/1"]
    assert differences(event_of(read(MESSAGES["decompte"])), read(one)) == ["/total", "/lignes"]
    assert differences(event_of(read(MESSAGES["decompte"])), read(two)) == ["/lignes/1", "/lignes"]


@pytest.mark.parametrize("kind", ["annulation", "adherent"])
def test_two_types_differ_by_their_type(kind: str) -> None:
    assert differences(event_of(read(MESSAGES["decompte"])), read(MESSAGES[kind])) == ["/type"]


def test_without_the_key_of_the_member_only_clear_fields_can_be_compared() -> None:
    erased = msgspec.structs.replace(event_of(read(MESSAGES["decompte"])), personnel=None)
    assert differences(erased, read(changed("decompte", "/lignes/0/acte", "CS"))) == []
    assert differences(erased, read(changed("decompte", "/rang", 2))) == ["/rang"]
