"""From data to PDF: tagged (PDF/UA-1), to be kept (PDF/A-2a), the same bytes for the same data.

Fonts are those that come with the engine, whatever the machine has. The date is the data's, not the clock's.
"""

import json
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from readmodels.renderings.caracteres import affichable

if TYPE_CHECKING:
    import typst

STANDARDS: list[str] = ["a-2a", "ua-1"]
STANDARDS_WITH_PIECE: list[str] = ["a-3a", "ua-1"]
"""PDF/A-2 takes no attachment but PDF/A; PDF/A-3 takes any."""

PIECE = "preuve.json"
_ATTACHED = (
    f'#pdf.attach("{PIECE}", bytes(sys.inputs.piece), relationship: "data", mime-type: "application/json",'
    ' description: "Preuve de ce relevé, à vérifier hors ligne")'
)
COMMUN = "commun.typ"


class CompositionImpossible(Exception):
    """The engine could not lay a document out: a bug of a template, or of `affichable`."""


def pdf(gabarit: str, donnees: dict[str, Any], *, day: date, piece: str | None = None) -> bytes:
    """The document of a template (a `.typ` beside this file). Every text of `donnees` is shown, none is interpreted.

    `piece`: a JSON text that it carries as an attachment, as it is.

    Raises CompositionImpossible.
    """
    import typst

    sure = {**_affichables(donnees), "date": [day.year, day.month, day.day]}
    compiler = typst.Compiler(font_paths=_fonts())
    try:
        made = compiler.compile(
            input=_source(gabarit, with_piece=piece is not None),
            format="pdf",
            sys_inputs={"donnees": json.dumps(sure, ensure_ascii=False), "piece": piece or ""},
            pdf_standards=STANDARDS if piece is None else STANDARDS_WITH_PIECE,  # type: ignore[arg-type]
            timestamp=datetime.combine(day, time(), UTC),
        )
    except typst.TypstError as error:
        raise CompositionImpossible(error.message) from error
    except BaseException as error:
        # The engine's own faults come as pyo3_runtime.PanicException, which is no Exception and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise CompositionImpossible("faute du moteur de composition") from error
    if not isinstance(made, bytes):
        raise CompositionImpossible("le moteur n'a pas rendu un document")
    return made


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


@cache
def _source(gabarit: str, *, with_piece: bool) -> bytes:
    folder = files(__package__)
    parts = [folder.joinpath(name).read_bytes() for name in (COMMUN, gabarit)]
    return b"\n".join([*parts, _ATTACHED.encode()] if with_piece else parts)


def _affichables(node: Any) -> Any:
    """The same data, its texts reduced to what the fonts have."""
    if isinstance(node, str):
        return affichable(node)
    if isinstance(node, dict):
        return {name: _affichables(value) for name, value in node.items()}
    if isinstance(node, list | tuple):
        return [_affichables(value) for value in node]
    return node
