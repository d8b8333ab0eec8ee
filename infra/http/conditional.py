"""Answers that a client may keep and ask again about: a strong ETag over the body, and 304.

Finished documents come in two codings, as they are and compressed by gzip, each with its own tag. What their answers
look like is said here once, for the direct way (`hot`) and for the routes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.reads.documents import Document, finished, plain

CACHE_CONTROL = "private, no-cache"
_GZIP_TAG = b"-gzip"
_encode = msgspec.json.Encoder().encode

RawHeaders = list[tuple[bytes, bytes]]

_DOCUMENT_HEADERS: RawHeaders = [
    (b"cache-control", CACHE_CONTROL.encode()),
    (b"vary", b"Authorization, Accept-Encoding"),
]
_JSON: RawHeaders = [(b"content-type", b"application/json")]
_GZIP_JSON: RawHeaders = [*_JSON, (b"content-encoding", b"gzip")]


class DocumentAnswer(NamedTuple):
    """What to send of a document, all but what every answer of the service carries."""

    status: int
    headers: RawHeaders
    body: bytes


def answer(
    request: Request, view: Any, *, projected: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A view as JSON, or 304 when the client has these very bytes. `projected`: how far what answered has read."""
    return answer_bytes(request, _encode(view), "application/json", projected=projected, headers=headers)


def answer_bytes(
    request: Request,
    content: bytes,
    media_type: str,
    *,
    projected: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A body of any kind, or 304 when the client has these very bytes."""
    etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    given = {"ETag": etag, "Cache-Control": CACHE_CONTROL, "Vary": "Authorization", **(headers or {})}
    if projected is not None:
        given["Ledger-Position"] = str(projected)
    if is_known(etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=given)
    return Response(content, headers=given, media_type=media_type)


def document_of(view: Any) -> Document:
    """The finished document of a view."""
    return finished(_encode(view))


def answer_document(request: Request, document: Document, *, projected: int) -> Response:
    """A document as `document_answer` says."""
    given = document_answer(
        document,
        projected=str(projected).encode(),
        accept_encoding=",".join(request.headers.getlist("accept-encoding")),
        if_none_match=request.headers.getlist("if-none-match"),
    )
    response = Response(given.body, given.status)
    response.raw_headers = given.headers
    return response


def document_answer(
    document: Document, *, projected: bytes, accept_encoding: str, if_none_match: Sequence[str]
) -> DocumentAnswer:
    """A document in the coding that the client takes, or 304 when it has these very bytes."""
    is_gzip = accepts_gzip(accept_encoding)
    etag = b'"%b%b"' % (document.empreinte, _GZIP_TAG if is_gzip else b"")
    headers = [*_DOCUMENT_HEADERS, (b"etag", etag), (b"ledger-position", projected)]
    if if_none_match and is_known(etag.decode(), if_none_match):
        return DocumentAnswer(304, headers, b"")
    body = document.compressed if is_gzip else plain(document)
    headers += _GZIP_JSON if is_gzip else _JSON
    headers.append((b"content-length", b"%d" % len(body)))
    return DocumentAnswer(200, headers, body)


def is_known(etag: str, if_none_match: Sequence[str]) -> bool:
    """Whether If-None-Match names this tag, by the weak comparison that RFC 9110 asks for there."""
    named = [tag.strip() for line in if_none_match for tag in line.split(",")]
    return "*" in named or any(tag.removeprefix("W/") == etag for tag in named)


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client that sent this Accept-Encoding takes gzip, and no less than the bytes as they are."""
    weights = dict(_weighted(coding) for coding in accept_encoding.split(","))
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weighted(coding: str) -> tuple[str, float]:
    """A coding with its weight; one that is no number counts as « not wanted »."""
    name, _, parameters = coding.partition(";")
    weight = parameters.strip().lower().removeprefix("q=") if parameters else "1"
    try:
        return name.strip().lower(), float(weight)
    except ValueError:
        return name.strip().lower(), 0.0
