"""The file of a sinistre: what it shows, what it refuses, and that nothing typed is lost."""

import io
import re
from html import unescape

import openpyxl
import pytest

from infra.auth.roles import Role
from infra.portal.recours_suggestions import MOTIF
from ledger.sinistre.decision import SOINS_MAX
from tests.portal.equipe import Bureau, accident_like, person, worked_example
from tests.portal.portail import Adherent, Portail
from tests.support.ledger import annulation

CREANCE = "/maison/recours/sinistres/{}/creances/{}.{}"


@pytest.fixture(scope="module")
def bureau(portail: Portail) -> Bureau:
    """A person of Assia."""
    return Bureau.of(portail)


def plain(html: str) -> str:
    """What a page says, spaces as one."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def claimed(bureau: Bureau, prefix: str) -> tuple[Adherent, str]:
    """A sinistre of 10 000,00 that is claimed."""
    member = bureau.portail.member(*worked_example(prefix))
    reference = f"SIN-{prefix}"
    bureau.claimed(member, reference, f"{prefix}-1", f"{prefix}-2")
    return member, reference


def test_receipts_are_shared_by_the_rule_and_the_reste_a_charge_stays(bureau: Bureau) -> None:
    _, reference = claimed(bureau, "PART")
    bureau.step(reference, "accord", responsabilite="50")
    before = plain(bureau.page(reference))
    bureau.step(reference, "encaissement", montant="5000,00", reference_paiement="V-1")
    after = plain(bureau.page(reference))
    for amount in ("600,00 €", "3 557,45 €", "842,55 €", "5 000,00 €"):
        assert amount in after
    said = "Reste à charge de la victime : 600,00 €"
    assert said in before
    assert said in after
    assert "sa charge finale est 0,00 €" in after


def test_somebody_was_quicker_and_nothing_that_was_typed_is_lost(bureau: Bureau) -> None:
    _, reference = claimed(bureau, "VITE")
    seen = bureau.portail.services.recours.state_of(reference)["version"]
    bureau.step(reference, "contestation", motif="Priorité contestée.")
    typed = {"montant": "123,45", "motif": "chèque du 12", "reference_paiement": "CHQ-12"}
    answer = bureau.send(reference, "encaissement", version=seen, **typed)
    assert answer.status_code == 409
    assert "Quelqu’un a été plus rapide" in answer.text
    assert "où il en est maintenant : Contesté" in plain(answer.text)
    for value in typed.values():
        assert f'value="{value}"' in answer.text
    # The form now stands on the version of now: sent again, it is taken.
    [version] = set(re.findall(r'name="version" value="(\d+)"', answer.text))
    assert bureau.send(reference, "encaissement", version=int(version), **typed).status_code == 303
    assert "CHQ-12" in bureau.page(reference)


@pytest.mark.parametrize(
    ("etape", "fields", "said"),
    [
        ("encaissement", {"montant": "douze"}, "Saisissez un montant en euros"),
        ("encaissement", {"montant": "0"}, "Saisissez un montant en euros"),
        ("accord", {"responsabilite": "101"}, "Saisissez une part entre 0,01 et 100"),
        ("contestation", {"date": "2026-02-30"}, "Cette date n’existe pas"),
        ("contestation", {"date": "2026-07-01"}, "dans l’avenir"),
        ("classement", {}, "cette étape demande un motif"),
        ("retrait", {}, "Choisissez l’encaissement à retirer"),
        ("detachement", {}, "Cochez au moins un soin"),
        ("detachement", {"soins": [f"S{i}" for i in range(SOINS_MAX // 3)]}, "pas rattaché à ce sinistre"),
        ("recensement", {}, "ne suit pas de l’état"),
        ("n’importe", {}, "Cette étape n’existe pas"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    bureau: Bureau, etape: str, fields: dict[str, str], said: str
) -> None:
    reference = "SIN-FAUTE"
    if bureau.browser.get(f"/maison/recours/sinistres/{reference}").status_code == 404:
        claimed(bureau, "FAUTE")
    before = bureau.portail.services.recours.state_of(reference)
    answer = bureau.send(reference, etape, **fields)
    assert answer.status_code in (409, 422)
    assert said in plain(answer.text)
    assert bureau.portail.services.recours.state_of(reference) == before


def test_a_correction_after_a_receipt_shows_and_makes_the_next_version(bureau: Bureau) -> None:
    member, reference = claimed(bureau, "CORR")
    bureau.step(reference, "encaissement", montant="10000")
    cancelled = annulation("CORR-2-SMI", emetteur="smi", reference="ANN-CORR", numero_adherent=member.numero)
    bureau.portail.record(cancelled)
    page = plain(bureau.page(reference))
    assert "Relevé de créance périmé" in page
    assert "Recouvré au-delà de ce qui a été payé , SMI : 360,00 €".replace(" ,", ",") in page.replace(" ,", ",")
    assert f"{reference}" in bureau.browser.get("/maison/recours/ecarts").text
    bureau.step(reference, "creance")
    page = plain(bureau.page(reference))
    assert "Relevé n° 2" in page
    assert "SMI : 360,00 € devient 0,00 €" in page
    assert "Changé" in page
    # Shared anew by the new version, nobody has too much.
    bureau.step(reference, "ventilation")
    assert "Recouvré au-delà" not in plain(bureau.page(reference))


def test_the_files_to_send_have_the_amounts_of_the_page(bureau: Bureau) -> None:
    _, reference = claimed(bureau, "FICH")
    page = plain(bureau.page(reference))
    for amount in ("7 600,00 €", "1 800,00 €", "600,00 €", "10 000,00 €"):
        assert amount in page
    sheet = bureau.browser.get(CREANCE.format(reference, 1, "xlsx"))
    assert sheet.headers["content-disposition"] == f'attachment; filename="creance-{reference}-1.xlsx"'
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet.content)).worksheets[0].iter_rows(values_only=True))
    assert [name for name in rows[0] if name] == [
        "Soin", "Date", "Nature", "Catégorie", "Victime", "Régime obligatoire", "SMI", "Autres mutuelles", "Valeur",
        "Avant",
    ]  # fmt: skip
    assert rows[-1][4:9] == (600, 7600, 1800, 0, 10000)
    assert [sum(row[column] for row in rows[1:-1]) for column in range(4, 9)] == list(rows[-1][4:9])
    pdf = bureau.browser.get(CREANCE.format(reference, 1, "pdf"))
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert pdf.content == bureau.browser.get(CREANCE.format(reference, 1, "pdf")).content
    for wrong in ("2.pdf", "1.exe", "x.pdf", "0.xlsx"):
        assert bureau.browser.get(CREANCE.format(reference, *wrong.split("."))).status_code == 404


def test_attaching_a_soin_that_another_sinistre_holds_is_refused_with_the_ticks_kept(bureau: Bureau) -> None:
    member, reference = claimed(bureau, "PRIS")
    other = "SIN-PRIS-BIS"
    bureau.declare(member, other)
    bureau.step(other, "recensement")
    bureau.step(other, "ouverture")
    path = f"/maison/recours/sinistres/{other}/soins"
    shown = bureau.browser.get(path).text
    assert f"Rattaché à {reference}" in shown
    data = {
        "csrf": bureau.opened.session.csrf, "etape": "rattachement", "version": "3", "soins": ["PRIS-1", "PRIS-3"],
        "motif": "suites du choc",
    }  # fmt: skip
    answer = bureau.browser.post(path, data=data)
    assert answer.status_code == 409
    assert "déjà rattaché à un sinistre ouvert" in plain(answer.text)
    assert re.search(r'value="PRIS-3" checked', answer.text)
    assert 'value="suites du choc"' in answer.text
    found = bureau.browser.get(f"{path}?categorie=pharmacie&du=2026-03-01&au=2026-03-31").text
    assert "PRIS-3" in found
    assert "PRIS-1" not in found


def test_every_look_is_written_with_who_whom_what_and_why(bureau: Bureau) -> None:
    member, reference = claimed(bureau, "VU")
    bureau.page(reference)
    bureau.browser.get(f"/maison/recours/sinistres/{reference}/soins")
    bureau.browser.get(CREANCE.format(reference, 1, "xlsx"))
    sujet = bureau.portail.services.members.find(member.numero)
    assert sujet is not None
    looks = bureau.portail.services.journal_acces.listing(sujet, limit=50)
    mine = {(look.action, look.motif) for look in looks if look.acteur == bureau.opened.session.actor}
    assert {("sinistre", reference), ("soins", reference), ("creance", reference)} <= mine
    # Neither the worklist nor the gaps name anybody: they are no look at a member.
    before = len(looks)
    for path in ("/maison/recours", "/maison/recours/ecarts", "/maison/recours/sinistres.csv"):
        assert member.numero not in bureau.browser.get(path).text
    assert len(bureau.portail.services.journal_acces.listing(sujet, limit=50)) == before


def test_declaring_for_a_member_asks_why_and_is_recorded_once(bureau: Bureau) -> None:
    member = bureau.portail.member(*worked_example("DECL"))
    csrf = bureau.opened.session.csrf
    refused = bureau.browser.post("/maison/recours/adherent", data={"csrf": csrf, "numero": member.numero})
    assert refused.status_code == 422
    assert "Dites pourquoi vous consultez cet adhérent" in refused.text
    unknown = {"csrf": csrf, "numero": "INCONNU-1", "motif": "appel"}
    assert "Aucun adhérent" in bureau.browser.post("/maison/recours/adherent", data=unknown).text
    shown = bureau.browser.post("/maison/recours/adherent", data=unknown | {"numero": member.numero})
    assert "Ada Lovelace" in shown.text
    position = bureau.portail.services.journal.position()
    for _ in range(2):
        bureau.declare(member, "SIN-DECL")
    assert bureau.portail.services.journal.position() == position + 1
    sujet = bureau.portail.services.members.find(member.numero)
    assert sujet is not None
    said = {(look.action, look.motif) for look in bureau.portail.services.journal_acces.listing(sujet, limit=50)}
    assert ("suggestions", "appel") in said


@pytest.mark.parametrize("role", [Role.AUDITEUR, Role.EXPLOITANT])
def test_other_roles_of_the_house_are_refused(portail: Portail, role: Role) -> None:
    browser = portail.browse(person(portail, role))
    for path in ("/maison/recours", "/maison/recours/ecarts", "/maison/recours/sinistres/SIN-1"):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "pas ouverte à votre rôle" in answer.text


def test_members_and_strangers_are_sent_to_sign_in(portail: Portail) -> None:
    for browser in (portail.browse(), portail.browse(portail.enrol(portail.member()))):
        for path in ("/maison/recours", "/maison/recours/sinistres/SIN-1", "/maison/recours/bordereaux"):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/maison/connexion")


def test_a_reference_that_nobody_has_is_a_page_that_says_so(bureau: Bureau) -> None:
    for path in ("sinistres/SIN-ABSENT", "sinistres/SIN-ABSENT/soins", "bordereaux/ABSENT", "sinistres/%3Cb%3E"):
        answer = bureau.browser.get(f"/maison/recours/{path}")
        assert answer.status_code == 404
        assert "ne porte cette référence" in answer.text
    data = {"csrf": bureau.opened.session.csrf, "etape": "recensement", "version": "1"}
    assert bureau.browser.post("/maison/recours/sinistres/SIN-ABSENT/etapes", data=data).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "sinistres/SIN-CSRF/etapes", "sinistres/SIN-CSRF/soins", "declarer", "adherent",
        "bordereaux/B/lignes/1",
    ],
)  # fmt: skip
def test_a_form_without_the_token_of_its_session_is_refused(bureau: Bureau, path: str) -> None:
    other = person(bureau.portail).session.csrf
    for csrf in ("", other):
        assert bureau.browser.post(f"/maison/recours/{path}", data={"csrf": csrf}).status_code == 403
    for csrf in ("", other):
        for target in ("bordereaux", "bordereaux/apercu"):
            files = {"fichier": ("b.csv", b"x")}
            answer = bureau.browser.post(f"/maison/recours/{target}", data={"csrf": csrf}, files=files)
            assert answer.status_code == 403


def test_what_the_detection_proposes_is_a_look_at_each_member_shown(bureau: Bureau) -> None:
    member = bureau.member(accident_like("DET"))
    page = bureau.browser.get("/maison/recours/suggestions")
    while f"Adhérent {member.numero}," not in page.text:
        following = re.search(r'rel="next" href="(\?suite=[^"]+)"', page.text)
        assert following, page.text
        page = bureau.browser.get("/maison/recours/suggestions" + following[1])
    sujet = bureau.portail.services.members.find(member.numero)
    assert sujet is not None
    [look] = bureau.portail.services.journal_acces.listing(sujet, limit=10)
    assert (look.action, look.motif, look.acteur) == ("suggestions", MOTIF, bureau.opened.session.actor)
    assert bureau.browser.get("/maison/recours/suggestions?suite=faux").status_code in (400, 404)


ATTACK = '<img src=x onerror=alert(1)>"><script>alert(1)</script>{{7*7}}'


def test_nothing_that_anybody_typed_is_run(bureau: Bureau) -> None:
    reference = "SIN-XSS"
    member = bureau.portail.member(*worked_example("XSSR"))
    bureau.declare(
        member, reference, recit=ATTACK, lieu=ATTACK, blessures=ATTACK, tiers_nom=ATTACK, assureur=ATTACK,
        contrat=ATTACK[:60],
    )  # fmt: skip
    bureau.step(reference, "recensement", motif=ATTACK)
    wrong = bureau.send(reference, "encaissement", montant=ATTACK, motif=ATTACK, reference_paiement=ATTACK)
    search = bureau.browser.get("/maison/recours", params={"reference": ATTACK, "etat": ATTACK, "fait": ATTACK})
    for page in (bureau.page(reference), wrong.text, search.text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{7*7}}" in page
    assert "&lt;script&gt;" in bureau.page(reference)
