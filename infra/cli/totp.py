"""`totp`: the current code of an account of the demonstration."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.auth.roles import Role
from infra.auth.totp import PERIOD_SECONDS, code_at
from infra.cli.console import say
from infra.cli.demo_acces import read_accounts


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("totp", epilog="Exemple :  decompte totp --data data-demo")(totp)


def totp(
    data: Annotated[Path, typer.Option("--data", metavar="DOSSIER", help="Dossier de la démonstration.")] = Path(
        "data-demo"
    ),
    compte: Annotated[Role, typer.Option("--compte", help="adherent, auditeur, assia ou exploitant.")] = Role.ADHERENT,
) -> None:
    """Écrit le code de sécurité du moment de l'adhérent de la démonstration."""
    try:
        accounts = read_accounts(data)
    except FileNotFoundError:
        raise typer.BadParameter("pas de démonstration ici : lancer « decompte demo »", param_hint="--data") from None
    if compte.value not in accounts:
        raise typer.BadParameter("ce rôle n'a pas de compte", param_hint="--compte")
    now = datetime.now(UTC)
    print(code_at(accounts[compte.value]["totp"], now))
    left = PERIOD_SECONDS - int(now.timestamp()) % PERIOD_SECONDS
    say(f"Valable encore {left} s ; un code ne sert qu'une fois.")
