"""`balance`: the trial balance over all soins, at any position."""

import sys
from typing import Annotated

import msgspec
import typer

from infra.audit.calcul import balance_at
from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.reads.moments import AuFutur, AuInvalide, moment_at
from readmodels.renderings.montants_fr import euros


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "balance",
        epilog="Exemples :  decompte balance  ·  decompte balance --au 2026-03-31  ·  decompte balance --au 18233",
    )(balance)


def balance(
    au: Annotated[
        str | None,
        typer.Option(
            "--au",
            metavar="QUAND",
            help="Une position, un jour (sa fin, à Paris) ou un instant (défaut : maintenant).",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Écrit la balance de tous les soins, telle que connue à un moment, en JSON. Code 1 si elle ne tombe pas juste."""
    with services_of(data) as services:
        position = services.journal.position()
        if au is not None:
            try:
                with services.datastore.get_connection() as connection:
                    position = moment_at(connection, au, today=None).position
            except AuInvalide:
                raise typer.BadParameter("une position, un jour ou un instant", param_hint="--au") from None
            except AuFutur:
                raise typer.BadParameter("ce moment n'est pas encore venu", param_hint="--au") from None
        # What the journal knows, the read rows must know before they are asked.
        services.projection_worker().catch_up()
        with progress("Balance", "décomptes") as report:
            found = balance_at(services.url, position, progress=report)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
        say(
            f"Position {number(position)} : {number(found.soins)} soins de {number(found.adherents)} adhérents, "
            f"dépense {euros(found.total.depense)}, reste à charge {euros(found.total.reste_a_charge)}."
        )
        if found.ecart_invariant or found.ecart_paiements:
            say("La balance ne tombe pas juste.")
            raise typer.Exit(1)
