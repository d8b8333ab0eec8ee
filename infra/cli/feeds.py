"""`import`: feed files into the ledger. `sample`: a feed to try with."""

import gzip
import sys
from datetime import date, datetime
from pathlib import Path
from typing import IO, Annotated

import typer

from commands.intake.take import Source
from commands.ports import Provenance
from infra.bootstrap import Services
from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.intake.flow import Totals, chunks_of, take_flow
from infra.sample.foyer import ADHERENTS_MAX
from infra.sample.portefeuille import generate
from infra.settings import read_settings
from infra.trace import new_trace_id

EXIT_QUARANTINED = 3


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import", epilog=_EXAMPLES_IMPORT)(import_files)
    app.command("sample", epilog=_EXAMPLES_SAMPLE)(sample)


_EXAMPLES_IMPORT = (
    "Exemples :  decompte import flux.ndjson  ·  decompte import lot1.ndjson lot2.ndjson.gz --data ./data  ·  "
    "decompte sample --members 10 --seed 1 | decompte import -"
)
_EXAMPLES_SAMPLE = "Exemple :  decompte sample --members 200 --seed 7 > flux.ndjson"


def import_files(
    files: Annotated[
        list[str], typer.Argument(metavar="FICHIER…", help="NDJSON, .gz admis ; - pour l'entrée standard.")
    ],
    data: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tout vérifier, ne rien enregistrer.")] = False,
) -> None:
    """Lit des fichiers de flux dans le grand livre.

    Code de sortie 0 quand chaque message est enregistré ou l'était déjà, 3 quand il y en a en quarantaine.
    Relancer le même fichier est sans effet.
    """
    for file in files:
        if file != "-" and not Path(file).is_file():
            raise typer.BadParameter(f"{file} : ce fichier n'existe pas.")
    quarantined = 0
    with services_of(data) as services:
        for file in files:
            quarantined += _import_one(file, services=services, dry_run=dry_run).en_quarantaine
    if quarantined:
        raise typer.Exit(EXIT_QUARANTINED)


def _import_one(file: str, *, services: Services, dry_run: bool) -> Totals:
    name = "entrée standard" if file == "-" else Path(file).name
    source = Source(origine=f"fichier:{name}", deposant="fichier")
    provenance = Provenance(actor="cli:import", trace_id=new_trace_id())
    size = None if file == "-" or file.endswith(".gz") else Path(file).stat().st_size
    with progress(f"Import de {name}", "octets") as report, _open(file) as stream:
        totals = take_flow(
            chunks_of(stream),
            intake=services.intake,
            source=source,
            provenance=provenance,
            dry_run=dry_run,
            progress=lambda done: report(done, size),
        )
    say(summary(name, totals, dry_run=dry_run))
    for rejet in totals.rejets:
        say(f"  ligne {rejet.ligne} : {rejet.code} — {rejet.message}")
    if totals.en_quarantaine > len(totals.rejets):
        say(f"  … et {number(totals.en_quarantaine - len(totals.rejets))} autres, à lire par GET /v1/quarantaine")
    return totals


def summary(name: str, totals: Totals, *, dry_run: bool = False) -> str:
    """The one line that adds up."""
    return (
        f"{name} : {number(totals.recus)} messages reçus = {number(totals.enregistres)} enregistrés"
        f" + {number(totals.deja_enregistres)} déjà enregistrés + {number(totals.en_attente)} en attente"
        f" + {number(totals.en_quarantaine)} en quarantaine" + (" (à blanc : rien n'est enregistré)" if dry_run else "")
    )


def _open(file: str) -> IO[bytes]:
    if file == "-":
        return sys.stdin.buffer
    return gzip.open(file, "rb") if file.endswith(".gz") else Path(file).open("rb")  # type: ignore[return-value]


def sample(
    members: Annotated[int, typer.Option("--members", min=0, max=ADHERENTS_MAX, help="Nombre d'adhérents.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Graine : la même donne les mêmes octets.")] = 1,
    au: Annotated[
        datetime | None, typer.Option("--au", formats=["%Y-%m-%d"], help="Dernier jour du portefeuille.")
    ] = None,
) -> None:
    """Écrit un flux d'exemple sur la sortie standard : un portefeuille plausible de deux années."""
    today: date = au.date() if au else read_settings().today()
    try:
        lines = generate(members=members, seed=seed, today=today)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    sys.stdout.buffer.writelines(lines)
    sys.stdout.buffer.flush()
