"""`/`: a page that says what this is. `/openapi.json`: what it can do."""

import hashlib

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from infra.http.conditional import is_known
from infra.http.words import SUMMARY, TITLE

router = APIRouter(include_in_schema=False)

_PAGE = f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{TITLE}</title>
</head>
<body>
<main>
<h1>{TITLE}</h1>
<p>{SUMMARY}</p>
<ul>
<li><a href="/espace">L'espace adhérent</a></li>
<li><a href="/openapi.json">La description de l'API</a> (OpenAPI)</li>
<li><a href="/v1/sante/pret">L'état du service</a></li>
<li><a href="/metrics">Les mesures</a> (Prometheus)</li>
</ul>
</main>
</body>
</html>
"""


@router.get("/")
async def read_root() -> Response:
    """The page."""
    return HTMLResponse(_PAGE, headers={"Cache-Control": "no-cache"})


@router.get("/openapi.json")
async def read_openapi(request: Request) -> Response:
    """The OpenAPI document."""
    content = msgspec.json.encode(request.app.openapi())
    etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if is_known(etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")
