"""The OpenAPI document: what FastAPI derives from the routes, the schema of the feed, and French words."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from commands.intake.schema import MESSAGE_BY_TYPE
from infra.http import examples
from infra.http.answers import ANSWERS
from infra.http.answers_audit import ANSWERS as ANSWERS_OF_AUDIT
from infra.http.answers_donnees import ANSWERS as ANSWERS_OF_DONNEES
from infra.http.answers_figures import ANSWERS as ANSWERS_OF_FIGURES
from infra.http.answers_preuve import ANSWERS as ANSWERS_OF_PREUVE
from infra.http.answers_recours import ANSWERS as ANSWERS_OF_RECOURS
from infra.http.corps_recours import BODIES
from infra.http.demandes import DEMANDES
from infra.http.problems import KINDS, MEDIA_TYPE, PROBLEM_SCHEMA, TITLE_OF_REFUSAL, TYPE_PREFIX
from infra.http.words import DESCRIPTION_OF_SCHEMA
from infra.recours.bordereaux import CSV_TYPE, XLSX_TYPE
from ledger import errors

Json = dict[str, Any]
Responses = dict[int | str, Json]

REFUSALS: Mapping[int, Sequence[str]] = {
    409: ["decompte_en_conflit", "annulation_incoherente"],
    422: [code for code in TITLE_OF_REFUSAL if code not in ("decompte_en_conflit", "annulation_incoherente")],
}
_ANSWERS = (ANSWERS, ANSWERS_OF_RECOURS, ANSWERS_OF_AUDIT, ANSWERS_OF_FIGURES, ANSWERS_OF_PREUVE, ANSWERS_OF_DONNEES)
_TRACE_EXAMPLE = "4bf92f3577b34da6a3ce929d0e0e4736"
_DETAIL_OF_REFUSAL = {
    kind.code: kind.detail
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.Refusal) and hasattr(kind, "code")
}
_REF = "#/components/schemas/{name}"
CHOIX_NOTIFICATIONS: Json = {
    "type": "object",
    "properties": {"frequence": {"$ref": _REF.format(name="Frequence")}},
    "required": ["frequence"],
    "additionalProperties": False,
}
"""The body of a choice, which FastAPI does not read itself."""

_OPTIONAL = {"MessagePris": ("annule",)}
"""Fields of answers that are left out when they say nothing."""


def json_response(description: str, model: Any, *, headers: Mapping[str, tuple[str, Json]] | None = None) -> Json:
    """A documented answer: its model, and its headers (what they say, their schema). Examples come by operation."""
    return {"description": description, "model": model, **_documented(headers)}


def file_response(
    description: str, media_type: str, schema: Json, *, headers: Mapping[str, tuple[str, Json]] | None = None
) -> Json:
    """A documented answer that is a file of this kind. Its example comes by operation too."""
    return {"description": description, "content": {media_type: {"schema": schema}}, **_documented(headers)}


def _documented(headers: Mapping[str, tuple[str, Json]] | None) -> Json:
    if not headers:
        return {}
    return {"headers": {name: {"description": said, "schema": schema} for name, (said, schema) in headers.items()}}


def problems(*codes: str) -> Responses:
    """The documented answers for these problems, by status. Give all those of one status together."""
    by_status: dict[int, list[str]] = {}
    if "role_interdit" in codes:
        # Where a role is asked for, a person of the house has proved her second factor first.
        codes = tuple(dict.fromkeys((*codes, "second_facteur_requis")))
    for code in codes:
        by_status.setdefault(KINDS[code].status, []).append(code)
    responses: Responses = {}
    for status, same in by_status.items():
        responses[status] = _problem_response(" ; ".join(KINDS[code].title for code in same) + ".", status, same)
        if status == 401:
            responses[status]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
        if any(KINDS[code].retry_after_seconds for code in same):
            responses[status]["headers"] = {
                "Retry-After": {"description": "En secondes.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
            }
    return responses


def refusals(description: str, codes: Sequence[str]) -> Json:
    """The documented answer for messages that are refused with one status."""
    return _problem_response(description, 409 if codes == REFUSALS[409] else 422, codes)


def _problem_response(description: str, status: int, codes: Sequence[str]) -> Json:
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": list(codes)}}}
    return {
        "description": description,
        "content": {
            MEDIA_TYPE: {
                "schema": {"allOf": [{"$ref": _REF.format(name="Probleme")}, narrowed]},
                "examples": {code: {"value": _problem_example(code, status)} for code in codes},
            }
        },
    }


def _problem_example(code: str, status: int) -> Json:
    kind = KINDS.get(code)
    example: Json = {
        "type": TYPE_PREFIX + code,
        "title": kind.title if kind else TITLE_OF_REFUSAL[code],
        "status": status,
        "detail": kind.detail if kind else _DETAIL_OF_REFUSAL[code],
        "code": code,
        "trace_id": _TRACE_EXAMPLE,
    }
    if code == "message_invalide":
        example["erreurs"] = examples.ERREURS
    if code == "requete_invalide":
        example["erreurs"] = [{"chemin": "/query/annee", "message": "entier attendu"}]
    if code == "decompte_en_conflit":
        example["differences"] = examples.DIFFERENCES
    if kind is None:
        example["quarantaine"] = examples.QUARANTAINE_ID
    return example


def message_body(*, is_required: bool) -> Json:
    """The documentation of a body that is one message, which FastAPI does not read itself."""
    return {
        "requestBody": {
            "required": is_required,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [{"$ref": _REF.format(name=kind.__name__)} for kind in MESSAGE_BY_TYPE.values()],
                        "discriminator": {
                            "propertyName": "type",
                            "mapping": {
                                name: _REF.format(name=kind.__name__) for name, kind in MESSAGE_BY_TYPE.items()
                            },
                        },
                    },
                    "examples": {name: {"value": value} for name, value in examples.MESSAGES.items()},
                }
            },
        }
    }


def feed_body() -> Json:
    """The documentation of a body that is many messages."""
    lines = [msgspec.json.encode(message).decode() for message in examples.MESSAGES.values()]
    return {
        "requestBody": {
            "required": False,
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "Un message du flux par ligne."},
                    "examples": {"flux": {"value": "\n".join([*lines, "", '{"type": "dec'])}},
                }
            },
        }
    }


def json_body(shapes: Sequence[Any], shown: Mapping[str, Json], *, discriminator: str | None = None) -> Json:
    """The documentation of a body that is one of these shapes, which FastAPI does not read itself."""
    references = [{"$ref": _REF.format(name=shape.__name__)} for shape in shapes]
    schema: Json = references[0] if len(references) == 1 else {"oneOf": references}
    if discriminator is not None:
        mapping = {shape.__struct_config__.tag: _REF.format(name=shape.__name__) for shape in shapes}
        schema["discriminator"] = {"propertyName": discriminator, "mapping": mapping}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schema,
                    "examples": {name: {"value": value} for name, value in shown.items()},
                }
            },
        }
    }


def bordereau_body(csv: str) -> Json:
    """The documentation of a body that is a bordereau, as CSV or as a workbook."""
    workbook = {"type": "string", "description": "Un classeur XLSX : sa première feuille, les mêmes colonnes."}
    return {
        "requestBody": {
            "required": True,
            "content": {
                CSV_TYPE: {
                    "schema": {"type": "string", "description": "CSV, `;` entre les colonnes, UTF-8."},
                    "examples": {"bordereau": {"value": csv}},
                },
                XLSX_TYPE: {"schema": workbook, "examples": {"classeur": {"value": "PK"}}},
            },
        }
    }


def openapi_document(app: FastAPI) -> Json:
    """The whole document."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    answers: Json = document["components"]["schemas"]
    for name, schema in answers.items():
        _require_all(schema, except_=_OPTIONAL.get(name, ()))
    of_messages = [*MESSAGE_BY_TYPE.values(), *BODIES]
    _, messages = msgspec.json.schema_components(of_messages, ref_template=_REF)
    _, demandes = msgspec.json.schema_components(DEMANDES, ref_template=_REF)
    schemas = {**messages, **demandes, **answers, "ChoixNotifications": CHOIX_NOTIFICATIONS, "Probleme": PROBLEM_SCHEMA}
    for name, schema in schemas.items():
        _tidy(schema)
        schema["description"] = DESCRIPTION_OF_SCHEMA[name]
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for path in document["paths"].values():
        for operation in path.values():
            _complete(operation)
    return document


def _complete(operation: Json) -> None:
    """Give an operation its examples, which FastAPI would strip of their nulls, and plain parameters."""
    for status, response in operation["responses"].items():
        key = (operation["operationId"], int(status))
        shown = next((answers[key] for answers in _ANSWERS if key in answers), None)
        if shown is not None:
            [content] = response["content"].values()
            content["examples"] = {name: {"value": value} for name, value in shown.items()}
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        schema.pop("description", None)
        # An optional parameter is left out; it is never null.
        for alternative in schema.pop("anyOf", ()):
            if alternative != {"type": "null"}:
                schema.update(alternative)
        _tidy(schema)


def _require_all(schema: Json, *, except_: Sequence[str]) -> None:
    """An answer has all its fields, whatever their defaults, but for the exceptions."""
    for described in schema.get("properties", {}).values():
        described.pop("default", None)
    if "properties" in schema:
        schema["required"] = [name for name in schema["properties"] if name not in except_]


def _tidy(node: Any) -> None:
    """Drop generated titles, and say patterns as JSON Schema reads them.

    Our patterns end in `$(?!\\n)`, because Python's `$` lets a newline through; that of JSON Schema does not.
    """
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        if isinstance(node.get("pattern"), str):
            node["pattern"] = node["pattern"].removesuffix("(?!\\n)")
        for value in node.values():
            _tidy(value)
    elif isinstance(node, list):
        for value in node:
            _tidy(value)
