"""Whatever the bytes, a message or a refusal comes out; both ways of reading agree, and no value is repeated."""

import json
from typing import Any

from hypothesis import given as property_of
from hypothesis import strategies as st

from commands.intake.explain import explain
from commands.intake.parse import parse
from commands.intake.schema import Message
from ledger.decompte.events import DecompteRecorded
from ledger.errors import Malformed, MessageInvalide
from ledger.events import Event
from tests.commands.mutations import MESSAGES
from tests.support.feed import encode, message_of
from tests.support.properties import bounded, bounded_to, histories

BOM = b"\xef\xbb\xbf"


def parsed(raw: bytes) -> Message | Malformed:
    """What comes out, and nothing else may."""
    try:
        return parse(raw)
    except Malformed as refusal:
        return refusal


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)


@st.composite
def valid_messages(draw: st.DrawFn) -> dict[str, Any]:
    """Any message that must be taken, with texts as strange as JSON allows."""
    event: Event = draw(st.sampled_from(draw(histories())))
    message = message_of(event)
    if isinstance(event, DecompteRecorded):
        message |= draw(st.fixed_dictionaries({}, optional={"virement": texts, "organisme": texts}))
        for line in message["lignes"]:
            line |= draw(st.fixed_dictionaries({}, optional={"motif": texts}))
            if line["nature"] == "prestation":
                line["libelle"] = draw(texts)
    elif message["type"] == "annulation":
        message["motif"] = draw(texts)
    else:
        message |= {"nom": draw(texts), "prenom": draw(texts)}
    return message


@bounded_to(200)
@property_of(valid_messages(), st.booleans(), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_the_fast_way_and_the_slow_way_read_the_same_message(
    message: dict[str, Any], is_ascii: bool, separators: tuple[str, str]
) -> None:
    raw = json.dumps(message, ensure_ascii=is_ascii, separators=separators).encode()
    assert parse(raw) == explain(raw)


@bounded_to(200)
@property_of(valid_messages(), st.sampled_from([(",", ":"), (", ", ": ")]), st.data())
def test_a_doubled_field_is_seen_wherever_it_is_with_blanks_or_without(
    message: dict[str, Any], separators: tuple[str, str], data: st.DataObject
) -> None:
    objects = [message, *message.get("lignes", ())]
    objects += [line["ligne_origine"] for line in message.get("lignes", ()) if "ligne_origine" in line]
    target = data.draw(st.sampled_from(objects))
    name = data.draw(st.sampled_from(sorted(target)))
    # Another key of the same length in its place, then renamed in the text.
    marked = dict(target)
    target.clear()
    target.update(marked | {"§" * len(name): marked[name]})
    text = json.dumps(message, ensure_ascii=False, separators=separators)
    raw = text.replace("§" * len(name), name).encode()
    assert isinstance(parsed(raw), MessageInvalide)


@bounded_to(300)
@property_of(valid_messages(), st.data())
def test_whatever_the_bytes_a_message_or_a_refusal_comes_out(message: dict[str, Any], data: st.DataObject) -> None:
    raw = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        until = min(len(raw), at + data.draw(st.integers(0, 3)))
        raw[at:until] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"{", b"[", b"\\u0000", b"null", b"-"])
        )
        raw = raw or bytearray(b"{")
    read = parsed(bytes(raw))
    if not isinstance(read, Malformed):
        assert read == explain(bytes(raw).removeprefix(BOM))


@bounded
@property_of(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_worse(noise: bytes) -> None:
    assert isinstance(parsed(noise), Malformed)


SECRETS: list[Any] = ["zq-Secret-74513", 7451398620, 74513.9862, True, None, ["zq-Secret-74513"], {"zq": 7451398620}]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a message."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, element in items for place in [(value, key), *places(element)]]


@bounded_to(300)
@property_of(st.sampled_from(sorted(MESSAGES)), st.data())
def test_no_refusal_repeats_a_value_of_the_message(kind: str, data: st.DataObject) -> None:
    message = json.loads(json.dumps(MESSAGES[kind]))
    for container, key in data.draw(st.lists(st.sampled_from(places(message)), min_size=1, max_size=4)):
        container[key] = data.draw(st.sampled_from(SECRETS))
    refusal = parsed(encode(message))
    if not isinstance(refusal, Malformed):
        return  # `true` or a text may be right after all.
    said = [str(refusal), *(erreur.message for erreur in getattr(refusal, "erreurs", ()))]
    for word in ("zq", "Secret", "74513", "9862", "Martin", "Ada", "ada@", "00412345", "généraliste"):
        assert not any(word in sentence for sentence in said)
