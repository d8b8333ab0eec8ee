"""Downloads over HTTP: who may, which years, what a client may keep, and the same totals as the JSON."""

import csv
import io
import threading
from typing import Any

import httpx
import msgspec
import openpyxl
import pytest

from infra.auth.roles import Role
from infra.http import exports
from readmodels.renderings.labels_fr import COLONNES
from readmodels.renderings.telechargements import TYPE_MEDIA, Format
from tests.support.ledger import adherent, annulation, decompte, soin_line
from tests.support.serving import Served, code_of, decoded

STATEMENTS = [f"releves/2026.{forme.value}" for forme in Format]
SUMMARIES = ["fiscal/2026.pdf", "fiscal/2026.csv"]
FILES = [*STATEMENTS, *SUMMARIES]
DOWNLOADS_AT_ONCE = 8


@pytest.fixture
def path(served: Served, numero: str) -> str:
    """Where a member with a little of everything is read."""
    smi = {"emetteur": "smi", "payeur": "smi", "rang": 2, "date_paiement": "2026-03-17"}
    position = served.record(
        decompte(f"RO-{numero}", numero_adherent=numero),
        decompte(f"SMI-{numero}", numero_adherent=numero, lignes=[soin_line(montant=900)], **smi),
        decompte(
            f"X-{numero}", numero_adherent=numero, lignes=[soin_line(soin="F2", montant=1234, depense=5678)], **smi
        ),
        annulation(f"RO-{numero}Z", numero_adherent=numero),
        adherent(reference=f"AD-{numero}", numero_adherent=numero),
    )
    served.get(f"/v1/adherents/{numero}/accueil", after=position)
    return f"/v1/adherents/{numero}"


@pytest.mark.parametrize("file", FILES)
def test_a_file_comes_with_its_kind_its_name_its_tag_and_its_position(served: Served, path: str, file: str) -> None:
    answer = served.get(f"{path}/{file}")
    assert answer.status_code == 200
    forme = Format(file.partition(".")[2])
    assert answer.headers["Content-Type"] == TYPE_MEDIA[forme]
    name = file.replace("releves/", "releve-").replace("fiscal/", "impots-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert int(answer.headers["Ledger-Position"]) > 0
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = served.get(f"{path}/{file}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    assert served.get(f"{path}/{file}").content == answer.content


@pytest.mark.parametrize("file", FILES)
def test_a_head_says_the_same_without_the_body(served: Served, path: str, file: str) -> None:
    answer = served.as_(Role.PORTAIL).head(f"{path}/{file}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == served.get(f"{path}/{file}").headers["ETag"]


def test_a_new_decompte_gives_new_bytes_once_it_is_waited_for(served: Served, path: str, numero: str) -> None:
    before = served.get(f"{path}/releves/2026.csv")
    lines = [soin_line(soin="F3")]
    position = served.record(decompte(f"N-{numero}", numero_adherent=numero, lignes=lines))
    tag = {"If-None-Match": before.headers["ETag"]}
    after = served.get(f"{path}/releves/2026.csv", after=position, headers=tag)
    assert after.status_code == 200
    assert int(after.headers["Ledger-Position"]) >= position
    assert f"N-{numero}".encode() in after.content


def test_the_totals_are_those_of_the_json(served: Served, path: str) -> None:
    totaux = decoded(served.get(f"{path}/releves/2026"))["totaux"]
    assert totaux["depense"] == 3000 + 5678
    table = csv.DictReader(
        io.StringIO(served.get(f"{path}/releves/2026.csv").content.decode("utf-8-sig")), delimiter=";"
    )
    rows = list(table)
    _, sheet, _ = openpyxl.load_workbook(io.BytesIO(served.get(f"{path}/releves/2026.xlsx").content)).worksheets
    in_sheet = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=2)}
    for name, centimes in totaux.items():
        column = COLONNES[name]
        assert sum(int(row[column].replace(",", "") or 0) for row in rows) == centimes
        assert round(in_sheet[column] * 100) == centimes


def test_the_summary_is_the_same_as_json_and_as_a_table(served: Served, path: str) -> None:
    summary = decoded(served.get(f"{path}/fiscal/2026"))
    assert summary["total"]["depense"] == 3000 + 5678
    table = served.get(f"{path}/fiscal/2026.csv").content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(table), delimiter=";")
    assert int(row["Resté à votre charge"].replace(",", "")) == summary["total"]["reste_a_charge"]


def test_the_bundle_has_one_explanation_for_each_decompte(served: Served, path: str) -> None:
    bundle = msgspec.json.decode(served.get(f"{path}/releves/2026.fhir.json").content)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds.count("ExplanationOfBenefit") == len(decoded(served.get(f"{path}/releves/2026"))["decomptes"])


@pytest.mark.parametrize("file", [*FILES, "fiscal/2026"])
def test_who_may_and_who_may_not(served: Served, path: str, numero: str, file: str) -> None:
    asked = f"{path}/{file}"
    assert served.get(asked, role=Role.PORTAIL).status_code == 200
    assert served.get(asked, role=Role.ADHERENT, subject=numero).status_code == 200
    assert served.get(asked, role=Role.AUDITEUR).status_code == 200
    for role in (Role.SOURCE, Role.ASSIA, Role.EXPLOITANT):
        assert code_of(served.get(asked, role=role)) == (403, "role_interdit")
    assert code_of(served.as_(None).get(asked)) == (401, "jeton_absent")
    assert code_of(served.get(asked, role=Role.ADHERENT, subject=f"{numero}B")) == (404, "adherent_inconnu")


@pytest.mark.parametrize(
    "ending", [*("/releves/{}." + forme.value for forme in Format), "/fiscal/{}.pdf", "/fiscal/{}"]
)
def test_the_two_years_are_those_of_the_statement(served: Served, path: str, numero: str, ending: str) -> None:
    for annee in (2025, 2026):
        assert served.get(path + ending.format(annee)).status_code == 200
    for annee in (2024, 2027):
        asked = path + ending.format(annee)
        assert code_of(served.get(asked)) == (404, "annee_hors_fenetre")
        assert code_of(served.get(asked, role=Role.ADHERENT, subject=numero)) == (404, "annee_hors_fenetre")
        assert served.get(asked, role=Role.AUDITEUR).status_code == 200
    assert code_of(served.get(path + ending.format(1899))) == (422, "requete_invalide")


@pytest.mark.parametrize("file", FILES)
def test_an_unknown_member_has_no_file(served: Served, file: str) -> None:
    assert code_of(served.get(f"/v1/adherents/INCONNU/{file}")) == (404, "adherent_inconnu")
    assert code_of(served.get(f"/v1/adherents/%22%0D%0AX/{file}")) == (404, "adherent_inconnu")


@pytest.mark.parametrize(
    "file", ["releves/2026.html", "releves/2026.pdf/", "fiscal/2026.xlsx", "fiscal/2026.fhir.json"]
)
def test_no_other_file_is_there(served: Served, path: str, file: str) -> None:
    assert code_of(served.get(f"{path}/{file}")) == (404, "ressource_inconnue")


def test_several_at_once_are_all_served(served: Served, path: str) -> None:
    token = served.token(Role.PORTAIL)
    found: list[tuple[int, int]] = []

    def ask() -> None:
        answer = httpx.get(
            f"{served.url}{path}/releves/2026.pdf",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )
        found.append((answer.status_code, hash(answer.content)))

    threads = [threading.Thread(target=ask) for _ in range(DOWNLOADS_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in found] == [200] * DOWNLOADS_AT_ONCE
    assert len({content for _, content in found}) == 1


def test_who_comes_when_too_many_wait_is_told_to_come_back(
    served: Served, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "WAITING_MAX", 0)
    answer = served.get(f"{path}/releves/2026.csv")
    assert code_of(answer) == (503, "service_sature")
    assert answer.headers["Retry-After"]
    assert served.get(f"{path}/releves/2026").status_code == 200


def test_a_number_that_is_no_position_is_refused(served: Served, path: str) -> None:
    wrong: dict[str, Any] = {"attendre_position": "x"}
    assert code_of(served.get(f"{path}/releves/2026.csv", params=wrong)) == (422, "requete_invalide")


def test_a_position_that_does_not_come_is_waited_for_in_vain(served: Served, path: str) -> None:
    answer = served.get(f"{path}/releves/2026.pdf", params={"attendre_position": 2**40})
    assert code_of(answer) == (503, "projection_en_retard")
