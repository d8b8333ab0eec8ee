"""A person takes her data away: all that is hers, of all years; nothing of another, nothing that SMI recovers."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from infra.auth.roles import Role
from tests.effacement.test_effacement import run
from tests.support.acces_http import Member, activated, enrolled
from tests.support.ledger import annulation, decompte, soin_line
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, code_of, decoded, serving

NUMERO = "DON-1"
ADULT = {"beneficiaire": "02", "prenom": "Mila", "date_naissance": "2001-05-06"}


@pytest.fixture(scope="module")
def served(databases_18: DatabaseFactory) -> Iterator[Served]:
    url = databases_18.create()
    with serving(url) as running:
        yield running
    databases_18.drop(url)


@pytest.fixture(scope="module")
def member(served: Served) -> Member:
    """Care of three years, a correction, a recovery, an adult who keeps her care, a declaration and looks."""
    known = enrolled(served, NUMERO, beneficiaires=[ADULT])
    hers = soin_line(soin="F2-1", beneficiaire="02", libelle="Soin de Mila", categorie="psychologie")
    indemnite = {"nature": "indemnite", "beneficiaire": "01", "date_soin": "2026-03-10", "soin": "F1-1"}
    parts = [
        {"ligne": "1", "montant": 300, "pour_compte_de": "victime", **indemnite},
        {"ligne": "2", "montant": 900, "pour_compte_de": "smi", **indemnite},
    ]
    own = {"numero_adherent": NUMERO}
    position = served.record(
        decompte("D-2019", date_paiement="2019-03-14", lignes=[soin_line(soin="F0-1", date_soin="2019-03-10")], **own),
        decompte("D-2026", **own),
        decompte("D-FAUX", lignes=[soin_line(soin="F9-1", libelle="=1+1")], **own),
        annulation("D-FAUX", motif="erreur", **own),
        decompte("D-MILA", lignes=[hers], **own),
        decompte("D-TIERS", emetteur="assia", payeur="recours_tiers", rang=9, destinataire="smi", sinistre="SIN-D1",
                 lignes=parts, **own),
    )  # fmt: skip
    told = {
        "numero_adherent": NUMERO, "cle": "c-1", "date_accident": "2026-03-10", "circonstance": "circulation",
        "recit": "Renversée sur un passage piéton", "lieu": "Lyon", "tiers": {"nom": "Jean Dupont"},
    }  # fmt: skip
    declared = served.as_(None).post("/v1/sinistres", json=told, headers={"Authorization": f"Bearer {known.token}"})
    assert declared.status_code == 201, declared.text
    served.get(f"/v1/adherents/{NUMERO}/accueil", role=Role.AUDITEUR, after=max(position, declared.json()["position"]))
    return known


@pytest.fixture(scope="module")
def found(member: Member) -> dict[str, Any]:
    answer = member.get(f"/v1/adherents/{NUMERO}/donnees")
    assert answer.headers["content-disposition"] == 'attachment; filename="donnees.json"'
    body: dict[str, Any] = decoded(answer)
    return body


def test_it_holds_every_year_as_received_and_what_was_corrected(found: dict[str, Any]) -> None:
    assert found["format"] == "decompte/donnees/1"
    by_reference = {d["reference"]: d for d in found["decomptes"]}
    assert list(by_reference) == ["D-2019", "D-TIERS", "D-2026", "D-FAUX", "D-MILA"]
    assert by_reference["D-2019"]["lignes"][0]["libelle"] == "Consultation généraliste"
    assert (by_reference["D-FAUX"]["annule"], by_reference["D-2026"]["annule"]) == (True, False)
    assert [(a["annule"], a["motif"], a["en_attente"]) for a in found["annulations"]] == [("D-FAUX", "erreur", False)]
    assert [p["prenom"] for p in found["personnes"]] == ["Ada", "Mila"]
    assert found["personnes"][0]["email"] == "ada@exemple.fr"


def test_soins_add_up_to_what_the_pages_say(served: Served, member: Member, found: dict[str, Any]) -> None:
    of_2026 = [s["repartition"] for s in found["soins"] if s["date_soin"].startswith("2026")]
    shown = decoded(member.get(f"/v1/adherents/{NUMERO}/reste-a-charge?annee=2026"))["total"]
    assert {name: sum(s[name] for s in of_2026) for name in shown} == shown


def test_nothing_of_another_and_nothing_of_smi_s_recovery(found: dict[str, Any]) -> None:
    [tiers] = [d for d in found["decomptes"] if d["reference"] == "D-TIERS"]
    assert [(li["montant"], li["pour_compte_de"]) for li in tiers["lignes"]] == [(300, "victime")]
    [hers] = [d for d in found["decomptes"] if d["reference"] == "D-MILA"]
    assert (hers["lignes"][0]["libelle"], hers["lignes"][0]["montant"]) == (None, 2100)
    assert "Soin de Mila" not in json.dumps(found, ensure_ascii=False)


def test_choices_looks_and_declarations_are_there(member: Member, found: dict[str, Any]) -> None:
    assert found["declarations"][0]["recit"] == "Renversée sur un passage piéton"
    assert found["sinistres"][0]["etat"] == "signale"
    looks = {(c["categorie"], c["quoi"]) for c in found["consultations"]}
    assert ("un auditeur de la mutuelle", "accueil") in looks
    assert not any("jeton:" in json.dumps(c) for c in found["consultations"]), "categories, never who"
    member.post("consentements", {"objet": "releves_dematerialises", "accorde": True})
    again = decoded(member.get(f"/v1/adherents/{NUMERO}/donnees"))
    assert [(c["objet"], c["accorde"]) for c in again["consentements"]] == [("releves_dematerialises", True)]


def test_the_folder_says_the_same_for_a_spreadsheet(member: Member, found: dict[str, Any]) -> None:
    folder = zipfile.ZipFile(io.BytesIO(member.get(f"/v1/adherents/{NUMERO}/donnees.zip").content))
    assert folder.testzip() is None
    assert json.loads(folder.read("donnees.json"))["decomptes"] == found["decomptes"]
    rows = list(csv.DictReader(io.StringIO(folder.read("soins.csv").decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == len(found["soins"])
    total = sum(int(row["Reste à charge"].replace(",", "")) for row in rows)
    assert total == sum(s["repartition"]["reste_a_charge"] for s in found["soins"])
    assert "'=1+1" in folder.read("lignes.csv").decode("utf-8-sig"), "no formula"
    assert "Vos données personnelles" in folder.read("LISEZMOI.txt").decode()


@pytest.mark.parametrize("path", ["donnees", "donnees.zip"])
def test_it_is_for_herself_alone_with_her_second_factor(served: Served, member: Member, path: str) -> None:
    address = f"/v1/adherents/{NUMERO}/{path}"
    for role in (Role.PORTAIL, Role.AUDITEUR, Role.ASSIA, Role.EXPLOITANT):
        assert code_of(served.get(address, role=role)) == (403, "role_interdit")
    assert code_of(member.get(address, token=member.sign_in())) == (403, "second_facteur_requis")
    other = activated(served, f"AUTRE-{path[-3:].upper()}")
    assert code_of(other.get(address)) == (404, "adherent_inconnu")


def test_the_look_is_written(served: Served, member: Member) -> None:
    sujet = served.services.members.find(NUMERO)
    assert sujet is not None
    served.services.journal_acces.flush()
    member.get(f"/v1/adherents/{NUMERO}/donnees")
    found = decoded(member.get(f"/v1/adherents/{NUMERO}/donnees"))
    served.services.journal_acces.flush()
    assert any(li.action == "donnees" for li in served.services.journal_acces.listing(sujet, limit=50))
    assert found["numero_adherent"] == NUMERO


def test_the_command_gives_what_the_space_gives(member: Member, found: dict[str, Any]) -> None:

    done = run(member.served.services, "donnees", NUMERO)
    assert done.exit_code == 0, done.output
    given = json.loads(done.stdout)
    for name in ("personnes", "decomptes", "soins", "annulations", "sinistres", "declarations"):
        assert given[name] == found[name], name
