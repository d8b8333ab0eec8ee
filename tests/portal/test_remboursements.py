"""What the pages of statements say: the figures of the statement itself, and what was asked for."""

import re
from datetime import date

import httpx
import pytest

from infra.auth.defis import UsageLettre
from infra.auth.journal_acces import Regard
from infra.auth.roles import Role
from readmodels.renderings.montants_fr import euros
from tests.portal.portail import Adherent, Portail, csrf_of, dossier_complet, smi
from tests.support.ledger import decompte, soin_line

ADULT = {"beneficiaire": "02", "prenom": "Mila", "date_naissance": "2001-05-06"}
CHILD = {"beneficiaire": "03", "prenom": "Léo", "date_naissance": "2015-06-07"}


class World:
    """A member with a bit of everything, as her browser reads her."""

    def __init__(self, portail: Portail) -> None:
        self.portail = portail
        self.member = portail.member(*dossier_complet("W"), beneficiaires=[ADULT, CHILD])
        self.browser = portail.browse(portail.enrol(self.member))

    def page(self, query: str = "", path: str = "/espace/remboursements") -> str:
        """The text of a page, without its tags, no-break spaces as spaces."""
        answer = self.browser.get(f"{path}?{query}")
        assert answer.status_code == 200
        return text_of(answer)

    def references(self, query: str) -> list[str]:
        """The references that a page of statements shows, in order."""
        answer = self.browser.get(f"/espace/remboursements?{query}")
        return re.findall(r'class="banniere">.*?<a href="[^"]*/W-([^"]+)"', answer.text)


def text_of(answer: httpx.Response) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.text[answer.text.index("<main") :])
    text = re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\xa0", " "))
    return text.replace(" .", ".")


def shown(centimes: int) -> str:
    """An amount as `text_of` gives it."""
    return euros(centimes).replace("\u202f", " ").replace("\xa0", " ")


@pytest.fixture(scope="module")
def world(portail: Portail) -> World:
    """One member for the tests that only read."""
    return World(portail)


@pytest.mark.parametrize("annee", [2025, 2026])
def test_the_totals_of_a_year_are_those_of_the_download(world: World, annee: int) -> None:
    view = world.browser.get(f"/espace/telecharger/releve-{annee}.json").json()
    total = world.page(f"annee={annee}").split("Total de l’année")[1].split("Chaque soin")[0]
    for name, amount in view["totaux"].items():
        if amount or name not in ("trop_percu", "indemnise_par_tiers"):
            assert shown(amount) in total, name
    assert len(world.references(f"annee={annee}")) == len(view["decomptes"])


def test_both_years_count_each_soin_once(world: World) -> None:
    assert len(world.references("annee=toutes")) == 9
    total = world.page("annee=toutes").split("Total des deux années")[1].split("Chaque soin")[0]
    # 30,00 + 390,00 + 28,92 + 17,90
    assert shown(3000 + 39000 + 2892 + 1790) in total


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("", ["LUN", "PF", "SMI", "RO", "DENT-BIS", "DENT-SMI", "DENT"]),
        ("annee=2025", ["KINE-SMI", "KINE"]),
        ("annee=1999", ["LUN", "PF", "SMI", "RO", "DENT-BIS", "DENT-SMI", "DENT"]),
        ("beneficiaire=03&annee=toutes", ["KINE-SMI", "KINE"]),
        ("categorie=dentaire", ["DENT-BIS", "DENT-SMI", "DENT"]),
        ("categorie=rien", ["LUN", "PF", "SMI", "RO", "DENT-BIS", "DENT-SMI", "DENT"]),
        ("du=2026-03-15&au=2026-04-30", ["PF", "SMI"]),
        ("du=15/03/2026&au=30/04/2026", ["PF", "SMI"]),
        ("texte=DÉTARTRAGE", ["DENT-BIS", "DENT-SMI", "DENT"]),
        ("texte=detartrage+w-dent-smi", ["DENT-SMI"]),
        ("texte=Léo&annee=toutes", ["KINE-SMI", "KINE"]),
        ("texte=%25", []),
    ],
)
def test_a_filter_shows_what_it_asks(world: World, query: str, references: list[str]) -> None:
    assert world.references(query) == references


def test_a_filter_that_cannot_be_read_is_said_and_left_out(world: World) -> None:
    page = world.page("du=2026-02-30")
    assert "Cette date n’existe pas" in page
    assert "7 décomptes" in page
    assert "avant son début" in world.page("du=2026-05-01&au=2026-04-01")


def test_the_totals_of_a_selection_are_of_what_is_shown(world: World) -> None:
    page = world.page("categorie=dentaire")
    total = page.split("Total de votre sélection")[1].split("Chaque soin")[0]
    assert shown(2892) in total
    assert "Télécharger" not in total


def test_provisional_figures_look_provisional_and_final_ones_do_not(world: World) -> None:
    answer = world.browser.get("/espace/remboursements?categorie=dentaire")
    assert "est-provisoire" not in answer.text
    answer = world.browser.get("/espace/remboursements?texte=W-KINE&annee=2025")
    assert "est-provisoire" not in answer.text
    # The glasses: SMI has not paid yet.
    fresh = world.portail.member(decompte("W-PROV"))
    answer = world.portail.browse(world.portail.enrol(fresh)).get("/espace/remboursements")
    assert answer.text.count('class="est-provisoire"') == 1
    assert '<span class="montant provisoire">9,00' in answer.text
    assert "le reste à charge peut changer" in text_of(answer).replace("’", "'")


def test_a_deferred_deduction_and_its_origin_name_each_other(world: World) -> None:
    page = world.page("du=2026-04-20&au=2026-04-20")
    assert "Participation forfaitaire de −2,00 €, liée au décompte W-RO payé le 14 mars 2026" in page
    page = world.page("texte=W-RO")
    assert "Plus tard, le 20 avril 2026 : participation forfaitaire de −2,00 € sur ce paiement" in page
    assert "Se rapporte au décompte W-RO" in world.page(path="/espace/remboursements/cpam-751/W-PF")


def test_a_cancelled_decompte_is_shown_with_its_reason_and_counts_for_nothing(world: World) -> None:
    page = world.page("texte=W-DENT-BIS")
    assert "a été annulé (double paiement)" in page
    total = page.split("Total de votre sélection")[1].split("Chaque soin")[0]
    assert shown(2892) not in total
    detail = world.page(path="/espace/remboursements/smi/W-DENT-BIS")
    assert "Ce décompte est annulé Motif : double paiement." in detail


def test_a_decompte_tells_why_its_amount_changed(world: World) -> None:
    story = world.page(path="/espace/remboursements/cpam-751/W-RO").split("Pourquoi ce montant a changé")[1]
    assert "Sécurité sociale paie 21,00 € par le présent décompte du 14 mars 2026. Reste à charge : 9,00 €" in story
    assert "SMI paie 9,00 € par le décompte W-SMI du 17 mars 2026. Reste à charge : 9,00 € → devient 0,00 €" in story
    assert "reprend 2,00 €" in story
    assert "(participation forfaitaire)" in story
    assert story.index("SMI paie") < story.index("reprend 2,00")


def test_the_acts_of_an_adult_stay_hers_until_she_says_otherwise(world: World, portail: Portail) -> None:
    page = world.page("texte=W-LUN")
    assert "Lunettes" not in page
    assert "Mila garde le détail de ses soins" in page
    assert shown(39000) in page
    assert "Lunettes" not in world.browser.get("/espace/telecharger/releve-2026.csv").text
    assert "Lunettes" not in world.page(path="/espace/demandes/tiers")

    member = portail.member(*dossier_complet("X"), beneficiaires=[ADULT, CHILD])
    holder = portail.browse(portail.enrol(member))
    mila = Adherent(numero=member.numero, address="10.199.0.7", beneficiaire="02", naissance=date(2001, 5, 6))
    hers = portail.browse(portail.enrol(mila, letter=portail.acces.maison.letter(mila.numero, "02", UsageLettre.CODE)))
    # Her own access shows her care alone, and asks her.
    assert re.findall(r'class="banniere">.*?<a href="[^"]*/X-([^"]+)"', hers.get("/espace/remboursements").text) == [
        "LUN"
    ]
    assert hers.get("/espace/remboursements/cpam-751/X-RO").status_code == 404
    page = hers.get("/espace/securite")
    answer = hers.post("/espace/securite/partage", data={"csrf": csrf_of(page), "accorde": "oui"})
    assert answer.headers["location"] == "/espace/securite?fait=partage-oui"
    assert "Lunettes" in text_of(holder.get("/espace/remboursements"))
    hers.post("/espace/securite/partage", data={"csrf": csrf_of(page), "accorde": "non"})
    assert "Lunettes" not in text_of(holder.get("/espace/remboursements"))


def test_home_puts_money_first(world: World) -> None:
    page = world.page(path="/espace")
    assert page.index("Dernier remboursement") < page.index("Reste à votre charge en 2026") < page.index("En attente")
    assert "La Sécurité sociale a payé ; nous attendons le remboursement de SMI." in page


def test_a_member_with_very_many_decomptes_turns_pages(portail: Portail) -> None:
    lines = [
        decompte(f"N-{i}", date_paiement="2026-05-01", lignes=[soin_line(soin=f"N{i}", montant=100 + i)])
        for i in range(120)
    ]
    browser = portail.browse(portail.enrol(portail.member(*lines)))
    first = browser.get("/espace/remboursements")
    assert first.text.count('class="banniere"') == 50
    assert "Page 1 sur 3" in text_of(first)
    last = browser.get("/espace/remboursements?page=9")
    assert last.text.count('class="banniere"') == 20
    assert "Décomptes plus récents" in text_of(last)


def test_paperless_statements_and_notifications_are_chosen_and_dated(portail: Portail) -> None:
    browser = portail.browse(opened := portail.enrol(portail.member(smi("Z-1"))))
    page = browser.get("/espace/notifications")
    assert "Vos relevés vous parviennent sur papier" in text_of(page)
    answer = browser.post("/espace/notifications", data={"csrf": csrf_of(page), "frequence": "hebdomadaire"})
    assert answer.headers["location"] == "/espace/notifications?fait=notifications"
    answer = browser.post("/espace/notifications/releves", data={"csrf": csrf_of(page), "accorde": "oui"})
    page = browser.get(answer.headers["location"])
    assert 'value="hebdomadaire" checked' in re.sub(r'" id="frequence"', '"', page.text)
    assert re.search(r"Vous l’avez choisi le \d+ \w+ 20\d\d à \d+ h \d\d", text_of(page))
    assert opened.session.sujet is not None
    assert portail.services.preferences.get(opened.session.sujet).frequence.value == "hebdomadaire"
    wrong = browser.post("/espace/notifications", data={"csrf": csrf_of(page), "frequence": "toujours"})
    assert wrong.status_code == 422


def test_a_member_reads_who_else_looked_at_her_and_why(portail: Portail) -> None:
    member = portail.member(smi("L-1"))
    browser = portail.browse(portail.enrol(member))
    assert "Personne d’autre que vous" in text_of(browser.get("/espace/securite"))
    empreinte = portail.services.keyring.numero_empreinte(member.numero)
    regard = Regard("compte:0", Role.AUDITEUR, empreinte, "releves")
    portail.services.journal_acces.write(regard, motif="contrôle annuel <b>")
    page = text_of(browser.get("/espace/securite"))
    assert "Un auditeur de la mutuelle" in page
    assert "motif : contrôle annuel &lt;b&gt;" in page


def test_each_reading_of_the_pages_is_written_down(portail: Portail) -> None:
    member = portail.member(smi("M-1"))
    opened = portail.enrol(member)
    assert portail.browse(opened).get("/espace/impots").status_code == 200
    portail.services.journal_acces.flush()
    assert opened.session.sujet is not None
    [look] = portail.services.journal_acces.listing(opened.session.sujet, limit=5)
    assert (look.acteur, look.role, look.action) == (opened.session.actor, "adherent", "espace")
