"""`token`: bearer tokens for sources, portals, members and the people of the house."""

from typing import Annotated
from uuid import UUID

import typer

from infra.auth.roles import Role
from infra.auth.tokens import DAYS_DEFAULT, DAYS_MAX
from infra.cli.console import say
from infra.cli.options import Data, services_of


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "token",
        epilog="Exemples :  decompte token --role source --subject cpam-751,smi --days 90  ·  "
        "decompte token --role adherent --subject 00412345  ·  decompte token --list  ·  decompte token --revoke ID",
    )(token)


def token(
    role: Annotated[Role | None, typer.Option("--role", help="Ce que le jeton permet.")] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", help="adherent : son numéro ; source : ses émetteurs, séparés par des virgules."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=DAYS_MAX, help="Durée de validité, en jours.")
    ] = DAYS_DEFAULT,
    revoke: Annotated[UUID | None, typer.Option("--revoke", metavar="ID", help="Révoquer ce jeton.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Lister les jetons, sans leur secret.")] = False,
    data: Data = None,
) -> None:
    """Écrit un jeton d'accès (Bearer) sur la sortie standard ; il expire et se révoque."""
    if sum((role is not None, revoke is not None, listing)) != 1:
        raise typer.BadParameter("donner --role, --revoke ou --list (un seul)")
    with services_of(data) as services:
        if listing:
            for row in services.tokens.listing():
                ends = (
                    f"révoqué le {row['revoque_at']:%Y-%m-%d}"
                    if row["revoque_at"]
                    else f"expire le {row['expire_at']:%Y-%m-%d}"
                )
                print(f"{row['id']}  {row['role']:<10}  {','.join(row['emetteurs'] or ()) or '-'}  {ends}")
        elif revoke is not None:
            if not services.tokens.revoke(revoke):
                raise typer.BadParameter("aucun jeton en vigueur sous cet identifiant", param_hint="--revoke")
            say("Jeton révoqué.")
        elif role is not None:
            print(services.tokens.create(role, subject=subject, days=days))
