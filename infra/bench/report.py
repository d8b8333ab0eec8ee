"""What a bench says: a table for people, a document for keeping."""

import os
import platform
from collections.abc import Mapping
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from infra.bench.measures import Better, Figure, Measured
from infra.bench.sizes import Sizes
from infra.version import __version__

TABLE_COLUMNS = 150
_HEADINGS = ("figure", "mesure", "rapport", "plancher", "tenu ?", "nôtre", "référence", "unité")

Results = Mapping[Figure, Measured]


def document(results: Results, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON document: `figures`, and under which conditions they were measured."""
    return {"figures": [_entry(figure, measured) for figure, measured in results.items()], "conditions": conditions}


def _entry(figure: Figure, measured: Measured) -> dict[str, Any]:
    return {
        "id": figure.id,
        "ratio": round(measured.ratio, 4),
        "target": figure.floor,
        "better": figure.better.value,
        "held": figure.is_held(measured),
        "unit": measured.unit,
        "ours": round(measured.ours, 4),
        "reference": None if measured.reference is None else round(measured.reference, 4),
        "ratios": [round(ratio, 4) for ratio in measured.ratios],
        **measured.extras,
        **{limit.name: round(limit.value, 3) for limit in measured.limits},
    }


def conditions(url: str, sizes: Sizes, *, is_quick: bool) -> dict[str, Any]:
    """What the figures were measured on. The settings that would make an append cheap are told as they stand."""
    with psycopg.connect(url) as connection:
        settings = {name: _setting(connection, name) for name in ("fsync", "synchronous_commit", "server_version")}
    return {
        "version": __version__,
        "python": platform.python_version(),
        "systeme": f"{platform.system()} {platform.machine()}",
        "processeurs": os.cpu_count(),
        "postgresql": settings["server_version"],
        "fsync": settings["fsync"],
        "synchronous_commit": settings["synchronous_commit"],
        "repetitions": sizes.repetitions,
        "rapide": is_quick,
    }


def _setting(connection: psycopg.Connection[Any], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return str(row[0])


def print_table(results: Results, conditions: Mapping[str, Any]) -> None:
    """On standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=TABLE_COLUMNS)
    caption = (
        f"Médianes de {conditions['repetitions']} mesures alternées · PostgreSQL {conditions['postgresql']}, "
        f"fsync {conditions['fsync']} · Python {conditions['python']} · {conditions['processeurs']} processeurs"
    )
    table = Table(caption=caption)
    for heading in _HEADINGS:
        is_number = heading in ("rapport", "plancher", "nôtre", "référence")
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=is_number or heading == "figure")
    for figure, measured in results.items():
        sign = "≥" if figure.better is Better.HIGHER else "≤"
        reference = "—" if measured.reference is None else shown(measured.reference)
        table.add_row(
            figure.id,
            figure.title,
            shown(measured.ratio),
            f"{sign} {shown(figure.floor)}",
            "oui" if figure.is_held(measured) else "NON",
            shown(measured.ours),
            reference,
            measured.unit + "".join(f" ; {limit.name} {shown(limit.value)}" for limit in measured.limits),
        )
    console.print(table)


def missed(results: Results) -> list[str]:
    """The ids of the figures that do not reach their floor."""
    return [figure.id for figure, measured in results.items() if not figure.is_held(measured)]


def shown(value: float) -> str:
    """A number as French people write it, with three figures that matter."""
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.3g}".replace(".", ",")
