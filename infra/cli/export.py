"""`export`: the journal as lines, the ledger as Parquet files."""

import sys
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from infra.audit.emporter import emporter
from infra.audit.export import export_journal
from infra.audit.parquet import write_parquet
from infra.bootstrap import Services
from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of

export = typer.Typer(
    help="Emporte le journal ou le grand livre, sans rien de personnel en clair.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(export, name="export")


@export.command(
    "evenements",
    epilog="Exemples :  decompte export evenements --sortie journal.ndjson.gz  ·  "
    "decompte export evenements --depuis 18233 | head",
)
def export_evenements(
    depuis: Annotated[int, typer.Option("--depuis", metavar="N", min=1, help="La première position voulue.")] = 1,
    sortie: Annotated[
        Path | None,
        typer.Option(
            "--sortie", metavar="FICHIER", help="Où écrire (défaut : sortie standard) ; .gz compresse. Se reprend."
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Écrit chaque événement, avec ses colonnes telles que stockées : une ligne de JSON chacun.

    Un fichier entamé est repris après sa dernière ligne entière.
    """
    with services_of(data) as services:
        if sortie is None:
            _to_standard_output(services, depuis)
            return
        with progress("Export", "événements") as report:
            head = services.journal.position()
            done = emporter(services.url, sortie, depuis=depuis, head=head, progress=report)
        say(f"{number(done.evenements)} événements écrits, de la position {number(done.depuis)} à {number(head)}.")


@export.command(
    "parquet", epilog="Exemple :  decompte export parquet ./analyse && duckdb -c \"FROM './analyse/*.parquet'\""
)
def export_parquet(
    dossier: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Où écrire les trois fichiers.")],
    data: Data = None,
) -> None:
    """Écrit les lignes, les annulations et les événements en Parquet, pour l'analyse. Demande l'extra « parquet »."""
    with services_of(data) as services:
        position = services.journal.position()
        services.projection_worker().catch_up()
        with progress("Export", "décomptes") as report:
            written = write_parquet(services.url, dossier, position, progress=report)
        say(
            f"Position {number(position)} : {number(written.lignes)} lignes, "
            f"{number(written.annulations)} annulations, {number(written.evenements)} événements dans {dossier}."
        )


def _to_standard_output(services: Services, depuis: int) -> None:
    head = services.journal.position()
    with psycopg.connect(services.url, autocommit=True) as connection:
        for _, lines in export_journal(connection, after=depuis - 1, upto=head):
            sys.stdout.buffer.write(lines)
    sys.stdout.buffer.flush()
