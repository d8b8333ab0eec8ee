"""`rotate-key`: another master key, without touching an event."""

from pathlib import Path
from typing import Annotated

import typer

from infra.bootstrap import has_key_file, open_database
from infra.cli.console import number, progress, say
from infra.cli.options import Data, settings_of
from infra.journal.keyring import MASTER_KEY_BYTES
from infra.journal.racine import opens, rotate
from infra.postgres.migrate import migrate
from infra.secrets_file import next_key, prepare_next, promote_next, read_key
from infra.settings import BadSettings


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "rotate-key",
        epilog="Exemples :  decompte rotate-key --data ./data  ·  "
        "decompte rotate-key --nouvelle-cle /run/secrets/cle-maitre-2027   (avec DECOMPTE_DATABASE_URL)",
    )(rotate_key)


def rotate_key(
    nouvelle_cle: Annotated[
        Path | None,
        typer.Option(
            "--nouvelle-cle",
            metavar="FICHIER",
            help="Fichier de la nouvelle clé, 32 octets en base64. Sans lui, celle du dossier de données est "
            "tirée et remplacée.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Change la clé maître : les clés des adhérents passent sous la nouvelle, aucun événement n'est touché.

    L'ancienne est celle en service (dossier de données ou DECOMPTE_MASTER_KEY). Interrompue, relancer la commande.
    """
    settings = settings_of(data)
    folder = settings.data.absolute()
    is_file = has_key_file(settings)
    if is_file == (nouvelle_cle is not None):
        raise BadSettings(
            "La clé du dossier de données est tirée par la commande : ne pas donner --nouvelle-cle."
            if is_file
            else "La clé vient de DECOMPTE_MASTER_KEY : donner la nouvelle par --nouvelle-cle FICHIER."
        )
    with open_database(settings, announce=say) as (url, old):
        migrate(url, announce=say)
        if is_file and next_key(folder) is not None and opens(url, prepare_next(folder)):
            promote_next(folder)
            say("Un changement interrompu est terminé : la nouvelle clé est en service.")
            return
        new = prepare_next(folder) if nouvelle_cle is None else _read(nouvelle_cle)
        with progress("Clés", "clés") as report:
            done = rotate(url, old=old, new=new, progress=report)
        if is_file:
            promote_next(folder)
    say(f"{number(done)} clés d'adhérents sous la nouvelle clé maître ; l'ancienne n'ouvre plus cette base.")
    say("Sauvegarder la nouvelle à part. Relancer les processus en cours : ils ont encore l'ancienne.")
    if not is_file:
        say("Mettre la nouvelle dans DECOMPTE_MASTER_KEY.")


def _read(file: Path) -> bytes:
    try:
        key = read_key(file)
    except ValueError:
        raise BadSettings(f"{file} : base64 attendu") from None
    if len(key) != MASTER_KEY_BYTES:
        raise BadSettings(f"{file} : {MASTER_KEY_BYTES} octets attendus")
    return key
