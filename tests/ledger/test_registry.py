"""What is recorded once is readable for ever."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from ledger.adherent.events import AdherentPersonnel, Beneficiaire
from ledger.annulation.events import AnnulationFaits, AnnulationPersonnelle
from ledger.decompte.events import (
    DECOMPTE_BY_PAYEUR,
    DecompteFaits,
    DecomptePersonnel,
    LigneFaits,
    LigneOrigine,
    LignePersonnelle,
)
from ledger.events import Event, Facts, Personal, Registry, UnreadableEvent, Upcast
from ledger.payeurs import Payeur
from ledger.registry import REGISTRY

EXAMPLES = Path(__file__).parent / "examples"

PERMANENT = {
    ("adherent.erased", 1),
    ("adherent.registered", 1),
    ("annulation.recorded", 1),
    ("bordereau.ecart_resolved", 1),
    ("bordereau.ligne_classed", 1),
    ("bordereau.received", 1),
    ("decompte.autre_mutuelle.recorded", 1),
    ("decompte.cancelled", 1),
    ("decompte.recours_tiers.recorded", 1),
    ("decompte.regime_obligatoire.recorded", 1),
    ("decompte.smi.recorded", 1),
    ("sinistre.accord_reached", 1),
    ("sinistre.closed", 1),
    ("sinistre.creance_stated", 1),
    ("sinistre.declared", 1),
    ("sinistre.dropped", 1),
    ("sinistre.encaissement_recorded", 1),
    ("sinistre.encaissement_reversed", 1),
    ("sinistre.listed", 1),
    ("sinistre.opened", 1),
    ("sinistre.reclamation_contested", 1),
    ("sinistre.reclamation_sent", 1),
    ("sinistre.reopened", 1),
    ("sinistre.soins_attached", 1),
    ("sinistre.soins_detached", 1),
    ("sinistre.ventilation_recorded", 1),
    ("soin.freed", 1),
    ("soin.taken", 1),
}
"""Every topic with every version that was ever written. A line is added here, never taken away."""


def stored(topic: str, version: int) -> dict[str, Any]:
    """An event as it was stored at that version: {"faits": …, "personnel": …}."""
    example: dict[str, Any] = json.loads((EXAMPLES / f"{topic}.v{version}.json").read_bytes())
    return example


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_topics_and_versions_are_permanent() -> None:
    written = {(event.topic, v) for event in REGISTRY.by_topic.values() for v in range(1, event.version + 1)}
    assert written == PERMANENT


def test_each_kind_of_payment_has_its_topic() -> None:
    assert {payeur: event.topic for payeur, event in DECOMPTE_BY_PAYEUR.items()} == {
        Payeur.REGIME_OBLIGATOIRE: "decompte.regime_obligatoire.recorded",
        Payeur.SMI: "decompte.smi.recorded",
        Payeur.AUTRE_MUTUELLE: "decompte.autre_mutuelle.recorded",
        Payeur.RECOURS_TIERS: "decompte.recours_tiers.recorded",
    }


def test_every_topic_and_version_has_a_stored_example() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {f"{topic}.v{version}.json" for topic, version in PERMANENT}


@pytest.mark.parametrize(("topic", "version"), sorted(PERMANENT))
def test_a_stored_example_is_read(topic: str, version: int) -> None:
    example = stored(topic, version)
    event = REGISTRY.by_topic[topic]
    facts = REGISTRY.read_facts(topic, version, encode(example["faits"]))
    personal = example["personnel"] and REGISTRY.read_personal(topic, version, encode(example["personnel"]))
    assert event(faits=facts, personnel=personal).topic == topic
    # What an event of the present says is read whole and written as it was; older ones only gain.
    if version == event.version:
        assert json.loads(msgspec.json.encode(facts)) == example["faits"]
        assert json.loads(msgspec.json.encode(personal)) == example["personnel"]


def test_the_stored_examples_say_every_field_at_least_once() -> None:
    said = {key for topic, version in PERMANENT for key in _keys(stored(topic, version))}
    parts: list[type[msgspec.Struct]] = [
        DecompteFaits,
        LigneFaits,
        LigneOrigine,
        DecomptePersonnel,
        LignePersonnelle,
        AnnulationFaits,
        AnnulationPersonnelle,
        AdherentPersonnel,
        Beneficiaire,
    ]
    assert {field for part in parts for field in part.__struct_fields__} <= said


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for element in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(element)


class EssaiFaits(Facts, frozen=True, kw_only=True):
    """Version 3: the amount is in cents and says its currency."""

    montant_centimes: int
    monnaie: str


class EssaiPersonnel(Personal, frozen=True, kw_only=True):
    """Version 3: one name became two."""

    nom: str
    prenom: str


class EssaiRecorded(Event, frozen=True, kw_only=True):
    """An event that has had three shapes."""

    topic = "essai.recorded"
    version: ClassVar[int] = 3

    faits: EssaiFaits
    personnel: EssaiPersonnel | None = None


def cents(faits: dict[str, Any]) -> dict[str, Any]:
    return {"montant_centimes": faits["euros"] * 100}


def in_euros(faits: dict[str, Any]) -> dict[str, Any]:
    return faits | {"monnaie": "EUR"}


def two_names(personnel: dict[str, Any]) -> dict[str, Any]:
    prenom, nom = personnel["nom_complet"].split(" ")
    return {"nom": nom, "prenom": prenom}


UPCASTS = {
    (EssaiRecorded.topic, 1): Upcast(faits=cents),
    (EssaiRecorded.topic, 2): Upcast(faits=in_euros, personnel=two_names),
}
ESSAIS = Registry(events=(EssaiRecorded,), upcasts=UPCASTS)
STORED_FORMS: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {
    1: ({"euros": 30}, {"nom_complet": "Ada Martin"}),
    2: ({"montant_centimes": 3000}, {"nom_complet": "Ada Martin"}),
    3: ({"montant_centimes": 3000, "monnaie": "EUR"}, {"nom": "Martin", "prenom": "Ada"}),
}


@pytest.mark.parametrize("version", STORED_FORMS)
def test_every_stored_form_reads_as_the_present_one(version: int) -> None:
    faits, personnel = STORED_FORMS[version]
    assert ESSAIS.read_facts(EssaiRecorded.topic, version, encode(faits)) == EssaiFaits(
        montant_centimes=3000, monnaie="EUR"
    )
    assert ESSAIS.read_personal(EssaiRecorded.topic, version, encode(personnel)) == EssaiPersonnel(
        nom="Martin", prenom="Ada"
    )


def test_a_field_that_a_later_release_added_is_no_obstacle() -> None:
    faits = STORED_FORMS[3][0] | {"nouveau": 1}
    assert ESSAIS.read_facts(EssaiRecorded.topic, 3, encode(faits)) == EssaiFaits(montant_centimes=3000, monnaie="EUR")


@pytest.mark.parametrize("version", [4, 99, 0, -1])
def test_a_version_that_this_release_does_not_know_is_unreadable(version: int) -> None:
    with pytest.raises(UnreadableEvent, match=r"essai\.recorded"):
        ESSAIS.read_facts(EssaiRecorded.topic, version, encode(STORED_FORMS[3][0]))
    with pytest.raises(UnreadableEvent, match=r"essai\.recorded"):
        ESSAIS.read_personal(EssaiRecorded.topic, version, encode(STORED_FORMS[3][1]))


def test_an_unknown_topic_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent, match="inconnu"):
        REGISTRY.read_facts("inconnu", 1, b"{}")


BROKEN = [b"", b"{", b"null", b"[]", b"1", b"{}", b'{"euros": null}', b'{"euros": "trente"}', b'{"euros": "\xff"}']
BROKEN += [b'{"montant_centimes": 30.5, "monnaie": "EUR"}', b"[" * 100_000]


@pytest.mark.parametrize("version", STORED_FORMS)
@pytest.mark.parametrize("text", BROKEN, ids=[text[:24].decode("latin-1") for text in BROKEN])
def test_a_broken_shape_is_unreadable(version: int, text: bytes) -> None:
    with pytest.raises(UnreadableEvent, match=r"essai\.recorded"):
        ESSAIS.read_facts(EssaiRecorded.topic, version, text)


@pytest.mark.parametrize("text", [b'{"nom_complet": "Ada"}', b'{"nom_complet": 1}', b"{}"])
def test_a_broken_personal_part_is_unreadable(text: bytes) -> None:
    with pytest.raises(UnreadableEvent, match=r"essai\.recorded"):
        ESSAIS.read_personal(EssaiRecorded.topic, 1, text)


def test_an_event_without_the_way_from_every_old_version_is_refused_at_once() -> None:
    for missing in UPCASTS:
        with pytest.raises(ValueError, match=r"no upcast from version"):
            Registry(events=(EssaiRecorded,), upcasts={step: u for step, u in UPCASTS.items() if step != missing})


def test_two_events_never_share_a_topic() -> None:
    with pytest.raises(ValueError, match="share a topic"):
        Registry(events=(EssaiRecorded, EssaiRecorded), upcasts=UPCASTS)
