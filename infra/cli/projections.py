"""`project` and `rebuild`: the read models."""

import signal
from typing import Annotated, Any

import typer
from psycopg import Connection

from infra.cli.console import number, progress, say
from infra.cli.options import Data, Metrics, MetricsHost, exposing, services_of
from infra.projections.courtesy import lower_own_priority, lower_session_priority
from infra.projections.rebuild import rebuild
from ledger.buckets import BUCKETS
from projections.dossiers import NAME


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("project", epilog="Exemples :  decompte project --once  ·  decompte project --data ./data")(project)
    app.command("rebuild", epilog=_REBUILD_EXAMPLES)(rebuild_models)


_REBUILD_EXAMPLES = (
    "Exemples :  decompte rebuild  ·  decompte rebuild --full-speed  ·  decompte rebuild dossiers --replace-different"
)


def project(
    data: Data = None,
    once: Annotated[bool, typer.Option("--once", help="Rattraper le journal, puis s'arrêter.")] = False,
    metrics: Metrics = None,
    metrics_host: MetricsHost = "127.0.0.1",
) -> None:
    """Fait suivre les modèles de lecture. Plusieurs processus se partagent les adhérents, en 16 seaux.

    Chacun dit quels seaux il tient ; quand l'un s'arrête, les autres prennent les siens.
    """
    with services_of(data) as services:
        worker = services.projection_worker(on_buckets=_say_buckets)
        if once:
            say(f"Projection à jour : position {number(worker.catch_up())}.")
            return
        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, lambda *_: worker.stop())
        say("Projection en marche (Ctrl-C pour arrêter).")
        with exposing(services, metrics, metrics_host):
            worker.run()
        say(f"Projection arrêtée à la position {number(worker.position())}.")


def rebuild_models(
    name: Annotated[str, typer.Argument(metavar="[NOM]", help="Le modèle à reconstruire.")] = NAME,
    data: Data = None,
    replace_different: Annotated[
        bool,
        typer.Option("--replace-different", help="Échanger même si le modèle reconstruit diffère de celui en service."),
    ] = False,
    full_speed: Annotated[
        bool,
        typer.Option("--full-speed", help="Prendre toute la machine, sans céder le pas aux ajouts et aux lectures."),
    ] = False,
) -> None:
    """Reconstruit les modèles de lecture à côté de ceux en service, compare leurs empreintes, puis les échange.

    Interrompre ne laisse rien. Code 1 et aucun échange si les empreintes diffèrent.
    """
    if name != NAME:
        raise typer.BadParameter(f"modèle inconnu : {name} ; modèles : {NAME}")
    with services_of(data) as services:
        if not full_speed:
            lower_own_priority()  # only now: a server that this command starts must not inherit it
        with progress("Reconstruction", "événements") as report:
            rebuilt = rebuild(
                services.url,
                replace_different=replace_different,
                on_session=_leave_as_it_is if full_speed else lower_session_priority,
                progress=report,
            )
        rows = ", ".join(f"{table} {number(count)}" for table, count in rebuilt.rows.items())
        say(f"Reconstruit jusqu'à la position {number(rebuilt.position)} : {rows}.")
        if rebuilt.differing:
            say(f"Remplacé malgré des différences : {', '.join(rebuilt.differing)}.")
        if rebuilt.set_aside:
            say(f"{number(rebuilt.set_aside)} événement(s) écarté(s) : voir « decompte verify ».")


def _leave_as_it_is(_session: Connection[Any]) -> None:
    """At full speed a session keeps its priority, its cores and its helpers."""


def _say_buckets(buckets: str) -> None:
    if buckets:
        say(f"Seaux {' '.join(buckets)} : {len(buckets)} sur {len(BUCKETS)}.")
    else:
        say("Aucun seau : les autres processus les ont tous ; en attente du relais.")
