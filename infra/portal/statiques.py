"""The files that pages load: read once from the package, addressed by their content, kept by browsers for ever.

The style is one file made of `static/css/*.css` in order; fonts and scripts are as they are.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from infra.http.problems import Problem

PREFIX = "/espace/statique"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"
_STYLE = "style.css"

router = APIRouter(prefix=PREFIX, include_in_schema=False)


class Fichier(NamedTuple):
    """A file as it is sent."""

    content: bytes
    media_type: str
    empreinte: str


@cache
def fichiers() -> Mapping[str, Fichier]:
    """Every static file by its name; the style names the fonts by their present address."""
    folder = files("infra.portal") / "static"
    found = {
        entry.name: _fichier(entry.name, entry.read_bytes())
        for part in ("js", "polices", "images")
        for entry in (folder / part).iterdir()
    }
    parts = sorted((folder / "css").iterdir(), key=lambda entry: entry.name)
    style = "\n".join(entry.read_text(encoding="utf-8") for entry in parts)
    for name, fichier in found.items():
        style = style.replace(f'url("{name}")', f'url("{_address(name, fichier)}")')
    return {**found, _STYLE: _fichier(_STYLE, style.encode())}


def adresse(name: str) -> str:
    """Where a file is; another content is another address. Raises KeyError for a file that is not there."""
    return _address(name, fichiers()[name])


@router.get("/{empreinte}/{name}")
async def read_statique(empreinte: str, name: str) -> Response:
    """A static file. An address of a former release is no longer one."""
    fichier = fichiers().get(name)
    if fichier is None or fichier.empreinte != empreinte:
        raise Problem("ressource_inconnue")
    return Response(fichier.content, media_type=fichier.media_type, headers={"Cache-Control": _FOREVER})


def _address(name: str, fichier: Fichier) -> str:
    return f"{PREFIX}/{fichier.empreinte}/{name}"


def _fichier(name: str, content: bytes) -> Fichier:
    suffix = name[name.rfind(".") :]
    return Fichier(content, _TYPES[suffix], hashlib.blake2b(content, digest_size=8).hexdigest())
