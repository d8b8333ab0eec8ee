"""The command line of Décompte: `decompte COMMAND`."""

import sys

import typer
from click.exceptions import Abort

from infra.bootstrap import collect_seldom
from infra.cli import (
    audit,
    balance,
    bench,
    comptes,
    database,
    demo,
    export,
    feeds,
    kafka,
    mails,
    preuve,
    privacy,
    projections,
    replay,
    rotation,
    service,
    status,
    tokens,
    totp,
)
from infra.cli.check import run_checks
from infra.cli.console import say
from infra.cli.options import FAILURES

app = typer.Typer(
    name="decompte",
    help="Décompte : le grand livre des remboursements d'une mutuelle, du flux au reste à charge.",
    epilog="Aide d'une commande : decompte COMMANDE --help",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    demo,
    service,
    status,
    feeds,
    kafka,
    projections,
    rotation,
    audit,
    balance,
    export,
    replay,
    privacy,
    preuve,
    tokens,
    comptes,
    totp,
    mails,
    database,
    bench,
):
    module.register(app)


@app.command(
    "test",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def test(context: typer.Context) -> None:
    """Vérifie tout : style, types, règles d'import, tests."""
    raise typer.Exit(run_checks(context.args))


def main() -> None:
    """Run the command line; a failure that a person can act on is one clear line, never a traceback."""
    collect_seldom()
    try:
        app(prog_name="decompte")
    except FAILURES as failure:
        say(f"Erreur : {failure}")
        sys.exit(1)
    except (KeyboardInterrupt, Abort):
        say("Interrompu.")
        sys.exit(130)


if __name__ == "__main__":
    main()
