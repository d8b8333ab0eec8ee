"""`serve`: the API and its projection worker."""

from typing import Annotated

import typer

from infra.cli.console import say
from infra.cli.options import Data, services_of
from infra.http.server import serve as serve_http

PORT_DEFAULT = 8000

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port d'écoute.")]
Host = Annotated[str, typer.Option("--host", help="Adresse d'écoute.")]


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("serve", epilog="Exemple :  decompte serve --port 8000 --data ./data")(serve)


def serve(port: Port = PORT_DEFAULT, host: Host = "127.0.0.1", data: Data = None) -> None:
    """Sert l'API et fait suivre les modèles de lecture, jusqu'à Ctrl-C."""
    with services_of(data) as services:
        serve_http(
            services,
            host=host,
            port=port,
            on_ready=lambda url: say(f"Décompte répond sur {url} (Ctrl-C pour arrêter)."),
        )
    say("Arrêté.")
