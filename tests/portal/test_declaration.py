"""The declaration of an accident: what must be said, in plain words, and that it is recorded once."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from infra.portal.declaration import read_declaration
from infra.portal.formulaires import Formulaire
from ledger.sinistre.etats import Circonstance
from ledger.sinistre.events import TiersResponsable
from tests.portal.conftest import OpenContext
from tests.portal.portail import TODAY, Portail, csrf_of, dossier_complet

COMPLETE = {
    "beneficiaire": "01",
    "accident_jour": "14",
    "accident_mois": "3",
    "accident_annee": "2026",
    "circonstance": "circulation",
    "lieu": "Rue de la Paix, Lyon",
    "recit": "Renversée sur un passage piéton.",
    "blessures": "Poignet cassé.",
    "tiers_connu": "oui",
    "tiers_nom": "Jean Dupont",
    "assureur": "Assurance Exemple",
    "contrat": "",
    "soins": "F1-1",
}


def read(**changes: str) -> Any:
    form = Formulaire(list((COMPLETE | changes).items()))
    return read_declaration(form, today=TODAY, beneficiaires=["01", "02"], soins=frozenset({"F1-1"}))


def test_a_complete_declaration_is_taken_as_it_was_made() -> None:
    declaration, erreurs = read()
    assert erreurs == {}
    assert declaration.date_accident == date(2026, 3, 14)
    assert declaration.circonstance is Circonstance.CIRCULATION
    assert declaration.tiers == TiersResponsable(nom="Jean Dupont", assureur="Assurance Exemple", contrat=None)
    assert declaration.soins == ("F1-1",)


def test_a_third_party_that_is_not_known_is_none() -> None:
    declaration, _ = read(tiers_connu="non", tiers_nom="")
    assert declaration.tiers is None


@pytest.mark.parametrize(
    ("changes", "champ", "message"),
    [
        ({"beneficiaire": "09"}, "beneficiaire", "Choisissez la personne accidentée."),
        ({"accident_jour": "30", "accident_mois": "2"}, "accident", "Saisissez la date de l’accident"),
        ({"accident_jour": "1", "accident_mois": "7"}, "accident", "dans l’avenir"),
        ({"accident_annee": "2015"}, "accident", "plus de 10 ans"),
        ({"accident_annee": "99999999999"}, "accident", "Saisissez la date de l’accident"),
        ({"circonstance": "sorcellerie"}, "circonstance", "Choisissez ce qui s’est passé."),
        ({"lieu": " "}, "lieu", "où l’accident a eu lieu"),
        ({"lieu": "x" * 201}, "lieu", "200 caractères au plus : vous en avez saisi 201."),
        ({"recit": ""}, "recit", "Racontez"),
        ({"recit": "x" * 3001}, "recit", "3000 caractères au plus"),
        ({"blessures": ""}, "blessures", "blessé"),
        ({"tiers_connu": ""}, "tiers_connu", "Dites si vous connaissez"),
        ({"tiers_nom": ""}, "tiers_nom", "Donnez le nom"),
        ({"assureur": "x" * 121}, "assureur", "120 caractères au plus."),
        ({"contrat": "x" * 61}, "contrat", "60 caractères au plus."),
        ({"soins": "AUTRE"}, "soins", "n’est plus dans votre liste"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(changes: dict[str, str], champ: str, message: str) -> None:
    declaration, erreurs = read(**changes)
    assert declaration is None
    assert list(erreurs) == [champ]
    assert message in erreurs[champ]


def test_an_accident_is_declared_and_followed_without_script(portail: Portail, open_context: OpenContext) -> None:
    member = portail.member(*dossier_complet("D"))
    page = open_context(portail.enrol(member), java_script_enabled=False).new_page()
    page.goto("/espace/demandes")
    expect(page.get_by_role("heading", name="Aucune déclaration")).to_be_visible()
    page.get_by_role("link", name="Déclarer un sinistre causé par un tiers").click()
    page.get_by_label("Lieu de l’accident").fill("Rue de la Paix, Lyon")
    page.get_by_role("button", name="Envoyer ma déclaration").click()
    expect(page.get_by_role("alert")).to_contain_text("Il y a 6 points à corriger")
    # What was typed is still there.
    expect(page.get_by_label("Lieu de l’accident")).to_have_value("Rue de la Paix, Lyon")
    page.get_by_label("Ada", exact=True).check()
    for part, value in (("Jour", "14"), ("Mois", "3"), ("Année", "2026")):
        page.get_by_label(part).fill(value)
    page.get_by_label("Accident de la circulation").check()
    page.get_by_label("Circonstances", exact=True).fill("Renversée sur un passage piéton.")
    page.get_by_label("Blessures").fill("Poignet cassé.")
    page.get_by_label("Non, ou pas encore").check()
    page.get_by_label("Consultation généraliste").check()
    page.get_by_role("button", name="Envoyer ma déclaration").click()
    expect(page.get_by_role("status")).to_have_text("Votre déclaration est enregistrée.")
    expect(page.locator("main")).to_contain_text("Accident du 14 mars 2026")


def test_a_declaration_sent_twice_is_recorded_once(portail: Portail) -> None:
    opened = portail.enrol(portail.member(*dossier_complet("E")))
    browser = portail.browse(opened)
    form = browser.get("/espace/demandes/tiers")
    before = portail.services.journal.position()
    data = COMPLETE | {"csrf": csrf_of(form), "cle": "la-meme-cle"}
    for _ in range(2):
        assert browser.post("/espace/demandes/tiers", data=data).headers["location"].endswith("fait=declare")
    assert portail.services.journal.position() == before + 1
