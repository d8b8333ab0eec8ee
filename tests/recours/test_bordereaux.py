"""Bordereaux of encaissements: every line in its class, once, whatever interrupts."""

import io
import zipfile
from collections import Counter
from typing import Any

import httpx
import pytest

from infra.auth.roles import Role
from infra.recours.bordereaux import COLONNES, CSV_TYPE, XLSX_TYPE, BordereauIllisible, read_bordereau
from tests.recours.following import Desk
from tests.support.serving import code_of, decoded

Row = tuple[str, str, str, str, str]


def csv_of(rows: list[Row], *, separator: str = ";") -> bytes:
    lines = [separator.join(COLONNES), *(separator.join(row) for row in rows)]
    return "\r\n".join(lines).encode("utf-8-sig")


def xlsx_of(rows: list[Row]) -> bytes:
    """A workbook as a spreadsheet writes it: strings inline, amounts as numbers, days as days."""
    from datetime import date

    cells = ["".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in COLONNES)]
    for ligne, sinistre, paiement, jour, montant in rows:
        day = (date.fromisoformat(jour) - date(1899, 12, 30)).days
        texts = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in (ligne, sinistre, paiement))
        cells.append(f'{texts}<c s="1"><v>{day}</v></c><c><v>{montant.replace(",", ".")}</v></c>')
    sheet = "".join(f"<row>{row}</row>" for row in cells)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>")
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet {space}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
    return content.getvalue()


def post(desk: Desk, reference: str, content: bytes, *, kind: str = CSV_TYPE, apercu: bool = False) -> httpx.Response:
    return desk.served.as_(Role.ASSIA).post(
        f"/v1/recours/bordereaux/{reference}",
        content=content,
        headers={"Content-Type": kind},
        params={"apercu": "true"} if apercu else None,
    )


def classes(body: dict[str, Any]) -> dict[str, int]:
    return {c["classe"]: c["nombre"] for c in body["classes"] if c["nombre"]}


@pytest.fixture
def claimed(desk: Desk) -> Desk:
    """A sinistre of which 5 000,00 are agreed."""
    desk.pay(depense=1_000_000, ro=760_000, smi=180_000)
    desk.claim()
    return desk


def rows_of(desk: Desk) -> list[Row]:
    return [
        ("1", desk.reference, "VIR-1", "2026-06-10", "2000,00"),
        ("2", desk.reference, "VIR-1", "2026-06-10", "2000,00"),
        ("3", desk.reference, "VIR-2", "2026-06-20", "9 000,00"),
        ("4", "SIN-INCONNU", "VIR-3", "2026-06-20", "10,00"),
        ("5", desk.reference, "VIR-4", "2026-06-25", "3000,00"),
        ("6", desk.reference, "VIR-5", "2025-01-01", "1,00"),
    ]


EXPECTED = ["partiel", "double", "excedentaire", "non_rapproche", "rapproche", "non_rapproche"]


@pytest.mark.parametrize("kind", [CSV_TYPE, XLSX_TYPE])
def test_each_line_lands_in_its_class_and_a_second_import_changes_nothing(claimed: Desk, kind: str) -> None:
    reference = f"B-{claimed.numero}"
    rows = [(a, b, c, d, e.replace(" ", "")) for a, b, c, d, e in rows_of(claimed)]
    content = csv_of(rows) if kind == CSV_TYPE else xlsx_of(rows)

    before = claimed.served.services.journal.position()
    preview = post(claimed, reference, content, kind=kind, apercu=True)
    assert (preview.status_code, preview.json()["apercu"]) == (200, True)
    assert claimed.served.services.journal.position() == before

    taken = post(claimed, reference, content, kind=kind)
    assert taken.status_code == 201
    assert classes(taken.json()) == classes(preview.json()) == dict(Counter(EXPECTED))
    read = claimed.read(f"/v1/recours/bordereaux/{reference}")
    assert [e["classe"] for e in read["elements"]] == EXPECTED
    assert (read["lignes"], read["prises"], read["ouvertes"]) == (6, 6, 4)
    assert claimed.shares() == [60_000, 355_745, 84_255, 0]

    after = claimed.served.services.journal.position()
    again = post(claimed, reference, content, kind=kind)
    assert (again.status_code, again.json()["nouvelles"]) == (200, 0)
    assert classes(again.json()) == classes(taken.json())
    assert claimed.served.services.journal.position() == after


def test_another_content_under_the_same_reference_is_a_conflict(claimed: Desk) -> None:
    rows = rows_of(claimed)
    assert post(claimed, f"B-{claimed.numero}", csv_of(rows)).status_code == 201
    for apercu in (True, False):
        other = post(claimed, f"B-{claimed.numero}", csv_of(rows[:-1]), apercu=apercu)
        assert code_of(other) == (409, "bordereau_en_conflit")


def test_a_person_resolves_each_gap_once_and_says_why(claimed: Desk) -> None:
    reference = f"B-{claimed.numero}"
    post(claimed, reference, csv_of(rows_of(claimed)))

    def resolve(ligne: str, resolution: str, motif: str = "Vu.", **fields: str) -> httpx.Response:
        return claimed.served.as_(Role.ASSIA).post(
            f"/v1/recours/bordereaux/{reference}/lignes/{ligne}/resolution",
            json={"resolution": resolution, "motif": motif, **fields},
        )

    assert code_of(resolve("1", "ecarte")) == (409, "ligne_sans_ecart")
    assert code_of(resolve("99", "ecarte")) == (404, "ligne_inconnue")
    assert code_of(resolve("4", "encaisse")) == (404, "sinistre_inconnu")
    assert resolve("4", "encaisse", sinistre=claimed.reference).json()["encaissement"] == 3
    assert code_of(resolve("4", "ecarte")) == (409, "ecart_deja_resolu")
    assert decoded(resolve("2", "encaisse", "Deux virements de même référence."))["encaissement"] == 4
    assert decoded(resolve("3", "ecarte", "Rendu à l'assureur."))["encaissement"] is None

    read = claimed.read(f"/v1/recours/bordereaux/{reference}")
    by_line = {e["ligne"]: e for e in read["elements"]}
    assert by_line["3"]["motif"] == "Rendu à l'assureur."
    assert by_line["4"]["resolu_sur"] == claimed.reference
    assert [e["ligne"] for e in claimed.read(f"/v1/recours/bordereaux/{reference}", ouvertes=True)["elements"]] == ["6"]
    assert claimed.file()["solde"]["recu"] == 500_000 + 1_000 + 200_000


@pytest.mark.parametrize(
    ("row", "colonne"),
    [
        (("", "S-1", "V-1", "2026-06-10", "1,00"), "ligne"),
        (("1", "S 1", "V-1", "2026-06-10", "1,00"), "sinistre"),
        (("1", "S-1", "", "2026-06-10", "1,00"), "reference_paiement"),
        (("1", "S-1", "V-1", "10-06-2026", "1,00"), "date_encaissement"),
        (("1", "S-1", "V-1", "31/02/2026", "1,00"), "date_encaissement"),
        (("1", "S-1", "V-1", "10/06/2026", "1,005"), "montant"),
        (("1", "S-1", "V-1", "10/06/2026", "-1"), "montant"),
        (("1", "S-1", "V-1", "10/06/2026", "0"), "montant"),
        (("1", "S-1", "V-1", "10/06/2026", "=1+1"), "montant"),
    ],
)
def test_a_line_that_cannot_be_read_refuses_the_file_and_says_where(row: Row, colonne: str) -> None:
    with pytest.raises(BordereauIllisible) as refused:
        read_bordereau(csv_of([("0", "S-1", "V-1", "2026-06-10", "1,00"), row]), CSV_TYPE, reference="B")
    assert [(f.rang, f.colonne) for f in refused.value.fautes] == [(3, colonne)]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"a;b\r\n1;2", csv_of([]), b'ligne;"', csv_of([("1", "S", "V", "2026-06-10", "1")] * 2)],
)
def test_a_file_that_is_no_bordereau_is_refused(content: bytes) -> None:
    with pytest.raises(BordereauIllisible):
        read_bordereau(content, CSV_TYPE, reference="B")


def test_the_two_separators_and_the_two_ways_of_writing_a_day_are_read_alike() -> None:
    rows = [("1", "S-1", "V-1", "10/06/2026", "1 234,5")]
    spelled = [("1", "S-1", "V-1", "2026-06-10", "1234.50")]
    read = read_bordereau(csv_of(rows), CSV_TYPE, reference="B")
    assert read == read_bordereau(csv_of(spelled, separator=","), CSV_TYPE, reference="B")
    assert read == read_bordereau(xlsx_of(spelled), XLSX_TYPE, reference="B")
    assert read.lignes[0].montant == 123_450


def workbook(name: str, content: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"PK",
        workbook("autre.xml", "<a/>"),
        workbook("xl/worksheets/sheet1.xml", "<worksheet>"),
        workbook("xl/worksheets/sheet1.xml", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>'),
        workbook("xl/worksheets/sheet1.xml", "<w>" + "0" * 70_000_000 + "</w>"),
    ],
    ids=["no-zip", "no-sheet", "broken", "entities", "bomb"],
)
def test_a_workbook_that_is_none_or_that_is_dangerous_is_refused(content: bytes) -> None:
    with pytest.raises(BordereauIllisible):
        read_bordereau(content, XLSX_TYPE, reference="B")


def test_a_file_of_another_kind_or_with_faults_is_refused_over_http(desk: Desk) -> None:
    assert code_of(post(desk, "B-1", b"x", kind="application/json")) == (415, "contenu_non_gere")
    faulty = post(desk, "B-1", csv_of([("1", "S-1", "V-1", "2026-06-10", "x")]))
    assert code_of(faulty) == (422, "requete_invalide")
    assert faulty.json()["erreurs"][0]["chemin"] == "/2/montant"
    assert code_of(desk.served.as_(Role.ASSIA).get("/v1/recours/bordereaux/AUCUN")) == (404, "bordereau_inconnu")
