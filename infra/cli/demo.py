"""`demo`: the main job on sample data, whole, on one command."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from commands.intake.take import Source
from commands.ports import Provenance
from infra.auth.maison import HOUSE_ROLES
from infra.auth.roles import Role
from infra.bootstrap import Services, open_services
from infra.cli.console import number, progress, say
from infra.cli.demo_acces import FILE as ACCES_FILE
from infra.cli.demo_acces import Comptes, demo_accounts
from infra.cli.feeds import summary
from infra.cli.options import Data, settings_of
from infra.cli.service import PORT_DEFAULT, Port
from infra.http.server import check_port, serve
from infra.intake.flow import take_flow
from infra.sample.portefeuille import adherent_to_show, generate, members_of
from infra.trace import new_trace_id

SEED = 1
TOKEN_DAYS = 7


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("demo", epilog="Exemple :  decompte demo --members 200 --port 8123 --data ./demo")(demo)


def demo(
    members: Annotated[
        int, typer.Option("--members", min=1, max=100_000, help="Nombre d'adhérents de l'exemple.")
    ] = 200,
    port: Port = PORT_DEFAULT,
    data: Data = Path("data-demo"),
) -> None:
    """Montre tout, sur un portefeuille d'exemple : base embarquée, flux ingéré par le vrai chemin, API sur ce poste.

    Relancer sur le même dossier reprend les données qui y sont.
    """
    check_port("127.0.0.1", port)
    settings = settings_of(data)
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})  # for the links in mails
    with open_services(settings, announce=say) as services:
        plan = _plan(settings.data, members, services.settings.today())
        if not plan.is_ingested:
            _ingest(services, plan)
            plan.write(is_ingested=True)
        shown = adherent_to_show(members=plan.members, seed=SEED, today=plan.today) or next(
            iter(members_of(members=1, seed=SEED, today=plan.today))
        )
        if not (plan.file.parent / ACCES_FILE).exists():
            services.projection_worker().catch_up()
        comptes = demo_accounts(
            services.acces, plan.file.parent, numero=shown.numero, date_naissance=shown.date_naissance
        )
        annee = services.settings.today().year
        guide = _guide(services, shown.numero, comptes, annee=annee, data=plan.file.parent)
        serve(services, host="127.0.0.1", port=port, on_ready=guide)
    say("Arrêté. Les données restent ; relancer la même commande les reprend.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What this folder's demonstration is made of: fixed on its first day, so that a killed start can be resumed."""

    file: Path
    members: int
    today: date
    is_ingested: bool

    def write(self, *, is_ingested: bool) -> None:
        content = {"members": self.members, "today": self.today.isoformat(), "is_ingested": is_ingested}
        draft = self.file.with_suffix(".tmp")
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self.file)


def _plan(data: Path, members: int, today: date) -> _Plan:
    file = data / "demo.json"
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        return _Plan(
            file=file,
            members=known["members"],
            today=date.fromisoformat(known["today"]),
            is_ingested=known["is_ingested"],
        )
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan = _Plan(file=file, members=members, today=today, is_ingested=False)
    plan.write(is_ingested=False)
    return plan


def _ingest(services: Services, plan: _Plan) -> None:
    """The sample portfolio, through the very path that real feeds take."""
    source = Source(origine="fichier:exemple", deposant="fichier")
    provenance = Provenance(actor="cli:demo", trace_id=new_trace_id())
    with progress(f"Portefeuille d'exemple de {number(plan.members)} adhérents", "octets") as report:
        totals = take_flow(
            generate(members=plan.members, seed=SEED, today=plan.today),
            intake=services.intake,
            source=source,
            provenance=provenance,
            progress=lambda done: report(done, None),
        )
    say(summary("exemple", totals))
    say(f"Modèles de lecture à jour : position {number(services.projection_worker().catch_up())}.")


def _guide(services: Services, numero: str, comptes: Comptes, *, annee: int, data: Path) -> Callable[[str], None]:
    """What to try first; printed when the API answers."""
    portail = services.tokens.create(Role.PORTAIL, days=TOKEN_DAYS)
    adherent = services.tokens.create(Role.ADHERENT, subject=numero, days=TOKEN_DAYS)
    auditeur = services.tokens.create(Role.AUDITEUR, days=TOKEN_DAYS)
    source = services.tokens.create(Role.SOURCE, days=TOKEN_DAYS)

    def show(url: str) -> None:
        member = f"{url}/v1/adherents/{numero}"
        lines = [
            ("L'accueil de l'adhérent", adherent, f"{member}/accueil"),
            (f"Son relevé de {annee}", adherent, f"{member}/releves/{annee}"),
            (f"Ce qui reste à sa charge en {annee}, vu du portail", portail, f"{member}/reste-a-charge?annee={annee}"),
            ("Les deux années côte à côte", portail, f"{member}/comparatif"),
            (f"Son relevé de {annee - 1}, vu d'un auditeur", auditeur, f"{member}/releves/{annee - 1}"),
        ]
        print(f"\nDécompte répond sur {url}.\n")
        print(f"# L'espace adhérent : {url}/espace")
        if Role.ADHERENT.value in comptes:
            _show_account(comptes[Role.ADHERENT.value], Role.ADHERENT, label="numéro d'adhérent", data=data)
        print(f"# Les personnes de la maison : {url}/maison")
        for role in HOUSE_ROLES:
            _show_account(comptes[role.value], role, label=f"{role.value} : adresse", data=data)
        print(f"# L'API, avec des jetons valables {TOKEN_DAYS} jours. À essayer :\n")
        for label, token, address in lines:
            print(f"# {label}\ncurl -s -H 'Authorization: Bearer {token}' '{address}'\n")
        message = (
            '{"type":"annulation","version":1,"emetteur":"smi","reference":"DEMO-A1","annule":"DEMO-1",'
            f'"numero_adherent":"{numero}","date":"{annee}-01-15","motif":"essai"}}'
        )
        print("# Enregistrer un message (une annulation qui attend son décompte)")
        print(f"curl -s -H 'Authorization: Bearer {source}' -d '{message}' '{url}/v1/messages'\n")
        print(f"# La description de l'API\ncurl -s '{url}/openapi.json'\n", flush=True)
        say("Ctrl-C pour arrêter.")

    return show


def _show_account(compte: dict[str, str], role: Role, *, label: str, data: Path) -> None:
    """How to sign in with an account."""
    print(f"  {label} {compte['identifiant']}, mot de passe {compte['mot_de_passe']}")
    option = "" if role is Role.ADHERENT else f" --compte {role.value}"
    print(f"  code de sécurité : ./decompte totp --data {shlex.quote(str(data))}{option}\n")
