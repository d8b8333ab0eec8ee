"""Why something about a bordereau is refused."""

from ledger.recours.errors import Contradiction, Unknown


class BordereauInconnu(Unknown):
    """No bordereau has this reference."""

    code = "bordereau_inconnu"
    detail = "Il n'y a pas de bordereau à cette référence."


class LigneInconnue(Unknown):
    """The bordereau has no line of this number, or it was not taken yet: import the bordereau again."""

    code = "ligne_inconnue"
    detail = "Ce bordereau n'a pas de ligne à ce numéro."


class BordereauEnConflit(Contradiction):
    """A bordereau of this reference was received with other content: give the new one a reference of its own."""

    code = "bordereau_en_conflit"
    detail = "Un bordereau de cette référence est déjà reçu avec un autre contenu."


class LigneSansEcart(Contradiction):
    """The line was booked as it came: there is no gap to resolve."""

    code = "ligne_sans_ecart"
    detail = "Cette ligne est encaissée : elle n'a pas d'écart à résoudre."


class EcartDejaResolu(Contradiction):
    """Somebody has resolved this gap already."""

    code = "ecart_deja_resolu"
    detail = "Cet écart est déjà résolu."
