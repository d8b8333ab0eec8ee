"""`verify` and `replay`: what an auditor asks."""

import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from infra.bootstrap import Services
from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.postgres.sql import statements
from infra.preuve.publisher import exported_points
from infra.reads.dossiers import read_member
from infra.verify.verify import verify
from ledger.dates import PARIS, civil_day
from readmodels.releve import releve

_SQL = statements("infra.reads", "dossiers.sql")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("verify", epilog="Exemple :  decompte verify --data ./data && echo intact")(verify_ledger)
    app.command(
        "replay",
        epilog="Exemples :  decompte replay 00412345 --au 2026-03-31  ·  "
        "decompte replay 00412345 --au 2026-03-31T12:00:00+02:00  ·  decompte replay 00412345 --au 18233 --annee 2025",
    )(replay)


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


def replay(
    numero: Annotated[str, typer.Argument(metavar="NUMERO", help="Numéro d'adhérent.")],
    au: Annotated[
        str,
        typer.Option(
            "--au", metavar="QUAND", help="Une position du journal, un jour (fin du jour, à Paris) ou un instant."
        ),
    ],
    annee: Annotated[int | None, typer.Option("--annee", help="Année du relevé (défaut : celle de QUAND).")] = None,
    data: Data = None,
) -> None:
    """Écrit le relevé d'un adhérent tel qu'il était connu à un instant ou à une position, en JSON."""
    with services_of(data) as services:
        # What the journal knows, the read rows must know before they are asked.
        services.projection_worker().catch_up()
        position, year = _when(services, au)
        parameters = {"numero_empreinte": services.keyring.numero_empreinte(numero), "au": position}
        with services.datastore.get_connection() as connection:
            rows = connection.execute(_SQL["member_rows"], parameters).fetchall()
        key = services.members.open_row(rows[0]) if rows and rows[0]["sujet"] is not None else None
        read = read_member(rows, key)
        if not read.is_known:
            raise typer.BadParameter(f"adhérent inconnu à la position {position}")
        view = releve(read.dossier, numero_adherent=numero, annee=annee or year)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(view), indent=2).decode() + "\n")
        say(f"Tel que connu à la position {number(position)}.")


def _when(services: Services, au: str) -> tuple[int, int]:
    """The position that « au » means, and the civil year in Paris of that moment."""
    if au.isdecimal():
        return int(au), services.settings.today().year
    try:
        if "T" in au or " " in au:
            instant = datetime.fromisoformat(au)
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=PARIS)
        else:
            next_day = date.fromisoformat(au) + timedelta(days=1)
            instant = datetime.combine(next_day, time(), PARIS) - timedelta(microseconds=1)
    except ValueError:
        raise typer.BadParameter("une position, un jour AAAA-MM-JJ ou un instant RFC 3339", param_hint="--au") from None
    with services.datastore.get_connection() as connection:
        row = connection.execute(_SQL["position_at"], {"instant": instant.astimezone(UTC)}).fetchone()
    assert row is not None
    return int(row["position"]), civil_day(instant).year
