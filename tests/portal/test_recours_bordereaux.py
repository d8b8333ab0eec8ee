"""Bordereaux on the pages: the preview records nothing, the same again changes nothing, gaps are resolved."""

import io

import pytest
import xlsxwriter

from infra.http.bodies import MESSAGE_BODY_BYTES_MAX
from tests.portal.equipe import Bureau, worked_example
from tests.portal.portail import Portail
from tests.portal.test_recours_dossier import plain

HEAD = "ligne;sinistre;reference_paiement;date_encaissement;montant\r\n"
BORDEREAUX = "/maison/recours/bordereaux"


@pytest.fixture(scope="module")
def bureau(portail: Portail) -> Bureau:
    """A person of Assia, with a sinistre of 10 000,00 that is claimed."""
    made = Bureau.of(portail)
    made.claimed(portail.member(*worked_example("BORD")), "SIN-BORD", "BORD-1", "BORD-2")
    return made


def test_a_preview_records_nothing_and_the_same_again_changes_nothing(bureau: Bureau) -> None:
    content = (
        HEAD + "1;SIN-BORD;V-1;2026-06-01;100,00\r\n2;SIN-BORD;V-1;2026-06-02;5,00\r\n3;NUL;V-2;2026-06-02;7,00\r\n"
    )
    before = bureau.portail.services.journal.position()
    shown = plain(bureau.upload("B-1", content.encode()).text)
    for said in ("3 lignes", "112,00 €", "Ce paiement est déjà encaissé", "Aucun sinistre à cette référence"):
        assert said in shown
    assert bureau.portail.services.journal.position() == before
    assert bureau.take_bordereau("B-1", content) == f"{BORDEREAUX}/B-1?fait=recours-bordereau"
    after = bureau.portail.services.journal.position()
    assert after > before
    assert bureau.take_bordereau("B-1", content) == f"{BORDEREAUX}/B-1?fait=recours-rien"
    assert bureau.portail.services.journal.position() == after
    assert "2 lignes attendent une personne" in plain(bureau.browser.get(f"{BORDEREAUX}/B-1").text)
    assert "B-1" in bureau.browser.get(BORDEREAUX).text
    other = bureau.upload("B-1", content.replace("100,00", "100,01").encode())
    assert other.status_code == 409


def test_a_workbook_is_read_as_well(bureau: Bureau) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEAD.strip().split(";"))
        sheet.write_row(1, 0, ["1", "SIN-BORD", "X-1", "2026-06-03", "12,34"])
    shown = plain(bureau.upload("B-XLSX", out.getvalue(), "juin.xlsx").text)
    assert "juin.xlsx : 1 ligne, 12,34 €" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "le fichier est vide"),
        (b"a;b\r\n1;2\r\n", "colonne absente"),
        (HEAD.encode() + b"1;SIN-BORD;V;2026-13-01;1\r\n", "AAAA-MM-JJ"),
        (b"\xff\xfe", "UTF-8"),
        (b"PK\x03\x04 not a workbook", "corriger dans le fichier"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_line_by_line(bureau: Bureau, content: bytes, said: str) -> None:
    answer = bureau.upload("B-FAUX", content)
    assert answer.status_code == 422
    assert said in plain(answer.text)


def test_no_file_no_reference_too_much(bureau: Bureau) -> None:
    assert "Choisissez un fichier" in bureau.upload("B-2", b"", name="").text
    assert "Donnez la référence du bordereau" in plain(bureau.upload("pas une référence", b"x").text)
    assert bureau.upload("B-GROS", b"x" * (MESSAGE_BODY_BYTES_MAX + 1)).status_code == 413
    answer = bureau.browser.post(f"{BORDEREAUX}/apercu", data={"csrf": bureau.opened.session.csrf})
    assert answer.status_code == 400


def test_a_gap_is_resolved_with_a_reason_once(bureau: Bureau) -> None:
    bureau.take_bordereau("B-3", HEAD + "1;FAUX;V-31;2026-06-05;40,00\r\n")
    path = f"{BORDEREAUX}/B-3/lignes/1"
    data = {"csrf": bureau.opened.session.csrf, "resolution": "encaisse", "sinistre": "SIN-BORD"}
    without = bureau.browser.post(path, data=data)
    assert without.status_code == 422
    assert "dites pourquoi" in without.text
    assert 'value="SIN-BORD"' in without.text
    elsewhere = bureau.browser.post(path, data=data | {"motif": "bien reçu", "sinistre": "SIN-ABSENT"})
    assert elsewhere.status_code == 409
    assert 'value="bien reçu"' in elsewhere.text
    assert bureau.browser.post(path, data=data | {"motif": "bien reçu"}).status_code == 303
    again = bureau.browser.post(path, data=data | {"motif": "bien reçu"})
    assert again.status_code == 409
    assert "V-31" in bureau.page("SIN-BORD")
    assert "bien reçu" in bureau.browser.get(f"{BORDEREAUX}/B-3?classe=toutes").text
