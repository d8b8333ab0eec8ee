"""`courriels`: what waits in the outbox, what was sent, what one mail says; and sending by hand."""

from typing import Annotated
from uuid import UUID

import typer

from infra.bootstrap import Services
from infra.cli.console import number, say
from infra.cli.options import Data, services_of
from infra.mail.outbox import LISTED_MAX
from infra.settings import BadSettings


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "courriels",
        epilog="Exemples :  decompte courriels --data ./data  ·  decompte courriels --montrer ID  ·  "
        "decompte courriels --envoyer",
    )(mails)


def mails(
    shown: Annotated[
        UUID | None, typer.Option("--montrer", metavar="ID", help="Écrire ce courriel, adresse et contenu.")
    ] = None,
    send: Annotated[bool, typer.Option("--envoyer", help="Envoyer maintenant ce qui peut l'être.")] = False,
    limit: Annotated[int, typer.Option("--limite", min=1, max=LISTED_MAX, help="Combien en lister.")] = 100,
    data: Data = None,
) -> None:
    """Liste les courriels, le plus récent d'abord, sans rien de personnel ; en montre un ; ou les envoie."""
    if shown is not None and send:
        raise typer.BadParameter("donner --montrer ou --envoyer (un seul)")
    with services_of(data) as services:
        if shown is not None:
            _show(services, shown)
        elif send:
            _send(services)
        else:
            _list(services, limit)


def _list(services: Services, limit: int) -> None:
    for row in services.outbox.listing(limit=limit):
        ends = f"{row['clos_at']:%Y-%m-%d %H:%M}" if row["clos_at"] else "-"
        said = " ".join(filter(None, (row["motif"], "(contenu oublié)" if row["est_oublie"] else None)))
        etat = f"{row['etat']:<10}  {row['essais']} essai(s)"
        print(f"{row['id']}  {row['cree_at']:%Y-%m-%d %H:%M}  {row['nature']:<16}  {etat}  {ends}  {said}".rstrip())
    counts = services.outbox.counts()
    say(" · ".join(f"{etat} : {number(count)}" for etat, count in counts.items()) or "Aucun courriel.")


def _show(services: Services, identifier: UUID) -> None:
    courriel = services.outbox.get(identifier)
    if courriel is None:
        raise typer.BadParameter("aucun courriel sous cet identifiant", param_hint="--montrer")
    if courriel.contenu is None:
        say("Le contenu de ce courriel est oublié.")
        return
    print(f"À : {courriel.contenu.destinataire}\nObjet : {courriel.contenu.objet}\n\n{courriel.contenu.texte}", end="")
    if courriel.reponse is not None:
        say(f"Réponse du serveur : {courriel.motif} — {courriel.reponse}")


def _send(services: Services) -> None:
    sender = services.mail_sender()
    if sender is None:
        raise BadSettings("Pour envoyer, donner DECOMPTE_SMTP_URL et DECOMPTE_MAIL_FROM.")
    say(f"{number(sender.send_due())} courriel(s) remis au serveur.")
    counts = services.outbox.counts()
    waiting = counts.get("en_attente", 0) + counts.get("incertain", 0)
    if waiting:
        say(f"{number(waiting)} attendent un nouvel essai.")
