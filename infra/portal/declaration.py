"""The form of a declaration: what must be said, and what is wrong with it, in plain words."""

from collections.abc import Sequence
from datetime import date

from infra.portal.formulaires import Erreurs, Formulaire
from infra.portal.sinistres import DeclarationSinistre
from ledger.sinistre.etats import Circonstance
from ledger.sinistre.events import TiersResponsable

AGE_YEARS_MAX = 10
"""How long ago an accident may be: an action for bodily harm ends ten years from consolidation (C. civ. art. 2226)."""

LIEU_MAX, CIRCONSTANCES_MAX, BLESSURES_MAX, NOM_MAX, CONTRAT_MAX = 200, 3000, 1500, 120, 60
"""In characters."""

SOINS_MAX = 200

CIRCONSTANCES = {
    Circonstance.CIRCULATION: "Accident de la circulation",
    Circonstance.TRAVAIL: "Accident du travail ou de trajet",
    Circonstance.AGRESSION: "Agression",
    Circonstance.ANIMAL: "Morsure ou accident causé par un animal",
    Circonstance.SPORT: "Accident de sport ou de loisirs",
    Circonstance.MEDICAL: "Accident médical",
    Circonstance.AUTRE: "Autre accident",
}


def read_declaration(
    form: Formulaire, *, today: date, beneficiaires: Sequence[str], soins: frozenset[str]
) -> tuple[DeclarationSinistre | None, Erreurs]:
    """The declaration of a form, or what is wrong with it, by field and in the order of the page."""
    erreurs: Erreurs = {}
    beneficiaire = form["beneficiaire"]
    if beneficiaire not in beneficiaires:
        erreurs["beneficiaire"] = "Choisissez la personne accidentée."
    jour = form.jour("accident")
    if jour is None:
        erreurs["accident"] = "Saisissez la date de l’accident, par exemple 14 / 3 / 2026."
    elif jour > today:
        erreurs["accident"] = "La date de l’accident est dans l’avenir. Vérifiez-la."
    elif jour.year < today.year - AGE_YEARS_MAX:
        erreurs["accident"] = f"L’accident date de plus de {AGE_YEARS_MAX} ans : appelez le service adhérents."
    circonstance = form["circonstance"]
    if circonstance not in Circonstance.__members__.values():
        erreurs["circonstance"] = "Choisissez ce qui s’est passé."
    _check_text(form, "lieu", "Dites où l’accident a eu lieu : rue, commune.", LIEU_MAX, erreurs)
    _check_text(form, "recit", "Racontez ce qui s’est passé, même en quelques mots.", CIRCONSTANCES_MAX, erreurs)
    _check_text(form, "blessures", "Dites de quoi vous avez été blessé.", BLESSURES_MAX, erreurs)
    if form["tiers_connu"] not in ("oui", "non"):
        erreurs["tiers_connu"] = "Dites si vous connaissez la personne qui a causé l’accident."
    is_known = form["tiers_connu"] == "oui"
    if is_known:
        _check_text(form, "tiers_nom", "Donnez le nom de la personne ou de l’entreprise.", NOM_MAX, erreurs)
    for name, longest in (("assureur", NOM_MAX), ("contrat", CONTRAT_MAX)):
        if len(form[name]) > longest:
            erreurs[name] = f"{longest} caractères au plus."
    named = tuple(dict.fromkeys(form.getall("soins")))
    if len(named) > SOINS_MAX or not soins.issuperset(named):
        erreurs["soins"] = "Un des soins choisis n’est plus dans votre liste. Choisissez de nouveau."
    if erreurs or jour is None:
        return None, erreurs
    tiers = TiersResponsable(nom=form["tiers_nom"], assureur=form["assureur"] or None, contrat=form["contrat"] or None)
    declaration = DeclarationSinistre(
        beneficiaire=beneficiaire,
        date_accident=jour,
        circonstance=Circonstance(circonstance),
        lieu=form["lieu"],
        recit=form["recit"],
        blessures=form["blessures"],
        tiers=tiers if is_known else None,
        soins=named,
    )
    return declaration, erreurs


def _check_text(form: Formulaire, name: str, missing: str, longest: int, erreurs: Erreurs) -> None:
    if not form[name]:
        erreurs[name] = missing
    elif len(form[name]) > longest:
        erreurs[name] = f"{longest} caractères au plus : vous en avez saisi {len(form[name])}."
