"""`verify`: what an auditor asks first."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.preuve.note import NoteRefused, Vkey
from infra.preuve.publisher import exported_points
from infra.preuve.releve import StatementRefused, check_statement
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
    statement: Annotated[
        Path | None,
        typer.Option(
            "--statement",
            metavar="FICHIER",
            help="Hors ligne, sans base : un relevé avec sa preuve (.preuve.json), sous son point ou --checkpoint.",
        ),
    ] = None,
    vkey: Annotated[
        str | None, typer.Option("--vkey", metavar="CLE", help="Avec --statement : la clé remise par une voie sûre.")
    ] = None,
) -> None:
    """Contrôle le journal, les clés, les preuves et chaque ligne des modèles de lecture. Code 0 si tout est intact."""
    if statement is not None:
        _verify_statement(statement, checkpoint or [], vkey)
        return
    if vkey is not None:
        raise typer.BadParameter("--vkey va avec --statement")
    exported = [content for path in checkpoint or () for content in _checkpoints(path)]
    with services_of(data) as services:
        with progress("Contrôle", "événements et lignes") as report:
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


def _verify_statement(statement: Path, checkpoints: list[Path], key: str | None) -> None:
    """Say whether the file proves what it says; exit with 1 and the first thing that fails when it does not."""
    if len(checkpoints) > 1:
        raise typer.BadParameter("un seul --checkpoint avec --statement")
    try:
        vkey = Vkey.parse(key) if key is not None else None
    except NoteRefused as refused:
        raise typer.BadParameter(f"--vkey : {refused}") from None
    point = checkpoints[0].read_bytes() if checkpoints else None
    try:
        found = check_statement(statement.read_bytes(), checkpoint=point, vkey=vkey)
    except StatementRefused as refused:
        print(f"FAUTE {refused}")
        raise typer.Exit(1) from None
    say(
        f"Relevé {found.annee} : ses montants sont ceux de {number(found.evenements)} événements, tous scellés sous le"
        f" point de contrôle de {number(found.taille)} entrées."
    )
    if not found.is_key_given:
        say("La clé est celle que dit le fichier : la comparer à celle qui vous a été remise, ou la donner par --vkey.")


def _checkpoints(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in exported_points(path)] if path.is_dir() else [path.read_bytes()]
