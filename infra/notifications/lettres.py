"""What the mails say: that something new is there, never what. No act, no amount, no name."""

from dataclasses import dataclass

from infra.notifications.frequences import Frequence

ESPACE = "/espace/remboursements"
REGLAGES = "/espace/notifications"
_FIN = """\
Par discrétion, ce message ne dit ni les soins ni les montants : ils se lisent dans votre espace, une fois connecté.

Vous recevez ce message parce que vous l'avez demandé.
Changer la fréquence : {reglages}
Ne plus rien recevoir : {desabonnement}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettre:
    """A subject and a text."""

    objet: str
    texte: str


def nouveau_remboursement(public_url: str, desabonnement: str) -> Lettre:
    """One new payment."""
    return _lettre("Un nouveau remboursement est disponible", "", public_url, desabonnement)


def resume(frequence: Frequence, nombre: int, public_url: str, desabonnement: str) -> Lettre:
    """So many new payments since the last digest."""
    combien = "Un nouveau remboursement" if nombre == 1 else f"{nombre} nouveaux remboursements"
    objet = "Vos remboursements de la semaine" if frequence is Frequence.HEBDOMADAIRE else "Votre relevé du mois"
    return _lettre(objet, f"{combien} depuis votre dernier résumé.\n", public_url, desabonnement)


def _lettre(objet: str, detail: str, public_url: str, desabonnement: str) -> Lettre:
    fin = _FIN.format(reglages=public_url + REGLAGES, desabonnement=desabonnement)
    annonce = detail or f"{objet} dans votre espace adhérent.\n"
    return Lettre(objet=objet, texte=f"Bonjour,\n\n{annonce}\n{public_url}{ESPACE}\n\n{fin}")
