"""Every page, on a desk and on the smallest phone: nothing overflows, axe finds nothing, landmarks are there.

With ECRANS set, the pictures of docs/portal.md are taken anew.
"""

import base64
import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from infra.auth.roles import Role
from infra.auth.sessions import Opened
from tests.portal.conftest import NARROW, WIDE, OpenContext
from tests.portal.equipe import Bureau, accident_like, worked_example
from tests.portal.portail import OTHER_PASSWORD, PASSWORD, Adherent, Portail, dossier_complet
from tests.support.ledger import annulation

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SCREEN_HEIGHT_MAX = {WIDE: 1400, NARROW: 1800}
"""How much of a page its picture shows, in CSS pixels."""

TO_WEBP = """async ([png, scale]) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width * scale, image.height * scale];
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.8).split(",")[1];
}"""

WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW], ids=["desk", "phone"])

PUBLIC = {
    "connexion": "/espace/connexion",
    "activation": "/espace/activation",
    "mot-de-passe-oublie": "/espace/oubli",
    "acces-bloque": "/espace/deblocage",
    "aide": "/espace/aide",
    "mentions": "/espace/mentions",
    "page-inconnue": "/espace/nulle-part",
    "maison-connexion": "/maison/connexion",
    "maison-lien": "/maison/lien/exemple",
}
OWN = {
    "accueil": "/espace",
    "remboursements": "/espace/remboursements",
    "remboursements-filtres": "/espace/remboursements?annee=toutes&categorie=dentaire&du=2026-02-30",
    "remboursements-vide": "/espace/remboursements?texte=introuvable",
    "decompte": "/espace/remboursements/cpam-751/{prefix}-RO",
    "decompte-annule": "/espace/remboursements/smi/{prefix}-DENT-BIS",
    "comparaison": "/espace/comparaison",
    "impots": "/espace/impots?annee=2026",
    "demandes": "/espace/demandes",
    "declaration": "/espace/demandes/tiers",
    "notifications": "/espace/notifications",
    "mes-donnees": "/espace/donnees",
    "securite": "/espace/securite",
    "mot-de-passe": "/espace/securite/mot-de-passe",
    "code-de-securite": "/espace/securite/code-de-securite",
    "cle-d-acces": "/espace/securite/cle",
    "lettre": "/espace/securite/lettre",
    "confirmation": "/espace/securite/confirmation",
}


def check(page: Page, name: str | None) -> None:
    """What holds for every page as it stands; and its picture under this name, when pictures are asked for."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: {width} px overflow"
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.title().endswith(" — Décompte")
    assert page.locator("h1").count() == 1
    for landmark in ("banner", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1  # type: ignore[arg-type]
    assert page.locator("html").get_attribute("lang") == "fr"
    if name is not None and os.environ.get("ECRANS"):
        take_picture(page, SCREENS / f"{name}-{width}.webp", width)


def take_picture(page: Page, file: Path, width: int) -> None:
    """A small picture of a page: the browser itself makes WebP of it, a wide one at three quarters."""
    height = min(SCREEN_HEIGHT_MAX[width], page.evaluate("document.documentElement.scrollHeight"))
    shot = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    assert page.context.browser is not None
    workshop = page.context.browser.new_page()
    made = workshop.evaluate(TO_WEBP, [base64.b64encode(shot).decode(), 0.75 if width == WIDE else 1])
    workshop.close()
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(base64.b64decode(made))


@pytest.fixture(scope="module")
def ada(portail: Portail) -> tuple[Adherent, Opened]:
    """A member with a bit of everything, signed in with her second factor."""
    people = [
        {"beneficiaire": "02", "prenom": "Mila", "date_naissance": "2001-05-06"},
        {"beneficiaire": "03", "prenom": "Léo", "date_naissance": "2015-06-07"},
    ]
    member = portail.member(*dossier_complet("SMI-2026"), beneficiaires=people)
    return member, portail.enrol(member)


@WIDTHS
@pytest.mark.parametrize("name", PUBLIC)
def test_a_page_for_everybody(open_context: OpenContext, width: int, name: str) -> None:
    page = open_context(width=width).new_page()
    page.goto(PUBLIC[name])
    check(page, name)


@WIDTHS
@pytest.mark.parametrize("name", OWN)
def test_a_page_of_a_member(open_context: OpenContext, ada: tuple[Adherent, Opened], width: int, name: str) -> None:
    page = open_context(ada[1], width=width).new_page()
    page.goto(OWN[name].format(prefix="SMI-2026"))
    check(page, name)


@WIDTHS
def test_the_pages_of_a_way_begun(portail: Portail, open_context: OpenContext, width: int) -> None:
    member = portail.member()
    page = open_context(width=width, address=member.address).new_page()
    page.goto("/espace/activation")
    page.get_by_role("button", name="Recevoir un code").click()
    expect(page.get_by_role("alert")).to_contain_text("Il y a 2 points à corriger")
    check(page, "activation-erreurs")
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    for part, value in (("Jour", "3"), ("Mois", "2"), ("Année", "1980")):
        page.get_by_label(part).fill(value)
    page.get_by_role("button", name="Recevoir un code").click()
    check(page, "activation-code")
    page.get_by_label("Code reçu").fill(portail.code(member))
    page.get_by_role("button", name="Continuer").click()
    check(page, "activation-mot-de-passe")


@WIDTHS
def test_the_pages_of_a_second_factor(portail: Portail, open_context: OpenContext, width: int) -> None:
    member = portail.member(*dossier_complet(f"F{width}"))
    page = open_context(portail.activate(member), width=width, address=member.address).new_page()
    page.goto("/espace")
    check(page, "accueil-sans-code")
    page.goto("/espace/remboursements")
    check(page, "enrolement-pourquoi")
    page.get_by_role("button", name="Commencer").click()
    check(page, "enrolement")
    member.secret_totp = "".join(page.locator(".cle-texte").inner_text().split())
    page.get_by_label("Code à 6 chiffres").fill(portail.totp(member))
    page.get_by_role("button", name="Mettre en place").click()
    check(page, "codes-de-secours")
    page.get_by_role("button", name="Se déconnecter").click()
    check(page, "deconnexion")
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.goto("/espace/verification?suite=/espace/impots")
    check(page, "verification")


@WIDTHS
def test_a_member_of_whom_nothing_is_known_yet(portail: Portail, open_context: OpenContext, width: int) -> None:
    member = portail.member()
    page = open_context(portail.enrol(member), width=width).new_page()
    for name, path in OWN.items():
        if "{prefix}" not in path and name in ("accueil", "remboursements", "comparaison", "impots", "declaration"):
            page.goto(path)
            check(page, f"{name}-debut")
    page.goto("/espace/remboursements")
    expect(page.locator("main")).to_contain_text("Pas encore de remboursement ici")


@WIDTHS
@pytest.mark.parametrize("role", [Role.AUDITEUR, Role.ASSIA, Role.EXPLOITANT])
def test_the_home_of_a_role(portail: Portail, open_context: OpenContext, width: int, role: Role) -> None:
    link = portail.acces.maison.create(role, f"{role.value}-{width}@exemple.fr")
    page = open_context(width=width, address=f"10.210.{width % 250}.{len(role.value)}").new_page()
    page.goto("/maison/lien/" + link.rsplit("/", 1)[1])
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Nouveau mot de passe").fill(OTHER_PASSWORD)
    page.get_by_label("Le même, encore une fois").fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name="Commencer").click()
    person = Adherent(numero="", address="", secret_totp="".join(page.locator(".cle-texte").inner_text().split()))
    page.get_by_label("Code à 6 chiffres").fill(portail.totp(person))
    page.get_by_role("button", name="Mettre en place").click()
    page.get_by_role("link", name="Je les ai gardés, continuer").click()
    check(page, f"maison-{role.value}")
    # Her session opens no member's page.
    page.goto("/espace/remboursements")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre espace adhérent")


TEAM = {
    "recours": "/maison/recours",
    "recours-filtres": "/maison/recours?etat=en_cours&age=365&reference=RIEN",
    "recours-ecarts": "/maison/recours/ecarts",
    "recours-declarer": "/maison/recours/declarer",
    "recours-suggestions": "/maison/recours/suggestions",
    "recours-bordereaux": "/maison/recours/bordereaux",
    "recours-bordereau": "/maison/recours/bordereaux/ASSIA-2026-06",
    "recours-bordereau-lignes": "/maison/recours/bordereaux/ASSIA-2026-06?classe=toutes",
    "recours-sinistre": "/maison/recours/sinistres/SIN-2026-000312",
    "recours-sinistre-signale": "/maison/recours/sinistres/SIN-2026-000313",
    "recours-soins": "/maison/recours/sinistres/SIN-2026-000312/soins",
    "recours-inconnu": "/maison/recours/sinistres/SIN-ABSENT",
}


@pytest.fixture(scope="module")
def bureau(portail: Portail) -> Bureau:
    """Assia at work: a sinistre with two créances and a gap, one just declared, a bordereau with lines that wait."""
    made = Bureau.of(portail)
    member = portail.member(*worked_example("F8891"))
    reference = "SIN-2026-000312"
    made.claimed(member, reference, "F8891-1", "F8891-2")
    made.step(reference, "accord", responsabilite="50", motif="Accord de l’assureur du 12 juin.")
    made.step(reference, "encaissement", montant="2500", reference_paiement="VIR-88120")
    made.step(reference, "encaissement", montant="100", reference_paiement="CHQ-1")
    made.step(reference, "retrait", numero="2", motif="Chèque sans provision.")
    portail.record(annulation("F8891-2-SMI", emetteur="smi", reference="ANN-F8891", numero_adherent=member.numero))
    made.step(reference, "creance", motif="Décompte annulé depuis le relevé n° 1.")
    made.declare(portail.member(), "SIN-2026-000313", recit="Chute dans un escalier.", tiers_nom="Résidence du Parc")
    lines = (
        "ligne;sinistre;reference_paiement;date_encaissement;montant\r\n"
        f"1;{reference};VIR-88121;2026-06-20;500,00\r\n"
        f"2;{reference};VIR-88121;2026-06-20;500,00\r\n"
        f"3;{reference};VIR-88122;2026-06-21;90000,00\r\n"
        "4;SIN-INCONNU;VIR-9;30/06/2026;120,50\r\n"
    )
    made.take_bordereau("ASSIA-2026-06", lines)
    made.member(accident_like("VU"))
    return made


@WIDTHS
@pytest.mark.parametrize("name", TEAM)
def test_a_page_of_the_team(open_context: OpenContext, bureau: Bureau, width: int, name: str) -> None:
    page = open_context(bureau.opened, width=width).new_page()
    page.goto(TEAM[name])
    check(page, name)
    # Everything that is folded holds as well.
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    check(page, f"{name}-deplie" if name == "recours-sinistre" else None)


@WIDTHS
def test_the_pages_that_a_form_of_the_team_shows(open_context: OpenContext, bureau: Bureau, width: int) -> None:
    page = open_context(bureau.opened, width=width).new_page()
    page.goto("/maison/recours/sinistres/SIN-2026-000312")
    page.locator("summary", has_text="Encaisser").first.click()
    page.get_by_role("button", name="Encaisser", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Il y a un point à corriger")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Montant reçu, en euros")).to_be_focused()
    check(page, "recours-etape-erreur")
    page.evaluate("document.querySelectorAll('[name=version]').forEach(f => f.value = '1')")
    page.get_by_label("Montant reçu, en euros").fill("1 250,40")
    page.get_by_role("button", name="Encaisser", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Quelqu’un a été plus rapide")
    check(page, "recours-etape-perimee")
    page.goto("/maison/recours/bordereaux")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_role("alert")).to_contain_text("Il y a 2 points à corriger")
    check(page, "recours-bordereaux-erreurs")
    page.get_by_label("Référence du bordereau").fill("ASSIA-2026-07")
    content = b"ligne;sinistre;reference_paiement;date_encaissement;montant\r\n1;SIN-X;V;2026-06-20;5,00\r\n"
    file = {"name": "juillet.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Fichier").set_input_files(files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aperçu du bordereau ASSIA-2026-07")
    check(page, "recours-apercu")
    page.goto("/maison/recours/declarer")
    page.get_by_label("Numéro d’adhérent").fill(bureau.member(accident_like("ACC")).numero)
    page.get_by_label("Pourquoi le consultez-vous ?").fill("courrier d’un assureur")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    check(page, "recours-adherent")
    page.get_by_role("button", name="Remplir la déclaration avec cette proposition").click()
    expect(page.get_by_label("Année")).to_have_value("2026")
    page.get_by_role("button", name="Déclarer le sinistre").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez ce qui s’est passé.")
    check(page, "recours-adherent-erreurs")
    page.get_by_label("Autre accident").check()
    page.get_by_role("button", name="Déclarer le sinistre").click()
    expect(page.get_by_role("status")).to_have_text("Le sinistre est déclaré.")
    expect(page.locator("main")).to_contain_text("Proposé par la détection")


@WIDTHS
@pytest.mark.parametrize("path", ["/maison/recours", "/maison/recours/sinistres/SIN-2026-000312"])
def test_a_page_of_the_team_in_the_dark(open_context: OpenContext, bureau: Bureau, width: int, path: str) -> None:
    page = open_context(bureau.opened, width=width, color_scheme="dark").new_page()
    page.goto(path)
    check(page, "nuit-" + path.rsplit("/", 1)[1].lower())


@WIDTHS
@pytest.mark.parametrize("path", ["/espace", "/espace/remboursements", "/espace/remboursements/cpam-751/SMI-2026-RO"])
def test_a_page_in_the_dark(open_context: OpenContext, ada: tuple[Adherent, Opened], width: int, path: str) -> None:
    page = open_context(ada[1], width=width, color_scheme="dark").new_page()
    page.goto(path)
    check(page, "nuit-" + (path.rsplit("/", 1)[1]).lower())


def test_the_keyboard_skips_to_the_content_and_sees_where_it_is(
    open_context: OpenContext, ada: tuple[Adherent, Opened]
) -> None:
    page = open_context(ada[1]).new_page()
    page.goto("/espace/remboursements")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_menu_of_a_phone_opens_without_script(open_context: OpenContext, ada: tuple[Adherent, Opened]) -> None:
    page = open_context(ada[1], width=NARROW, java_script_enabled=False).new_page()
    page.goto("/espace")
    link = page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Mes remboursements")
    expect(link).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes remboursements")


def test_errors_are_said_at_the_top_and_beside_their_field(open_context: OpenContext) -> None:
    page = open_context().new_page()
    page.goto("/espace/connexion")
    page.get_by_role("button", name="Se connecter").click()
    assert page.title().startswith("Erreur\u00a0: ")
    page.get_by_role("alert").get_by_role("link", name="Saisissez votre numéro d’adhérent.").click()
    field = page.get_by_label("Numéro d’adhérent")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    said = "Il est sur votre carte de tiers payant. Erreur : Saisissez votre numéro d’adhérent."
    expect(field).to_have_accessible_description(said)
