"""`verify`: what an auditor asks first."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.preuve.publisher import exported_points
from infra.verify.verify import verify


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("verify", epilog="Exemple :  decompte verify --data ./data && echo intact")(verify_ledger)


def verify_ledger(
    data: Data = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            metavar="FICHIER",
            help="Un point de contrôle exporté, ou un dossier de points : chacun doit être du passé. Se répète.",
        ),
    ] = None,
) -> None:
    """Contrôle le journal, les clés, les preuves et chaque ligne des modèles de lecture. Code 0 si tout est intact."""
    exported = [content for path in checkpoint or () for content in _checkpoints(path)]
    with services_of(data) as services:
        with progress("Contrôle", "événements") as report:
            found = verify(services, checkpoints=exported, progress=report)
        for fault in found.faults:
            print(f"FAUTE {fault}")
        if found.more_faults:
            print(f"… et {number(found.more_faults)} autres fautes")
        say(
            f"{number(found.events)} événements, {number(found.keys)} clés, {number(found.rows)} lignes de lecture"
            f" (projetées jusqu'à {number(found.projected)}), {number(sum(found.sealed.values()))} entrées de preuve : "
            + ("tout est intact." if not found.faults else f"{number(len(found.faults) + found.more_faults)} faute(s).")
        )
        if found.faults:
            raise typer.Exit(1)


def _checkpoints(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in exported_points(path)] if path.is_dir() else [path.read_bytes()]
