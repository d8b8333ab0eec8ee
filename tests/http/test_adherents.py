"""What is read of one member: every view, the two years, and who is known."""

from typing import Any

import pytest

from infra.auth.roles import Role
from tests.support.ledger import adherent, annulation, decompte, soin_line
from tests.support.serving import Served, code_of, decoded

SPLIT = (
    "depense", "regime_obligatoire", "smi", "autre_mutuelle", "reste_a_charge", "trop_percu", "indemnise_par_tiers",
)  # fmt: skip


@pytest.fixture
def path(numero: str) -> str:
    """Where the member is read."""
    return f"/v1/adherents/{numero}"


def ro(numero: str, reference: str = "RO", **changes: Any) -> dict[str, Any]:
    """The régime obligatoire pays 21,00 of 30,00."""
    return decompte(f"{reference}-{numero}", numero_adherent=numero, **changes)


def smi(numero: str, **changes: Any) -> dict[str, Any]:
    """SMI pays 9,00 more."""
    line = soin_line(montant=900)
    plain = {"emetteur": "smi", "payeur": "smi", "rang": 2, "date_paiement": "2026-03-17", "lignes": [line]}
    return decompte(f"SMI-{numero}", **{"numero_adherent": numero, **plain, **changes})


def in_year(annee: int) -> dict[str, Any]:
    """A care and its payment in a year."""
    return {"date_paiement": f"{annee}-06-15", "lignes": [soin_line(soin=f"F-{annee}", date_soin=f"{annee}-06-01")]}


def test_the_statement_of_a_year_shows_each_decompte_with_the_split_of_its_soins(
    served: Served, numero: str, path: str
) -> None:
    position = served.record(ro(numero), smi(numero))
    releve = decoded(served.get(f"{path}/releves/2026", after=position))
    assert (releve["numero_adherent"], releve["annee"], releve["position"]) == (numero, 2026, position)
    assert [d["reference"] for d in releve["decomptes"]] == [f"SMI-{numero}", f"RO-{numero}"]
    assert releve["totaux"] == dict(zip(SPLIT, (3000, 2100, 900, 0, 0, 0, 0), strict=True))
    for shown in releve["decomptes"]:
        [line] = shown["lignes"]
        assert {name: line[name] for name in SPLIT} == releve["totaux"]


def test_the_column_autre_mutuelle_begins_on_15_february_2023(served: Served, numero: str, path: str) -> None:
    position = served.record(
        ro(numero, "AVANT", **in_year(2023) | {"date_paiement": "2023-02-14"}),
        ro(numero, "APRES", date_paiement="2023-02-15", lignes=[soin_line(soin="F2", date_soin="2023-02-01")]),
    )
    releve = decoded(served.get(f"{path}/releves/2023", role=Role.AUDITEUR, after=position))
    shown = {d["reference"].split("-")[0]: d["lignes"][0]["autre_mutuelle"] for d in releve["decomptes"]}
    assert shown == {"APRES": 0, "AVANT": None}
    assert releve["totaux"]["autre_mutuelle"] == 0


def test_a_cancelled_decompte_stays_and_counts_for_nothing(served: Served, numero: str, path: str) -> None:
    position = served.record(ro(numero), annulation(f"RO-{numero}", numero_adherent=numero, motif="erreur de dossier"))
    releve = decoded(served.get(f"{path}/releves/2026", after=position))
    [shown] = releve["decomptes"]
    assert (shown["annule"], shown["motif_annulation"]) == (True, "erreur de dossier")
    assert set(releve["totaux"].values()) == {0}
    home = decoded(served.get(f"{path}/accueil"))
    assert home["derniers_paiements"] == []


def test_the_reste_a_charge_is_by_year_of_care(served: Served, numero: str, path: str) -> None:
    late: dict[str, Any] = {
        "date_paiement": "2026-02-01",
        "lignes": [soin_line(date_soin="2025-12-20", beneficiaire="02")],
    }
    position = served.record(ro(numero, **late))
    assert decoded(served.get(f"{path}/releves/2026", after=position))["totaux"]["depense"] == 3000
    by_care = decoded(served.get(f"{path}/reste-a-charge", params={"annee": 2025}))
    assert by_care["total"]["reste_a_charge"] == 900
    assert [(part["mois"], part["reste_a_charge"]) for part in by_care["par_mois"]] == [("2025-12", 900)]
    assert [part["beneficiaire"] for part in by_care["par_beneficiaire"]] == ["02"]
    assert [part["categorie"] for part in by_care["par_categorie"]] == ["consultations"]
    assert {"code": "adherent_inconnu", "soin": None} in by_care["anomalies"]
    # Without a year: the current one.
    assert decoded(served.get(f"{path}/reste-a-charge"))["annee"] == 2026


def test_home_shows_payments_the_two_years_and_what_is_pending(served: Served, numero: str, path: str) -> None:
    position = served.record(ro(numero), ro(numero, "VIEUX", **in_year(2024)))
    home = decoded(served.get(f"{path}/accueil", after=position))
    assert home["derniers_paiements"] == [
        {
            "emetteur": "cpam-751",
            "reference": f"RO-{numero}",
            "date_paiement": "2026-03-14",
            "payeur": "regime_obligatoire",
            "montant": 2100,
        }
    ]
    assert [(y["annee"], y["total"]["reste_a_charge"]) for y in home["reste_a_charge"]] == [(2026, 900), (2025, 0)]
    assert [(soin["soin"], soin["etat"]) for soin in home["en_attente"]] == [("F1-1", "provisoire")]


def test_the_comparison_sets_the_two_years_side_by_side(served: Served, numero: str, path: str) -> None:
    line = soin_line(soin="F9", date_soin="2025-06-01", categorie="pharmacie")
    position = served.record(ro(numero), ro(numero, "AN", date_paiement="2025-06-15", lignes=[line]))
    view = decoded(served.get(f"{path}/comparatif", after=position))
    assert view["annees"] == [2025, 2026]
    by_category = {part["categorie"]: [y["depense"] for y in part["annees"]] for part in view["par_categorie"]}
    assert by_category == {"consultations": [0, 3000], "pharmacie": [3000, 0]}
    assert [year["reste_a_charge"] for year in view["total"]] == [900, 900]


def test_one_decompte_shows_its_lines_as_received_and_what_corrected_it(served: Served, numero: str, path: str) -> None:
    retenue = {
        "ligne": "9",
        "soin": "F1-1",
        "nature": "participation_forfaitaire",
        "beneficiaire": "01",
        "date_soin": "2026-03-10",
        "montant": -200,
        "motif": "participation différée",
        "ligne_origine": {"emetteur": "cpam-751", "reference": f"RO-{numero}", "ligne": "1"},
    }
    late = ro(numero, "RETENUE", date_paiement="2026-05-02", lignes=[retenue])
    position = served.record(ro(numero), late, annulation(f"RO-{numero}", numero_adherent=numero))
    view = decoded(served.get(f"{path}/decomptes/cpam-751/RO-{numero}", after=position))
    [line] = view["lignes"]
    assert (line["montant"], line["taux_pb"], line["soin_imputation"]) == (2100, 7000, "F1-1")
    assert [(c["reference"], c["motif"]) for c in view["corrections"]] == [
        (f"RETENUE-{numero}", "participation différée"),
        (f"A-RO-{numero}", "double_paiement"),
    ]
    assert view["enregistre_at"].endswith("Z")
    assert view["position"] == view["corrections"][-1]["position"]


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.ADHERENT])
def test_readers_other_than_auditors_see_the_two_years_only(served: Served, numero: str, path: str, role: Role) -> None:
    subject = numero if role is Role.ADHERENT else None
    position = served.record(*(ro(numero, f"Y{annee}", **in_year(annee)) for annee in (2024, 2025, 2026)))
    for annee, is_seen in ((2024, False), (2025, True), (2026, True), (2027, False)):
        answers = [
            served.get(f"{path}/releves/{annee}", role=role, subject=subject, after=position),
            served.get(f"{path}/reste-a-charge", role=role, subject=subject, params={"annee": annee}),
        ]
        if annee != 2027:
            one = f"{path}/decomptes/cpam-751/Y{annee}-{numero}"
            answers.append(served.get(one, role=role, subject=subject))
        for answer in answers:
            if is_seen:
                assert answer.status_code == 200
            else:
                assert code_of(answer) == (404, "annee_hors_fenetre")


def test_an_auditor_reads_any_year(served: Served, numero: str, path: str) -> None:
    position = served.record(ro(numero, **in_year(1998)))
    assert decoded(served.get(f"{path}/releves/1998", role=Role.AUDITEUR, after=position))["totaux"]["depense"] == 3000
    answer = served.get(f"{path}/reste-a-charge", role=Role.AUDITEUR, params={"annee": 1998})
    assert decoded(answer)["total"]["depense"] == 3000
    assert served.get(f"{path}/decomptes/cpam-751/RO-{numero}", role=Role.AUDITEUR).status_code == 200
    assert decoded(served.get(f"{path}/releves/2150", role=Role.AUDITEUR))["decomptes"] == []


@pytest.mark.parametrize("message", ["adherent", "annulation", "decompte"])
def test_a_known_number_with_nothing_that_year_is_empty(served: Served, numero: str, path: str, message: str) -> None:
    messages = {
        "adherent": adherent(reference=f"AD-{numero}", numero_adherent=numero),
        "annulation": annulation(f"N-{numero}", numero_adherent=numero),
        "decompte": ro(numero, **in_year(2020)),
    }
    position = served.record(messages[message])
    releve = decoded(served.get(f"{path}/releves/2026", after=position))
    assert (releve["decomptes"], releve["position"]) == ([], 0)
    for read in ("accueil", "comparatif", "reste-a-charge"):
        assert served.get(f"{path}/{read}").status_code == 200


@pytest.mark.parametrize("numero_inconnu", ["INCONNU", "minuscule", "0" * 200, "%20", "a%00b", "é", "-"])
def test_an_unknown_number_is_not_found_whatever_the_year(served: Served, numero_inconnu: str) -> None:
    for read in ("accueil", "releves/2026", "releves/2001", "comparatif", "decomptes/smi/X"):
        answer = served.get(f"/v1/adherents/{numero_inconnu}/{read}")
        assert code_of(answer) == (404, "adherent_inconnu")


def test_a_number_that_only_a_refused_message_names_is_unknown(served: Served, numero: str, path: str) -> None:
    position = served.record(ro(numero))
    conflict = served.post(ro(numero) | {"numero_adherent": f"{numero}Z"})
    assert code_of(conflict) == (409, "decompte_en_conflit")
    assert code_of(served.get(f"{path}Z/accueil", after=position)) == (404, "adherent_inconnu")


def test_an_unknown_decompte_is_not_found(served: Served, numero: str, path: str) -> None:
    position = served.record(ro(numero))
    assert code_of(served.get(f"{path}/decomptes/cpam-751/X", after=position)) == (404, "decompte_inconnu")
    assert code_of(served.get(f"{path}/decomptes/smi/RO-{numero}")) == (404, "decompte_inconnu")


def test_another_members_decompte_is_not_found(served: Served, numero: str, path: str) -> None:
    other = f"{numero}B"
    position = served.record(ro(numero), ro(other))
    assert code_of(served.get(f"{path}/decomptes/cpam-751/RO-{other}", after=position)) == (404, "decompte_inconnu")


@pytest.mark.parametrize("annee", ["0000", "1899", "2201", "9999"])
def test_a_year_that_cannot_be_is_refused(served: Served, path: str, annee: str) -> None:
    assert code_of(served.get(f"{path}/releves/{annee}")) == (422, "requete_invalide")
    assert code_of(served.get(f"{path}/reste-a-charge", params={"annee": annee})) == (422, "requete_invalide")


@pytest.mark.parametrize("annee", ["26", "20260", "2026.PDF", "2026.json", "2026.fhir", "2026pdf", "abcd", "9" * 5000])
def test_what_is_no_year_is_another_address(served: Served, path: str, annee: str) -> None:
    assert code_of(served.get(f"{path}/releves/{annee}")) == (404, "ressource_inconnue")


def test_a_member_with_very_many_decomptes_is_read_too(served: Served, numero: str, path: str) -> None:
    count = 600
    lines = [[soin_line(soin=f"F-{index}", depense=1000 + index, montant=500)] for index in range(count)]
    position = served.record(*(ro(numero, f"N{index}", lignes=line) for index, line in enumerate(lines)))
    releve = decoded(served.get(f"{path}/releves/2026", after=position))
    assert len(releve["decomptes"]) == count
    assert releve["totaux"]["depense"] == sum(1000 + index for index in range(count))
    assert releve["totaux"]["reste_a_charge"] == sum(500 + index for index in range(count))
