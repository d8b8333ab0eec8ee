"""What a person does, from the first visit to the last: in a real browser, with and without scripts."""

import io

import openpyxl
import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.portal.conftest import NARROW, WIDE, OpenContext
from tests.portal.portail import OTHER_PASSWORD, PASSWORD, Adherent, Portail, dossier_complet


def begin(page: Page, way: str, member: Adherent) -> None:
    """The first step of activation, reset and unblocking."""
    page.goto(f"/espace/{way}")
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    page.get_by_label("Jour").fill("3")
    page.get_by_label("Mois").fill("2")
    page.get_by_label("Année").fill("1980")
    page.get_by_role("button", name="Recevoir un code").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code reçu").fill(code)
    page.get_by_role("button", name="Continuer").click()


def choose(page: Page, password: str) -> None:
    page.get_by_label("Nouveau mot de passe").fill(password)
    page.get_by_label("Le même, encore une fois").fill(password)
    page.get_by_role("button", name="Enregistrer").click()


def sign_in(page: Page, member: Adherent, password: str = PASSWORD) -> None:
    page.goto("/espace/connexion")
    page.get_by_label("Numéro d’adhérent").fill(member.numero)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()


def prove(page: Page, portail: Portail, member: Adherent) -> None:
    page.get_by_label("Code de sécurité à 6 chiffres").fill(portail.totp(member))
    page.get_by_role("button", name="Vérifier").click()


@pytest.mark.parametrize(("width", "scripts"), [(WIDE, True), (NARROW, False)], ids=["desk", "phone-without-script"])
def test_from_the_first_visit_to_every_download_and_out(
    portail: Portail, open_context: OpenContext, width: int, scripts: bool
) -> None:
    prefix = f"J{width}"
    member = portail.member(*dossier_complet(prefix))
    page = open_context(width=width, java_script_enabled=scripts, address=member.address).new_page()

    begin(page, "activation", member)
    give_code(page, portail.code(member))
    choose(page, PASSWORD)

    expect(page.get_by_role("heading", level=1)).to_have_text("Protégez vos données de santé")
    page.get_by_role("button", name="Commencer").click()
    member.secret_totp = "".join(page.locator(".cle-texte").inner_text().split())
    page.get_by_label("Code à 6 chiffres").fill(pyotp.TOTP(member.secret_totp).at(portail.horloge()))
    page.get_by_role("button", name="Mettre en place").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="Je les ai gardés, continuer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour Ada")
    expect(page.locator(".chiffre.premier")).to_contain_text("0,09")

    page.get_by_role("link", name="Tous mes remboursements").click()
    expect(page.get_by_role("heading", name="7 décomptes")).to_be_visible()
    page.get_by_role("link", name=f"{prefix}-SMI").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Décompte {prefix}-SMI")
    expect(page.locator(".histoire li")).to_have_count(3)

    [secret] = [c["value"] for c in page.context.cookies() if c["name"] == "decompte"]
    json = portail.browse(secret)
    view = json.get("/espace/telecharger/releve-2026.json").json()
    assert view["numero_adherent"] == member.numero
    page.goto("/espace/remboursements")
    links = page.locator('a[href^="/espace/telecharger/"]').evaluate_all("links => links.map(a => a.pathname)")
    page.goto("/espace/impots?annee=2026")
    links += page.locator('a[href^="/espace/telecharger/"]').evaluate_all("links => links.map(a => a.pathname)")
    assert len(links) == 7
    for link in links:
        answer = json.get(link)
        assert answer.status_code == 200, link
        assert answer.headers["content-disposition"].endswith(f'filename="{link.rsplit("/", 1)[1]}"')
        assert answer.headers["cache-control"] == "no-store"
        if link.endswith(".pdf"):
            assert answer.content.startswith(b"%PDF-")
        if link.endswith("releve-2026.xlsx"):
            sheet = openpyxl.load_workbook(io.BytesIO(answer.content))
            assert len(sheet.sheetnames) == 3

    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")
    page.goto("/espace/remboursements")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre espace adhérent")


def test_a_session_shows_amounts_and_asks_for_the_second_factor_before_care(
    portail: Portail, open_context: OpenContext
) -> None:
    member = portail.member(*dossier_complet("N"))
    portail.enrol(member)
    page = open_context(address=member.address).new_page()
    sign_in(page, member)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour Ada")
    expect(page.locator("main")).not_to_contain_text("Lunettes")
    expect(page.locator("main")).to_contain_text("Soin du 4 mai 2026")
    page.goto("/espace/remboursements?annee=2025")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifions que c’est vous")
    page.get_by_label("Code de sécurité à 6 chiffres").fill("000000")
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
    prove(page, portail, member)
    # What was asked for is what is shown.
    expect(page.get_by_role("heading", name="2 décomptes")).to_be_visible()
    assert "annee=2025" in page.url
    page.goto("/espace")
    expect(page.locator("main")).to_contain_text("Lunettes")


def test_a_forgotten_password_is_replaced_and_the_second_factor_stays(
    portail: Portail, open_context: OpenContext
) -> None:
    member = portail.member(*dossier_complet("O"))
    former = portail.enrol(member)
    page = open_context(address=member.address, java_script_enabled=False).new_page()
    begin(page, "oubli", member)
    give_code(page, portail.code(member))
    choose(page, "azerty")
    expect(page.get_by_role("alert")).to_contain_text("trop facile à deviner")
    choose(page, OTHER_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    page.goto("/espace/remboursements")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifions que c’est vous")
    prove(page, portail, member)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes remboursements")
    assert portail.browse(former).get("/espace").headers["location"].startswith("/espace/connexion")


def test_an_access_blocked_by_wrong_codes_opens_after_a_complementary_verification(
    portail: Portail, open_context: OpenContext
) -> None:
    member = portail.member(*dossier_complet("B"))
    portail.enrol(member)
    page = open_context(address=member.address).new_page()
    sign_in(page, member)
    page.goto("/espace/verification?suite=/espace/impots")
    for _ in range(5):
        page.get_by_label("Code de sécurité à 6 chiffres").fill("000000")
        page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Débloquer mon accès")
    sign_in(page, member)
    expect(page.get_by_role("alert")).to_contain_text("l’accès se bloque par sécurité")

    page.get_by_role("link", name="Débloquer mon accès").click()
    begin(page, "deblocage", member)
    code = portail.code(member)
    give_code(page, code)
    expect(page.get_by_role("alert")).to_contain_text("Saisissez aussi votre code de sécurité")
    page.get_by_label("Code de sécurité, si vous en avez un").fill(portail.totp(member))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("status")).to_have_text("Votre accès est débloqué. Connectez-vous.")
    sign_in(page, member)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


def test_a_passkey_is_added_and_opens_what_the_second_factor_protects(
    portail: Portail, open_context: OpenContext
) -> None:
    member = portail.member(*dossier_complet("K"))
    context = open_context(portail.enrol(member), address=member.address)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto("/espace/securite/cle")
    page.get_by_label("Nom de cette clé").fill("Téléphone d’Ada")
    page.get_by_role("button", name="Ajouter ma clé d’accès").click()
    expect(page.get_by_role("status")).to_have_text("Votre clé d’accès est ajoutée.")
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, member)
    page.goto("/espace/remboursements")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes remboursements")
    page.goto("/espace/securite")
    expect(page.locator("main")).to_contain_text("Téléphone d’Ada")
    page.get_by_role("button", name="Retirer la clé Téléphone d’Ada").click()
    expect(page.get_by_role("status")).to_have_text("La clé d’accès est retirée.")


def test_a_recovery_code_works_once(portail: Portail, open_context: OpenContext) -> None:
    member = portail.member(*dossier_complet("R"))
    page = open_context(portail.enrol(member), address=member.address).new_page()
    page.goto("/espace/securite")
    page.get_by_role("button", name="En créer de nouveaux").click()
    code = page.locator(".codes li").first.inner_text()
    for is_right in (True, False):
        page.get_by_role("button", name="Se déconnecter").click()
        sign_in(page, member)
        page.goto("/espace/remboursements")
        page.get_by_text("Je n’ai pas mon téléphone").click()
        page.get_by_label("Code de secours").fill(code)
        page.get_by_role("button", name="Utiliser ce code de secours").click()
        title = "Mes remboursements" if is_right else "Vérifions que c’est vous"
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("alert")).to_be_visible()


def test_another_device_is_signed_out_from_the_list(portail: Portail, open_context: OpenContext) -> None:
    member = portail.member()
    other = portail.enrol(member)
    page = open_context(address=member.address).new_page()
    sign_in(page, member)
    page.goto("/espace/securite")
    page.get_by_role("button", name="Déconnecter", exact=False).filter(has_text="connecté le").first.click()
    expect(page.get_by_role("status")).to_have_text("Cet appareil est déconnecté.")
    assert portail.browse(other).get("/espace").headers["location"].startswith("/espace/connexion")
    page.get_by_role("button", name="Me déconnecter partout").click()
    expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté de tous vos appareils.")


def test_the_meter_of_a_new_password_says_what_would_help(portail: Portail, open_context: OpenContext) -> None:
    member = portail.member()
    page = open_context(portail.enrol(member), address=member.address).new_page()
    page.goto("/espace/securite/mot-de-passe")
    page.get_by_label("Nouveau mot de passe").press_sequentially("soleil")
    expect(page.locator("[data-force-texte]")).to_contain_text("pas encore admis")
    page.get_by_label("Nouveau mot de passe").fill(OTHER_PASSWORD)
    expect(page.locator("[data-force-texte]")).to_contain_text(": admis")
