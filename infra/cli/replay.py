"""`replay`: what was served of a member at a moment, from the events alone, and whether the read models agree."""

import sys
from typing import Annotated

import msgspec
import typer

from infra.bootstrap import Services
from infra.cli.console import number, progress, say
from infra.cli.options import Data, services_of
from infra.postgres.sql import statements
from infra.reads.dossiers import MemberRead, read_member
from infra.reads.moments import AuFutur, AuInvalide, Moment, day_named, moment_at
from infra.replay.comparing import first_difference
from infra.replay.events import read_from_events
from readmodels.servi import Vue, servi

_SQL = statements("infra.reads", "dossiers.sql")
EXIT_DIFFERENT = 1


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "replay",
        epilog="Exemples :  decompte replay 00412345 --au 2026-03-31  ·  "
        "decompte replay 00412345 --au 2026-03-31T12:00:00+02:00 --vue accueil  ·  "
        "decompte replay 00412345 --au 18233 --annee 2025 --compare",
    )(replay)


def replay(
    numero: Annotated[str, typer.Argument(metavar="NUMERO", help="Numéro d'adhérent.")],
    au: Annotated[
        str,
        typer.Option(
            "--au", metavar="QUAND", help="Une position du journal, un jour (fin du jour, à Paris) ou un instant."
        ),
    ],
    annee: Annotated[
        int | None, typer.Option("--annee", help="Année du relevé ou du reste à charge (défaut : celle de QUAND).")
    ] = None,
    vue: Annotated[Vue, typer.Option("--vue", help="Ce qui était lu.")] = Vue.RELEVE,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Dire si les modèles de lecture répondent de même. Code 0 si oui, 1 sinon."),
    ] = False,
    brut: Annotated[
        bool, typer.Option("--brut", help="Les octets mêmes de la réponse HTTP, sans mise en page.")
    ] = False,
    data: Data = None,
) -> None:
    """Écrit ce qui était répondu d'un adhérent à un instant ou à une position, d'après les seuls événements."""
    with services_of(data) as services:
        moment, year = _when(services, au)

        def answer(member: MemberRead) -> bytes | None:
            """The bytes served; None for a member who was not known then."""
            if not member.is_known:
                return None
            view = servi(vue, member.dossier, numero_adherent=numero, annee=annee or year, fenetre=moment.fenetre)
            return msgspec.json.encode(view)

        from_events = answer(_from_events(services, numero, moment))
        if compare:
            _compare(from_events, answer(_from_read_models(services, numero, moment)), vue, moment)
            return
        if from_events is None:
            raise typer.BadParameter(f"adhérent inconnu à la position {moment.position}")
        sys.stdout.write(from_events.decode() if brut else msgspec.json.format(from_events, indent=2).decode() + "\n")
        say(f"Tel que connu à la position {number(moment.position)}, d'après les événements.")


def _from_events(services: Services, numero: str, moment: Moment) -> MemberRead:
    def set_aside(position: int, error: Exception) -> None:
        say(f"Événement {number(position)} laissé de côté : {error}")

    with services.datastore.get_connection() as connection, progress("Rejeu", "événements") as report:
        return read_from_events(services, connection, numero, au=moment.position, progress=report, set_aside=set_aside)


def _from_read_models(services: Services, numero: str, moment: Moment) -> MemberRead:
    # What the journal knows, the read rows must know before they are asked.
    services.projection_worker().catch_up()
    parameters = {"numero_empreinte": services.keyring.numero_empreinte(numero), "au": moment.position}
    with services.datastore.get_connection() as connection:
        rows = connection.execute(_SQL["member_rows"], parameters).fetchall()
    key = services.members.open_row(rows[0]) if rows and rows[0]["sujet"] is not None else None
    return read_member(rows, key)


def _compare(events: bytes | None, read_models: bytes | None, vue: Vue, moment: Moment) -> None:
    """Say whether both are the same bytes; exit with EXIT_DIFFERENT when they are not."""
    if events is None and read_models is None:
        raise typer.BadParameter(f"adhérent inconnu à la position {moment.position}")
    if events is None or read_models is None:
        where = "les modèles de lecture" if events is None else "les événements"
        print(f"DIFFÉRENT : l'adhérent n'est connu que dans {where}")
        raise typer.Exit(EXIT_DIFFERENT)
    difference = first_difference(events, read_models)
    if difference is None:
        print(f"IDENTIQUE : {vue.value}, {len(events)} octets, à la position {moment.position}")
        return
    print(
        f"DIFFÉRENT en {difference.chemin or '/'} : {difference.events or 'rien'} d'après les événements, "
        f"{difference.read_models or 'rien'} d'après les modèles de lecture"
    )
    raise typer.Exit(EXIT_DIFFERENT)


def _when(services: Services, au: str) -> tuple[Moment, int]:
    """The moment that « au » means, and the civil year that it names; what has not come yet is now."""
    settings = services.settings
    try:
        named = day_named(au)
        with services.datastore.get_connection() as connection:
            moment = moment_at(connection, au, today=settings.now)
    except AuInvalide:
        raise typer.BadParameter("une position, un jour AAAA-MM-JJ ou un instant RFC 3339", param_hint="--au") from None
    except AuFutur:
        say("C'est à venir : tel que connu maintenant.")
        moment = Moment(position=services.journal.position(), today=settings.today(), is_past=False)
    return moment, (named or moment.today).year
