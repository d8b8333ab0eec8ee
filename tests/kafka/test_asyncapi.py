"""The AsyncAPI page is what the types say, and what goes out by Kafka is what the page says."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jsonschema_rs import ValidationError, validator_for

from infra.journal.keyring import sealing_context
from infra.journal.mapper import State, seal
from infra.kafka.asyncapi import TRACEPARENT, payload_schema
from infra.kafka.published import message_of
from infra.kafka.rejets import REASONS
from infra.kafka.rejets import message_of as rejet_of
from tests.support.asyncapi import PAGE, written
from tests.support.ledger import adherent, annulation, decompte

EXAMPLES = sorted((Path(__file__).parents[1] / "ledger" / "examples").glob("*.v1.json"))
STREAM = bytes(16)
KEY = AESGCM(bytes(32))


def test_the_page_is_what_the_types_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "python -m tests.support.asyncapi"


def publish(topic: str, faits: Any, personnel: Any, *, has_key: bool | None) -> tuple[Any, dict[str, bytes]]:
    """The message of an event; `has_key` None withholds what is personal, False is after an erasure."""
    sujet = uuid4()
    scelle = None
    if personnel is not None:
        scelle = seal(KEY, msgspec.json.encode(personnel), sealing_context(STREAM, topic))
    state = State(1, "test", "4bf92f3577b34da6a3ce929d0e0e4736", sujet, b"", msgspec.Raw(json.dumps(faits)), scelle)
    keys = None if has_key is None else {sujet: KEY} if has_key else {}
    key, value, headers = message_of((17, 0, STREAM, topic, b""), state, keys)
    assert key == str(sujet).encode()
    return json.loads(value), dict(headers)


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.name.removesuffix(".v1.json") for path in EXAMPLES])
def test_every_kind_of_event_goes_out_as_the_page_says(example: Path) -> None:
    topic = example.name.removesuffix(".v1.json")
    stored = json.loads(example.read_text(encoding="utf-8"))
    validator = validator_for(payload_schema(topic), validate_formats=True)
    for has_key in (None, True, False):
        value, headers = publish(topic, stored["faits"], stored.get("personnel"), has_key=has_key)
        validator.validate(value)
        assert headers["position"] == b"17"
        assert re.match(TRACEPARENT, headers["traceparent"].decode())
    with pytest.raises(ValidationError):
        validator.validate(value | {"faits": {"inconnu": 1}, "topic": "autre"})


def test_every_refusal_is_announced_as_the_page_says() -> None:
    validator = validator_for(payload_schema("rejet"), validate_formats=True)
    for code in REASONS:
        row = {"topic": "t", "partition": 3, "message_offset": 7, "code": code, "quarantaine": uuid4()}
        key, value = rejet_of(row | {"refuse_at": "2026-06-30T08:15:02.113Z"})
        assert key == b"t/3/7"
        validator.validate(json.loads(value))
    assert len(REASONS) == 11


def test_what_payers_may_write_is_the_feed() -> None:
    validator = validator_for(payload_schema("feed"))
    for message in (decompte(), annulation(), adherent()):
        validator.validate(message)
        assert not validator.is_valid(message | {"type": "autre"})
