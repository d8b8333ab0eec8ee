"""What the pages refuse: forged forms, other people's data, addresses from elsewhere, what feeds would run."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from infra.auth.sessions import Opened
from infra.portal.suite import local
from tests.portal.conftest import OpenContext
from tests.portal.portail import PASSWORD, Adherent, Portail, csrf_of, dossier_complet
from tests.support.ledger import annulation, decompte, soin_line

PAGES = (
    "/espace", "/espace/remboursements", "/espace/comparaison", "/espace/impots", "/espace/demandes",
    "/espace/demandes/tiers", "/espace/notifications", "/espace/securite", "/espace/securite/mot-de-passe",
    "/espace/securite/code-de-securite", "/espace/securite/cle", "/espace/securite/lettre",
    "/espace/securite/confirmation", "/espace/aide", "/espace/mentions", "/espace/nulle-part",
)  # fmt: skip
PUBLIC = ("/espace/connexion", "/espace/activation", "/espace/oubli", "/espace/deblocage", "/maison/connexion")
POSTS = (
    "/espace/deconnexion", "/espace/verification", "/espace/demandes/tiers", "/espace/notifications",
    "/espace/notifications/releves", "/espace/securite/mot-de-passe", "/espace/securite/sessions",
    "/espace/securite/partout", "/espace/securite/partage", "/espace/securite/lettre",
    "/espace/securite/code-de-securite", "/espace/securite/confirmation", "/espace/securite/codes",
    "/espace/securite/cle", "/espace/securite/cle/retirer", "/espace/force?qui=session",
)  # fmt: skip
PUBLIC_POSTS = (
    "/espace/connexion", "/espace/activation", "/espace/activation/code", "/espace/activation/mot-de-passe",
    "/espace/oubli", "/espace/oubli/code", "/espace/oubli/mot-de-passe", "/espace/deblocage",
    "/espace/deblocage/code", "/espace/force", "/maison/connexion", "/maison/lien", "/maison/mot-de-passe",
)  # fmt: skip


class World:
    """Two members, each signed in with a second factor."""

    def __init__(self, portail: Portail) -> None:
        self.ada = portail.member(*dossier_complet("ADA"))
        self.bob = portail.member(*dossier_complet("BOB"), prenom="Bob")
        self.opened_ada, self.opened_bob = portail.enrol(self.ada), portail.enrol(self.bob)
        self.as_ada, self.as_bob = portail.browse(self.opened_ada), portail.browse(self.opened_bob)


@pytest.fixture(scope="module")
def world(portail: Portail) -> World:
    """Two members for all the tests of this module."""
    return World(portail)


@pytest.mark.parametrize("path", [*PAGES, *PUBLIC])
def test_every_page_forbids_what_is_not_ours(world: World, portail: Portail, path: str) -> None:
    answer = (portail.browse() if path in PUBLIC else world.as_ada).get(path)
    assert answer.status_code == (404 if path.endswith("nulle-part") else 200)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
    assert re.findall(r"<script[^>]*>([^<]*)", answer.text) == [""] * answer.text.count("<script")
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text) == []
    for form in re.findall(r'<form[^>]*method="post".*?</form>', answer.text, re.DOTALL):
        assert 'name="csrf"' in form


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("forged", ["", "another member's", "before sign-in"])
def test_a_form_without_the_token_of_its_session_is_refused(
    world: World, portail: Portail, path: str, forged: str
) -> None:
    tokens = {
        "": "",
        "another member's": world.opened_bob.session.csrf,
        "before sign-in": csrf_of(portail.browse().get("/espace/connexion")),
    }
    answer = world.as_ada.post(path, data={"csrf": tokens[forged], "accorde": "oui", "frequence": "aucune"})
    assert answer.status_code == 403
    assert "n’a pas pu être vérifié" in answer.text
    assert world.as_ada.get("/espace").status_code == 200


@pytest.mark.parametrize("path", PUBLIC_POSTS)
def test_a_form_before_sign_in_needs_the_token_of_its_browser(portail: Portail, path: str) -> None:
    mine, other = portail.browse(), portail.browse()
    token = csrf_of(other.get("/espace/connexion"))
    mine.get("/espace/connexion")
    for given in ("", token):
        assert mine.post(path, data={"csrf": given, "numero": "X", "mot_de_passe": "Y"}).status_code == 403


def test_a_form_that_another_site_sends_is_refused_whatever_its_token(world: World) -> None:
    for site in ("cross-site", "same-site"):
        answer = world.as_ada.post(
            "/espace/notifications",
            data={"csrf": world.opened_ada.session.csrf, "frequence": "mensuelle"},
            headers={"Sec-Fetch-Site": site},
        )
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/espace/remboursements/cpam-751/BOB-RO",
        "/espace/remboursements/smi/BOB-SMI",
        "/espace/remboursements/smi/inconnu",
    ],
)
def test_another_members_decompte_is_as_unknown_as_one_that_does_not_exist(world: World, path: str) -> None:
    answer = world.as_ada.get(path)
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
    assert "Menu principal" in answer.text
    if "BOB" in path:
        assert world.as_bob.get(path).status_code == 200


def test_no_page_nor_download_of_one_member_names_another(world: World) -> None:
    downloads = [f"/espace/telecharger/{name}" for name in ("releve-2026.json", "releve-2026.csv", "impots-2026.csv")]
    for path in (*PAGES, *downloads):
        text = world.as_ada.get(path).text
        assert world.bob.numero not in text
        assert "BOB-" not in text
    assert "ADA-SMI" in world.as_ada.get("/espace/telecharger/releve-2026.csv").text


def test_another_members_session_cannot_be_closed(world: World) -> None:
    data = {"csrf": world.opened_ada.session.csrf, "id": str(world.opened_bob.session.id)}
    assert world.as_ada.post("/espace/securite/sessions", data=data).status_code == 403
    assert world.as_bob.get("/espace").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["releve-2024.pdf", "releve-2027.csv", "releve-2026.exe", "impots-2026.xlsx", "..%2f..%2fetc", "releve-2026"],
)
def test_what_is_no_download_is_not_found(world: World, name: str) -> None:
    assert world.as_ada.get(f"/espace/telecharger/{name}").status_code == 404


@pytest.mark.parametrize(
    "path", [p for p in PAGES if p not in ("/espace/aide", "/espace/mentions", "/espace/nulle-part")]
)
def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(portail: Portail, path: str) -> None:
    answer = portail.browse().get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/espace/connexion?suite={quote(path, safe='')}")


@pytest.mark.parametrize(
    "given",
    [
        "https://exemple.org/espace", "//exemple.org", "/\\exemple.org", "/espace/../../", "/espace@exemple.org",
        "/espace//exemple.org", "/v1/sante/pret", "javascript:alert(1)", "/espace/securite\r\nSet-Cookie: x=1",
        "/espace?" + "a" * 400, "", None, "/espace/deconnexion",
    ],
)  # fmt: skip
def test_an_address_from_elsewhere_leads_home(given: str | None) -> None:
    assert local(given) == "/espace"


@pytest.mark.parametrize(
    "asked",
    [
        *(p for p in PAGES if p not in ("/espace/nulle-part", "/espace/mentions")),
        "/espace/remboursements?annee=2025&texte=dent",
        "/espace/remboursements/smi/SMI-2026_1.a",
        "/espace/telecharger/releve-2026.fhir.json",
    ],
)  # fmt: skip
def test_every_page_may_be_come_back_to(asked: str) -> None:
    assert local(asked) == asked


def test_signing_in_leads_nowhere_else(portail: Portail) -> None:
    member = portail.member()
    portail.activate(member)
    browser = portail.browse(address=member.address)
    form = browser.get("/espace/connexion?suite=https://exemple.org")
    assert "exemple.org" not in form.text
    data = {"csrf": csrf_of(form), "numero": member.numero, "mot_de_passe": PASSWORD, "suite": "//exemple.org"}
    answer = browser.post("/espace/connexion", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/espace")


def test_signing_in_never_keeps_a_session_that_was_there_before(portail: Portail) -> None:
    member = portail.member()
    portail.enrol(member)
    planted = "dcs_" + "A" * 43
    browser = portail.browse(planted, address=member.address)
    data = {"csrf": csrf_of(browser.get("/espace/connexion")), "numero": member.numero, "mot_de_passe": PASSWORD}
    answer = browser.post("/espace/connexion", data=data)
    first = session_cookie(answer)
    assert first not in (planted, "")
    assert portail.acces.session_of(planted) is None
    fresh = portail.browse(first, address=member.address)
    form = fresh.get("/espace/verification?suite=/espace/impots")
    proof = {"csrf": csrf_of(form), "moyen": "code", "code": portail.totp(member), "suite": "/espace/impots"}
    proved = fresh.post("/espace/verification", data=proof)
    assert proved.headers["location"] == "/espace/impots"
    # The secret is another one as soon as the session can do more; the former opens nothing.
    assert session_cookie(proved) != first
    assert portail.acces.session_of(first) is None


def session_cookie(answer: httpx.Response) -> str:
    """The secret that an answer sets; its cookie cannot be read by scripts nor sent along by other sites."""
    [line] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("decompte=")]
    assert "HttpOnly" in line
    assert "SameSite=lax" in line
    assert "Path=/" in line
    return line.split(";")[0].removeprefix("decompte=")


def test_the_answer_to_a_wrong_password_does_not_tell_whether_there_is_such_a_member(portail: Portail) -> None:
    member = portail.member()
    portail.activate(member)
    pages = []
    for numero in (member.numero, "INCONNU"):
        browser = portail.browse(address="10.77.0.1")
        data = {"csrf": csrf_of(browser.get("/espace/connexion")), "numero": numero, "mot_de_passe": "faux"}
        answer = browser.post("/espace/connexion", data=data)
        assert answer.status_code == 401
        pages.append(answer.text.replace(numero, "").replace(csrf_of(answer), ""))
    assert pages[0] == pages[1]


def test_activation_says_the_same_of_a_number_that_nobody_has(portail: Portail) -> None:
    member = portail.member()
    pages = []
    for numero in (member.numero, "PERSONNE1"):
        browser = portail.browse(address=member.address)
        data = {
            "csrf": csrf_of(browser.get("/espace/activation")),
            "numero": numero,
            "naissance_jour": "3",
            "naissance_mois": "2",
            "naissance_annee": "1980",
        }
        begun = browser.post("/espace/activation", data=data)
        assert begun.headers["location"] == "/espace/activation/code"
        page = browser.get("/espace/activation/code")
        pages.append(page.text.replace(csrf_of(page), ""))
    assert pages[0] == pages[1]


def test_too_many_attempts_are_a_page_that_says_to_wait(portail: Portail) -> None:
    browser = portail.browse(address="10.88.0.1")
    token = csrf_of(browser.get("/espace/connexion"))
    for _ in range(21):
        answer = browser.post("/espace/connexion", data={"csrf": token, "numero": "MARTELE", "mot_de_passe": "faux"})
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "attendez quelques minutes" in answer.text


def test_an_oversized_form_is_refused(world: World) -> None:
    data = {"csrf": world.opened_ada.session.csrf, "recit": "x" * 200_000}
    answer = world.as_ada.post("/espace/demandes/tiers", data=data)
    assert answer.status_code == 413
    assert "trop long" in answer.text


@pytest.mark.parametrize("content", [b"csrf=%ff%fe", b"&".join(b"a=1" for _ in range(500))])
def test_what_is_no_form_of_ours_is_a_page_too(world: World, content: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = world.as_ada.post("/espace/notifications", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")


def test_a_method_that_a_page_does_not_have_is_a_page(world: World) -> None:
    answer = world.as_ada.post("/espace/aide")
    assert answer.status_code == 405
    assert "</html>" in answer.text


ATTACK = '<img src=x onerror=alert(1)>"><script>alert(1)</script>{{7*7}}'


@pytest.fixture(scope="module")
def attacked(portail: Portail) -> tuple[Adherent, Opened]:
    """A member all of whose free texts are attacks, as far as the feed admits them."""
    line = soin_line(libelle=ATTACK, acte="<b>x</b>", motif=ATTACK[:60], ligne="<i>")
    base: dict[str, Any] = {"organisme": ATTACK, "virement": "<u>v</u>"}
    retenue = {
        "ligne": "<p>",
        "soin": "F1-1",
        "nature": "franchise",
        "beneficiaire": "<02>",
        "date_soin": "2026-03-10",
        "montant": -100,
        "motif": ATTACK[:60],
        "ligne_origine": {"emetteur": "cpam-751", "reference": "XSS-1", "ligne": "<i>"},
    }
    member = portail.member(
        decompte("XSS-1", lignes=[line], **base),
        decompte("XSS-2", lignes=[retenue], date_paiement="2026-04-01", **base),
        decompte("XSS-3", lignes=[soin_line(soin="F9", libelle=ATTACK, beneficiaire="<02>")], **base),
        annulation("XSS-3", motif=ATTACK[:60]),
        nom=ATTACK[:60],
        prenom=ATTACK[:60],
        beneficiaires=[{"beneficiaire": "<02>", "prenom": ATTACK[:60], "date_naissance": "2015-06-07"}],
    )
    return member, portail.enrol(member)


@pytest.mark.parametrize(
    "path",
    [
        *(p for p in PAGES if p != "/espace/nulle-part"),
        "/espace/remboursements/cpam-751/XSS-1",
        "/espace/remboursements/cpam-751/XSS-2",
        "/espace/remboursements/cpam-751/XSS-3",
        f"/espace/remboursements?texte={quote(ATTACK)}&du={quote(ATTACK)}&beneficiaire={quote(ATTACK)}&fait={quote(ATTACK)}",
    ],
)
def test_nothing_that_a_feed_or_an_address_says_is_run(
    attacked: tuple[Adherent, Opened], open_context: OpenContext, path: str
) -> None:
    page = open_context(attacked[1]).new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200
    assert said == []
    assert page.locator("img[src=x], main script, main b, main u, main i, main p p").count() == 0
    if "XSS" in path:
        assert page.get_by_text("<img src=x onerror=alert(1)>", exact=False).first.is_visible()


def test_cookies_take_the_host_prefix_where_the_site_is_reached_by_https(
    portail: Portail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(portail.services.settings.__dict__, "public_url", "https://espace.exemple.fr")
    lines = portail.browse().get("/espace/connexion").headers.get_list("set-cookie")
    [form] = [line for line in lines if "formulaire" in line]
    assert form.startswith("__Host-decompte-formulaire=")
    assert "Secure" in form


def test_a_browser_is_the_same_device_at_its_second_sign_in(portail: Portail) -> None:
    member = portail.member()
    portail.activate(member)
    browser = portail.browse(address=member.address)
    marks = []
    for _ in range(2):
        data = {"csrf": csrf_of(browser.get("/espace/connexion")), "numero": member.numero, "mot_de_passe": PASSWORD}
        page = browser.post("/espace/connexion", data=data)
        assert page.headers["location"] == "/espace"
        marks.append(browser.cookies["decompte-appareil"])
        token = csrf_of(browser.get("/espace"))
        assert browser.post("/espace/deconnexion", data={"csrf": token}).status_code == 303
    assert marks[0] == marks[1]
    mails = [portail.services.outbox.get(row["id"]) for row in portail.services.outbox.listing()]
    objets = [
        mail.contenu.objet
        for mail in mails
        if mail is not None
        and mail.contenu is not None
        and mail.contenu.destinataire == f"{member.numero.lower()}@exemple.fr"
    ]
    # The code of the activation, and the first sign-in of a browser never seen: not the second one.
    assert len([objet for objet in objets if "inhabituel" in objet or "appareil" in objet.lower()]) == 1, objets
