"""The form of the numbers of the outside world, and the stream that each identity owns."""

import re
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from ledger.references import (
    NUMERO_ADHERENT,
    REFERENCE,
    Emetteur,
    Ligne,
    NumeroAdherent,
    Reference,
    stream_of_cancellation,
    stream_of_identity,
)

SUJET = UUID("0b0f1f2e-3d4c-4b5a-8697-a8b9cadbecfd")


def is_accepted(value: str, form: Any) -> bool:
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("value", ["a", "0", "Z9", "cpam-751", "SMI.2026_19-a", "a" * 64])
def test_a_reference_is_1_to_64_characters_the_first_a_letter_or_digit(value: str) -> None:
    assert re.fullmatch(REFERENCE, value)
    assert is_accepted(value, Reference)
    assert is_accepted(value, Emetteur)


@pytest.mark.parametrize(
    "value",
    ["", "-a", ".a", "_a", "a" * 65, "a b", "a/b", "é", "a\n", "a\nb", "\na", "a\r", "a ", " a", "a\0", "٣", "a:b"],
)
def test_nothing_else_is_a_reference(value: str) -> None:
    assert not re.fullmatch(REFERENCE, value)


@pytest.mark.parametrize("value", ["0", "-", "00412345", "AB-12", "A" * 20])
def test_a_member_number_is_1_to_20_capitals_digits_or_dashes(value: str) -> None:
    assert re.fullmatch(NUMERO_ADHERENT, value)
    assert is_accepted(value, NumeroAdherent)


@pytest.mark.parametrize("value", ["", "a", "A" * 21, "1 2", "1\n", "\n1", "1_2", "1.2", "É", "١"])
def test_nothing_else_is_a_member_number(value: str) -> None:
    assert not re.fullmatch(NUMERO_ADHERENT, value)


@pytest.mark.parametrize(("value", "is_one"), [("1", True), ("é" * 20, True), ("", False), ("1" * 21, False)])
def test_a_ligne_is_1_to_20_characters(value: str, *, is_one: bool) -> None:
    assert is_accepted(value, Ligne) is is_one


def test_the_stream_of_an_identity_never_changes() -> None:
    assert stream_of_identity("cpam-751", "751-2026-000471") == UUID("8cb34494-3f1d-5fe7-abec-b6f12f007ce9").bytes
    assert stream_of_cancellation("smi", "SMI-2026-19", SUJET) == UUID("f2aa142d-e348-5893-8bb3-c1ccad13c93d").bytes


def test_every_identity_has_a_stream_of_its_own() -> None:
    streams = {
        stream_of_identity("a", "b-c"),
        stream_of_identity("a-b", "c"),
        stream_of_identity("b-c", "a"),
        stream_of_identity("A", "b-c"),
        stream_of_cancellation("a", "b-c", SUJET),
        stream_of_cancellation("a", "b-c", uuid4()),
        stream_of_cancellation("a-b", "c", SUJET),
    }
    assert len(streams) == 7
