"""`preuve`: sealing by hand, and what auditors take away."""

from pathlib import Path
from typing import Annotated

import psycopg
import typer
from psycopg.rows import dict_row

from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.preuve.publisher import export_points, export_tiles

app = typer.Typer(
    name="preuve",
    help="Les journaux de preuve : sceller, exporter, montrer la clé.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(main: typer.Typer) -> None:
    """Add these commands."""
    main.add_typer(app)


@app.command("sceller", epilog="Exemple :  decompte preuve sceller --data ./data")
def sceller(data: Data = None) -> None:
    """Scelle tout ce qui est enregistré, puis s'arrête. `decompte serve` le fait de lui-même."""
    with services_of(data) as services, progress("Scellement", "entrées") as report:
        sizes = services.sealer().catch_up(progress=report)
    for name, size in sizes.items():
        say(f"Journal de preuve « {name} » : {number(size)} entrées scellées.")


@app.command("exporter", epilog="Exemple :  decompte preuve exporter /media/audit --tuiles")
def exporter(
    dossier: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Un dossier de l'auditeur ; il est créé.")],
    tuiles: Annotated[
        bool, typer.Option("--tuiles", help="Aussi les tuiles, comme un serveur web les publie (C2SP tlog-tiles).")
    ] = False,
    data: Data = None,
) -> None:
    """Écrit dans un dossier les points de contrôle qui y manquent, après avoir vérifié que le dernier est du passé."""
    with services_of(data) as services, psycopg.connect(services.url, autocommit=True, row_factory=dict_row) as opened:
        for log in services.logs:
            written = export_points(opened, log, dossier)
            say(f"Journal de preuve « {log.name} » : {number(written)} points de contrôle écrits.")
            if tuiles:
                say(f"Tuiles : {number(export_tiles(opened, log, dossier))} fichiers écrits.")


@app.command("cle", epilog="Exemple :  decompte preuve cle > cle-de-l-auditeur.txt")
def cle(data: Data = None) -> None:
    """Écrit la clé de vérification de chaque journal de preuve ; à remettre aux auditeurs par une voie sûre."""
    with services_of(data) as services:
        for log in services.logs:
            print(log.vkey)
