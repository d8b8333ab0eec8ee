"""Answers that a client may keep and ask again about: a strong ETag over the body, and 304."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode


def answer(
    request: Request, view: Any, *, projected: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A view as JSON, or 304 when the client has these very bytes. `projected`: how far what answered has read."""
    content = _encode(view)
    etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    given = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})}
    if projected is not None:
        given["Ledger-Position"] = str(projected)
    if is_known(etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=given)
    return Response(content, headers=given, media_type="application/json")


def is_known(etag: str, if_none_match: list[str]) -> bool:
    """Whether If-None-Match names this tag, by the weak comparison that RFC 9110 asks for there."""
    named = [tag.strip() for line in if_none_match for tag in line.split(",")]
    return "*" in named or any(tag.removeprefix("W/") == etag for tag in named)
