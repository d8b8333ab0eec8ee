"""`migrate` and `database-url`: the database itself."""

import typer

from infra.bootstrap import open_database
from infra.cli.console import say
from infra.cli.options import Data, settings_of
from infra.postgres.migrate import migrate


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("migrate", epilog="Exemple :  decompte migrate --data ./data")(apply_migrations)
    app.command("database-url", epilog='Exemple :  psql "$(decompte database-url --data ./data)"')(database_url)


def apply_migrations(data: Data = None) -> None:
    """Met la base à la forme de cette version. Sans effet quand elle l'est déjà."""
    with open_database(settings_of(data), announce=say) as (url, _):
        count = migrate(url, announce=say)
    say(f"{count} migration(s) appliquée(s)." if count else "La base est à jour.")


def database_url(data: Data = None) -> None:
    """Écrit l'URL de connexion en service, pour psql et d'autres outils.

    La base embarquée vit tant qu'une commande s'en sert : garder « serve » ou « demo » en marche à côté.
    """
    with open_database(settings_of(data), announce=say) as (url, _):
        print(url)
