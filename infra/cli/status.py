"""`status`: how the installation is doing, in a terminal."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infra.bootstrap import open_database
from infra.cli.console import number, say
from infra.cli.options import Data, settings_of
from infra.observation.etat import Attente, Etat, Preuve, RetardSeau, read_etat
from infra.observation.kafka import Kafka

WATCH_SECONDS_DEFAULT = 2.0


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("status", epilog="Exemples :  decompte status  ·  decompte status --suivre  ·  decompte status --json")(
        status
    )


def status(
    data: Data = None,
    follow: Annotated[bool, typer.Option("--suivre", help="Rafraîchir jusqu'à Ctrl-C.")] = False,
    every: Annotated[
        float, typer.Option("--intervalle", min=0.2, max=3600, help="Secondes entre deux lectures, avec --suivre.")
    ] = WATCH_SECONDS_DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="En JSON, pour un programme.")] = False,
) -> None:
    """Montre l'état de l'installation : journal, projections, preuve, courriels, quarantaine, base, Kafka.

    Code 0 si rien ne demande l'attention de personne, 1 sinon (événement écarté, projection en retard de plus de
    30 secondes, message en quarantaine que personne n'a rejoué, partition de Kafka
    arrêtée ou en retard de plus de deux minutes).
    """
    with open_database(settings_of(data), announce=say) as (url, _):
        etat = read_etat(url)
        if as_json:
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(etat), indent=2).decode() + "\n")
        elif follow:
            _follow(url, etat, every)
        else:
            Console().print(shown(etat, None))
        if not etat.is_well:
            raise typer.Exit(1)


def _follow(url: str, etat: Etat, every: float) -> None:
    before, since = etat, time.monotonic()
    with Live(shown(etat, None), auto_refresh=False) as live:
        while True:
            time.sleep(every)
            now, at = read_etat(url), time.monotonic()
            live.update(shown(now, (now.journal.position - before.journal.position) / (at - since)), refresh=True)
            before, since = now, at


def shown(etat: Etat, rate: float | None) -> Group:
    """The state as a person reads it; `rate` in events a second, when two readings tell it."""
    age = "" if etat.journal.age_secondes is None else f", le dernier il y a {_duration(etat.journal.age_secondes)}"
    pace = "" if rate is None else f", {number(round(rate))} événements/s"
    base = etat.base
    lines: list[RenderableType] = [
        Text(f"Journal : {number(etat.journal.position)} événements{age}{pace}"),
        Text(
            f"Base : PostgreSQL {base.serveur}, {_size(base.octets)}, "
            f"sessions : {number(base.sessions)} sur {number(base.sessions_max)}"
        ),
        _projections(etat),
        *(line for projection in etat.projections for line in _behind(projection.seaux)),
        Text(
            "Notifications : "
            + (f"{number(etat.notifications_retard)} événements à lire" if etat.notifications_retard else "à jour")
        ),
        Text("Preuve : " + (", ".join(_sealed(preuve) for preuve in etat.preuves) or "pas encore commencée")),
        Text("Courriels : " + (_listed(etat.courriels) or "aucun n'attend")),
        Text("Quarantaine : " + (_listed(etat.quarantaine) or "vide"), style="bold" if etat.quarantaine else ""),
        *_kafka(etat.kafka),
    ]
    return Group(*lines)


def _sealed(preuve: Preuve) -> str:
    waiting = f", {number(preuve.retard_entrees)} à sceller" if preuve.retard_entrees else ""
    return f"{preuve.nom} {number(preuve.taille)} entrées{waiting}"


def _projections(etat: Etat) -> Table:
    table = Table(title="Projections", title_justify="left", expand=False)
    for name, justify in (("nom", "left"), ("position", "right"), ("retard", "right"), ("écartés", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for projection in etat.projections:
        behind = (
            f"{number(projection.retard_evenements)} événements, {_duration(projection.retard_secondes)}"
            if projection.retard_evenements
            else "à jour"
        )
        table.add_row(projection.nom, number(projection.position), behind, number(projection.ecartes))
    return table


def _behind(seaux: tuple[RetardSeau, ...]) -> list[RenderableType]:
    """The buckets that are further behind than others, when workers do not go at one pace."""
    best = max((seau.position for seau in seaux), default=0)
    late = [seau for seau in seaux if seau.position < best]
    if not late:
        return []
    worst = max(late, key=lambda seau: seau.retard_evenements)
    names = " ".join(seau.seau for seau in late)
    return [Text(f"Seaux derrière les autres : {names} ({number(worst.retard_evenements)} événements au plus)")]


def _kafka(kafka: Kafka) -> Iterator[RenderableType]:
    """Nothing where Kafka is not used."""
    if kafka.partitions:
        table = Table(title="Kafka : ce qui entre", title_justify="left", expand=False)
        for name, justify in (("partition", "left"), ("offset", "right"), ("retard", "right"), ("ouvrier", "left")):
            table.add_column(name, justify=justify)  # type: ignore[arg-type]
        for one in kafka.partitions:
            behind = f"{number(one.retard_messages)} messages, {_duration(one.retard_secondes)}"
            state = f"ARRÊTÉE : {one.arret}" if one.arret else behind if one.retard_messages else "à jour"
            seen = f"{one.ouvrier}, vu il y a {_duration(one.vu_secondes)}"
            table.add_row(f"{one.topic}/{one.partition}", number(one.offset), state, seen)
        yield table
    for out in kafka.publications:
        behind = f"{number(out.retard_evenements)} événements, {_duration(out.retard_secondes)}"
        yield Text(
            f"Kafka, {out.topic} : position {number(out.position)}, "
            + (behind if out.retard_evenements else "à jour")
            + f" ({out.ouvrier})"
        )
    if kafka.rejets_a_annoncer:
        yield Text(f"Kafka, refus à annoncer : {number(kafka.rejets_a_annoncer)}")


def _listed(waiting: tuple[Attente, ...]) -> str:
    return ", ".join(
        f"{number(one.nombre)} {one.nom}"
        + (f" (le plus ancien : {_duration(one.age_secondes)})" if one.age_secondes else "")
        for one in waiting
    )


def _duration(seconds: float) -> str:
    for unit, length in (("j", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}"
    return f"{seconds:.1f} s".replace(".", ",")


def _size(octets: int) -> str:
    for unit, length in (("Go", 10**9), ("Mo", 10**6)):
        if octets >= length:
            return f"{octets / length:.1f} {unit}".replace(".", ",")
    return f"{number(octets // 1000)} ko"
