"""`compte`: accounts of the people of the house, codes on paper for members, and who looked at a member."""

from typing import Annotated

import typer

from infra.auth.defis import LETTER_DAYS, LINK_HOURS, UsageLettre
from infra.auth.maison import HOUSE_ROLES
from infra.auth.roles import Role
from infra.cli.console import say
from infra.cli.options import Data, services_of

REGARDS_DEFAULT, REGARDS_MAX = 50, 1_000

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Adresse de la personne.")]
Numero = Annotated[str, typer.Argument(metavar="NUMERO", help="Numéro d'adhérent.")]

group = typer.Typer(
    name="compte",
    help="Comptes des personnes de la maison, codes sur papier, journal des accès.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group)


@group.command("creer", epilog="Exemple :  decompte compte creer --role auditeur --email auditrice@smi.example")
def create(
    role: Annotated[Role, typer.Option("--role", help="auditeur, assia ou exploitant.")],
    email: Annotated[str, typer.Option("--email", help="Adresse de la personne.")],
    data: Data = None,
) -> None:
    """Crée un compte de la maison et écrit son lien de première connexion, à usage unique."""
    if role not in HOUSE_ROLES:
        raise typer.BadParameter("auditeur, assia ou exploitant", param_hint="--role")
    with services_of(data) as services:
        print(services.acces.maison.create(role, email))
    say(f"Lien valable {LINK_HOURS} h, une fois. Le second facteur est demandé à chaque connexion.")


@group.command("lien")
def link(
    email: Email,
    second_facteur: Annotated[
        bool, typer.Option("--second-facteur", help="Retirer aussi un second facteur perdu.")
    ] = False,
    data: Data = None,
) -> None:
    """Refait le lien d'un compte de la maison : mot de passe oublié, ou second facteur perdu."""
    with services_of(data) as services:
        print(services.acces.maison.link(email, with_second_factor=second_facteur))
    say(f"Lien valable {LINK_HOURS} h, une fois.")


@group.command("bloquer")
def close(email: Email, data: Data = None) -> None:
    """Ferme un compte de la maison et ses sessions, sur-le-champ."""
    with services_of(data) as services:
        is_closed = services.acces.maison.close(email)
    if not is_closed:
        raise typer.BadParameter("aucun compte ouvert à cette adresse", param_hint="EMAIL")
    say("Compte fermé.")


@group.command("lister")
def listing(data: Data = None) -> None:
    """Liste les comptes de la maison."""
    with services_of(data) as services:
        for compte in services.acces.maison.listing():
            etat = (
                "fermé"
                if compte.is_closed
                else "bloqué"
                if compte.is_blocked
                else "actif"
                if compte.is_active and compte.has_second_factor
                else "sans second facteur"
                if compte.is_active
                else "jamais ouvert"
            )
            print(f"{compte.id}  {compte.role.value:<10}  {etat:<20}  {compte.email}")


@group.command("lettre", epilog="Exemple :  decompte compte lettre 00412345 --data ./data")
def letter(
    numero: Numero,
    beneficiaire: Annotated[
        str | None, typer.Option("--beneficiaire", help="Code d'un bénéficiaire majeur, pour son accès propre.")
    ] = None,
    second_facteur: Annotated[
        bool, typer.Option("--second-facteur", help="Code qui retire un second facteur perdu.")
    ] = False,
    data: Data = None,
) -> None:
    """Écrit le code à imprimer sur une lettre : il tient lieu de celui du courriel, une fois."""
    usage = UsageLettre.SECOND_FACTEUR if second_facteur else UsageLettre.CODE
    with services_of(data) as services:
        print(services.acces.maison.letter(numero, beneficiaire, usage))
    say(f"Code valable {LETTER_DAYS} jours, une fois ; les lettres d'avant ne valent plus.")


@group.command("regards")
def looks(
    numero: Numero,
    limite: Annotated[int, typer.Option("--limite", min=1, max=REGARDS_MAX, help="Lignes, au plus.")] = REGARDS_DEFAULT,
    data: Data = None,
) -> None:
    """Dit qui a consulté un adhérent, quoi, quand et pourquoi : le plus récent d'abord."""
    with services_of(data) as services:
        sujet = services.members.find(numero)
        if sujet is None:
            raise typer.BadParameter("aucun message enregistré ne nomme cet adhérent", param_hint="NUMERO")
        for ligne in services.journal_acces.listing(sujet, limit=limite):
            print(
                f"{ligne.at:%Y-%m-%dT%H:%M:%SZ}  {ligne.role:<10}  {ligne.acteur}  {ligne.action}  ×{ligne.nombre}"
                + (f"  « {ligne.motif} »" if ligne.motif else "")
            )
