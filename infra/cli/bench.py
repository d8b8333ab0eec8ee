"""`bench`: every figure that the ledger answers for, measured in one run."""

import dataclasses
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.console import say
from infra.cli.options import Data, settings_of
from infra.embedded.server import EmbeddedServer

DECOMPTES_MIN = 1_000
EXIT_MISSED = 1


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("bench", epilog=_EXAMPLES)(bench)


_EXAMPLES = (
    "Exemples :  decompte bench --quick  ·  decompte bench --json mesures.json  ·  "
    "decompte bench --only append_5000 --only releve  ·  decompte bench --only flat --only memory --decomptes 100000"
    "  ·  decompte bench --proof rebuild --messages 100000"
)


def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Moins de deux minutes : petites tailles, sans les figures longues.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("--json", metavar="FICHIER", help="Écrire aussi les mesures dans ce fichier.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Cette figure seulement ; se répète.")
    ] = None,
    data: Data = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Code de sortie 1 quand un plancher n'est pas tenu.")
    ] = False,
    decomptes: Annotated[
        int | None,
        typer.Option("--decomptes", min=DECOMPTES_MIN, help="Taille du grand livre immense des figures longues."),
    ] = None,
    proof: Annotated[
        str | None,
        typer.Option(
            "--proof", metavar="ID", help="Prouver : rebuild, model, audit, kafka, coupures ou preuve (long)."
        ),
    ] = None,
    messages: Annotated[
        int | None, typer.Option("--messages", min=DECOMPTES_MIN, help="Taille de la preuve, en messages.")
    ] = None,
) -> None:
    """Mesure le grand livre à côté de ses références, en alternance, et dit quels planchers sont tenus.

    Sur un PostgreSQL embarqué à part, dans un dossier temporaire (ou --data, ou DECOMPTE_DATABASE_URL) ; les bases de
    mesure y sont créées puis supprimées. Un plancher manqué est dit ; le code de sortie reste 0 sans --strict.
    """
    # Known here only: the other commands need neither uvicorn nor the sample to start.
    from infra.bench.measures import Figure, Measured
    from infra.bench.registry import FIGURES
    from infra.bench.report import conditions, document, missed, print_table
    from infra.bench.sizes import FULL, QUICK
    from infra.bench.stand import Stand
    from infra.kafka.jars import BrokerUnavailable

    if proof is not None:
        _prove(proof, messages, data)
        return
    wanted = [identifier for given in only or [] for identifier in given.split(",")]
    unknown = [identifier for identifier in wanted if identifier not in FIGURES]
    if unknown:
        raise typer.BadParameter(f"figure inconnue : {', '.join(unknown)} ; figures : {', '.join(FIGURES)}.")
    long = [identifier for identifier in wanted if FIGURES[identifier].is_long]
    if quick and long:
        raise typer.BadParameter(f"{', '.join(long)} : figure longue, que --quick laisse de côté.")
    if file is not None and not file.absolute().parent.is_dir():
        raise typer.BadParameter(f"{file.parent} : ce dossier n'existe pas.")
    figures = [
        figure for figure in FIGURES.values() if (not wanted or figure.id in wanted) and not (quick and figure.is_long)
    ]
    sizes = QUICK if quick else FULL
    if decomptes is not None:
        sizes = dataclasses.replace(sizes, large_decomptes=decomptes)

    results: dict[Figure, Measured] = {}
    with _server(data) as url, tempfile.TemporaryDirectory(prefix="decompte-bench-") as folder:
        measured_on = conditions(url, sizes, is_quick=quick)
        stand = Stand(url, Path(folder), sizes, announce=say)
        try:
            for figure in figures:
                stand.begin(figure.id)
                try:
                    results[figure] = figure.measure(stand)
                except BrokerUnavailable as reason:  # said, not failed: the other figures need no broker
                    say(f"{figure.id} : non mesurée. {reason}")
                    continue
                if file is not None:  # as they come: a run that is interrupted keeps what it has
                    text = json.dumps(document(results, measured_on), ensure_ascii=False, indent=2)
                    file.write_text(text + "\n", encoding="utf-8")
        finally:
            stand.close()
    print_table(results, measured_on)
    if names := missed(results):
        say(f"Plancher manqué : {', '.join(names)}.")
        if strict:
            raise typer.Exit(EXIT_MISSED)
    else:
        say("Tous les planchers mesurés sont tenus.")


def _prove(identifier: str, messages: int | None, data: Path | None) -> None:
    """Show one proof; exit with EXIT_MISSED, saying where, when the promise is not held."""
    from infra.bench.proofs import PROOFS
    from infra.bench.sizes import FULL
    from infra.bench.stand import Stand

    if identifier not in PROOFS:
        raise typer.BadParameter(f"preuve inconnue : {identifier} ; preuves : {', '.join(PROOFS)}.")
    proof = PROOFS[identifier]
    with _server(data) as url, tempfile.TemporaryDirectory(prefix="decompte-bench-") as folder:
        stand = Stand(url, Path(folder), FULL, announce=say)
        stand.begin(proof.id)
        try:
            found = proof.show(stand, messages or proof.messages)
        except AssertionError as failure:
            say(f"Promesse non tenue — {proof.title} : {failure}")
            raise typer.Exit(EXIT_MISSED) from failure
        finally:
            stand.close()
    say(f"Promesse tenue — {proof.title}.")
    typer.echo(json.dumps({"proof": proof.id, **found}, ensure_ascii=False, indent=2))


@contextmanager
def _server(data: Path | None) -> Iterator[str]:
    """The server to measure on: never the data folder of another command unless it is named."""
    settings = settings_of(data)
    if data is None and settings.database_url is not None:
        say("Mesures sur le serveur de DECOMPTE_DATABASE_URL, dans des bases à part.")
        yield settings.database_url
        return
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="decompte-bench-data-")))
        server = EmbeddedServer.attach(folder.absolute(), bin_dir=settings.postgres_bin, announce=say)
        yield stack.enter_context(server).url
