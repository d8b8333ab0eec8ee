"""The AsyncAPI document of what goes in and out by Kafka, made from the types themselves: `docs/asyncapi.yaml`.

`python -m tests.support.asyncapi` writes the page anew; a test compares them, and checks what is published against it.
"""

from typing import Any

import msgspec

from commands.intake.schema import MESSAGE_BY_TYPE
from infra.kafka.rejets import REASONS
from infra.version import __version__
from ledger.events import Event, part_of
from ledger.registry import REGISTRY

Json = dict[str, Any]
_REF = "#/components/schemas/{name}"
TRACEPARENT = "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$"


def document() -> Json:
    """The whole document, AsyncAPI 3.0."""
    events = [REGISTRY.by_topic[topic] for topic in sorted(REGISTRY.by_topic)]
    parts = [part_of(event, name) for event in events for name in ("faits", "personnel")]
    kinds = [kind for part in parts for kind in _structs(part)]
    _, schemas = msgspec.json.schema_components([*MESSAGE_BY_TYPE.values(), *dict.fromkeys(kinds)], ref_template=_REF)
    schemas |= {"Rejet": _rejet(), "EntetesJournal": _headers()}
    messages: Json = {
        "feed": {
            "title": "Un message du flux",
            "summary": "The key is `numero_adherent`; the value is one message of docs/feed.md.",
            "payload": {"oneOf": [{"$ref": _REF.format(name=kind.__name__)} for kind in MESSAGE_BY_TYPE.values()]},
        },
        "rejet": {
            "title": "Un message refusé",
            "summary": "The key is `topic/partition/offset` of the message, the same each time it is announced.",
            "payload": {"$ref": _REF.format(name="Rejet")},
        },
    }
    for event in events:
        messages[event.topic] = _event(event)
    topics = [event.topic for event in events]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Décompte, by Kafka",
            "version": __version__,
            "description": "What payers may write, and what the ledger tells others. Promises: docs/kafka.md.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "flux": _channel("decompte.flux", "Messages for the ledger.", ["feed"]),
            "journal": _channel("decompte.journal", "Every recorded event, once, in order for each key.", topics),
            "rejets": _channel("decompte.rejets", "Messages refused, without their content.", ["rejet"]),
        },
        "operations": {
            "prendre": {"action": "receive", "channel": {"$ref": "#/channels/flux"}},
            "publier": {"action": "send", "channel": {"$ref": "#/channels/journal"}},
            "annoncer": {"action": "send", "channel": {"$ref": "#/channels/rejets"}},
        },
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


def payload_schema(message: str) -> Json:
    """The JSON schema of a message's value, alone, with all that it refers to."""
    whole = document()
    components = whole["components"]
    return {**components["messages"][message]["payload"], "components": {"schemas": components["schemas"]}}


def _channel(address: str, meaning: str, names: list[str]) -> Json:
    return {
        "address": address,
        "description": meaning,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _event(event: type[Event]) -> Json:
    properties: Json = {
        "position": {"type": "integer", "minimum": 1, "description": "Its place in the journal, without gaps."},
        "topic": {"const": event.topic},
        "version": {"const": event.version},
        "enregistre_at": {"type": "string", "format": "date-time"},
        "sujet": {"type": "string", "format": "uuid", "description": "The token of the member: the key too."},
        "faits": _part(event, "faits"),
    }
    required = list(properties)
    if _structs(part_of(event, "personnel")):
        properties["personnel"] = {
            "description": "Only with DECOMPTE_KAFKA_PERSONNEL; null once the member's key is destroyed.",
            "oneOf": [_part(event, "personnel"), {"type": "null"}],
        }
    return {
        "title": event.topic,
        "summary": (event.__doc__ or "").strip().partition("\n")[0],
        "headers": {"$ref": _REF.format(name="EntetesJournal")},
        "payload": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
    }


def _part(event: type[Event], name: str) -> Json:
    [kind] = _structs(part_of(event, name))
    return {"$ref": _REF.format(name=kind.__name__)}


def _structs(part: Any) -> list[type]:
    """The classes of a part that may also be None."""
    found = part.__args__ if hasattr(part, "__args__") else (part,)
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]


def _headers() -> Json:
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "position": {**text, "pattern": "^[1-9][0-9]*$", "description": "The same as in the value."},
            "topic": text,
            "version": {**text, "pattern": "^[1-9][0-9]*$"},
            "traceparent": {**text, "pattern": TRACEPARENT, "description": "The trace that recorded the event."},
        },
        "required": ["position", "topic", "version", "traceparent"],
    }


def _rejet() -> Json:
    whole = {"type": "integer", "minimum": 0}
    return {
        "type": "object",
        "properties": {
            "code": {"enum": sorted(REASONS)},
            "raison": {"type": "string", "description": "What the code means; nothing of the message."},
            "origine": {
                "type": "object",
                "properties": {"topic": {"type": "string"}, "partition": whole, "offset": whole},
                "required": ["topic", "partition", "offset"],
                "additionalProperties": False,
            },
            "quarantaine": {"type": "string", "format": "uuid", "description": "Where the message is kept."},
            "refuse_at": {"type": "string", "format": "date-time"},
        },
        "required": ["code", "raison", "origine", "quarantaine", "refuse_at"],
        "additionalProperties": False,
    }
