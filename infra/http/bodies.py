"""Reading what a client sends: bounded in size and in time, and never parsed here."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request

from infra.http.problems import Problem

MESSAGE_BODY_BYTES_MAX = 8 * 1024 * 1024
"""The largest body of a single message. Within it the intake judges, and keeps what it refuses whole."""

DRAINED_BYTES_MAX = 8 * 1024 * 1024
"""How much beyond is still read and dropped, so that a client that is still sending gets to read the answer."""

SILENCE_SECONDS_MAX = 30.0
"""How long a client may send nothing in the middle of a body."""

_CLOSE = {"Connection": "close"}


async def read_message(request: Request) -> bytes:
    """The whole body. Raises the Problems `corps_trop_grand`, `contenu_non_gere` and `delai_depasse`."""
    refuse_compression(request)
    if _declared_bytes(request) > MESSAGE_BODY_BYTES_MAX + DRAINED_BYTES_MAX:
        raise Problem("corps_trop_grand", headers=_CLOSE)
    kept: list[bytes] = []
    size = 0
    async for chunk in chunks(request):
        size += len(chunk)
        if size <= MESSAGE_BODY_BYTES_MAX:
            kept.append(chunk)
        else:
            kept.clear()
        if size > MESSAGE_BODY_BYTES_MAX + DRAINED_BYTES_MAX:
            break
    if size > MESSAGE_BODY_BYTES_MAX:
        raise Problem("corps_trop_grand", headers=_CLOSE)
    return b"".join(kept)


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises the Problem `delai_depasse`, or ClientDisconnect."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Problem("delai_depasse", headers=_CLOSE) from None
        if chunk is None:
            return
        if chunk:
            yield chunk


def refuse_compression(request: Request) -> None:
    """What is compressed is not judged as a message. Raises the Problem `contenu_non_gere`."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Problem("contenu_non_gere", headers=_CLOSE)


def refuse_content_type(request: Request, *, admitted: frozenset[str]) -> None:
    """A type that is given must be one of these. Raises the Problem `contenu_non_gere`."""
    given = request.headers.get("content-type")
    if given is not None and given.split(";")[0].strip().lower() not in admitted:
        raise Problem("contenu_non_gere", headers=_CLOSE)


def _declared_bytes(request: Request) -> int:
    declared = request.headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 20 else 0
