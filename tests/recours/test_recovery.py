"""A recovery from the declaration to the last cent, through HTTP, with the figures of the law."""

from typing import ClassVar

import httpx
import pytest

from infra.auth.roles import Role
from tests.recours.following import Desk
from tests.recours.sample import accidents, history_of
from tests.support.serving import code_of, decoded

WORKED = {"depense": 1_000_000, "ro": 760_000, "smi": 180_000}


def codes(desk: Desk) -> dict[str, int]:
    return {f"{e['code']}/{e['pour_compte_de'] or ''}": e["montant"] for e in desk.file()["ecarts"]}


def test_the_worked_example_to_the_cent(desk: Desk) -> None:
    desk.pay(**WORKED)
    before = desk.reste_a_charge()
    desk.claim()
    assert desk.file()["solde"] | {"partage": None} == {
        "valeur": 1_000_000,
        "reclame": 1_000_000,
        "accorde": 500_000,
        "recu": 0,
        "reste": 500_000,
        "partage": None,
    }
    desk.step("encaissement", montant=500_000)
    assert desk.shares() == [60_000, 355_745, 84_255, 0]
    file = desk.file()
    assert (file["etat"], file["solde"]["recu"], file["solde"]["reste"]) == ("ventile", 500_000, 0)
    assert file["ecarts"] == []
    assert file["cout_net"]["net"] == {
        "victime": 0,
        "regime_obligatoire": 404_255,
        "smi": 95_745,
        "autre_mutuelle": 0,
    }
    assert file["cout_net"]["charge_finale"] == 0
    assert desk.reste_a_charge() == before
    desk.step("cloture")
    assert desk.file()["etat"] == "cloture"


def test_the_variant_at_five_per_cent(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim(responsabilite_pb=500)
    assert desk.file()["solde"]["accorde"] == 50_000
    desk.step("encaissement", montant=50_000)
    assert desk.shares() == [50_000, 0, 0, 0]
    assert desk.file()["cout_net"]["charge_finale"] == 10_000


def test_the_same_in_three_parts_gives_the_same_final_sharing(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim()
    for montant in (40_000, 333_333, 126_667):
        desk.step("encaissement", montant=montant)
        assert sum(desk.shares()) == desk.file()["solde"]["recu"]
    assert desk.shares() == [60_000, 355_745, 84_255, 0]
    totals = [r["montant"] for r in desk.file()["recouvrements"]]
    assert totals == [40_000, 333_333, 126_667]


def test_each_soin_gets_its_part_in_proportion_to_what_each_bore_on_it(desk: Desk) -> None:
    desk.pay("F1-1", depense=600_000, ro=460_000, smi=100_000)
    desk.pay("F1-2", depense=400_000, ro=300_000, smi=80_000)
    desk.claim("F1-1", "F1-2")
    desk.step("encaissement", montant=500_000)
    assert desk.shares() == [60_000, 355_745, 84_255, 0]
    by_soin = {s["soin"]: s["recouvre"] for s in desk.file()["cout_net"]["soins"]}
    assert by_soin["F1-1"] == {
        "victime": 40_000,
        "regime_obligatoire": 215_319,
        "smi": 46_808,
        "autre_mutuelle": 0,
    }
    assert by_soin["F1-2"]["regime_obligatoire"] == 355_745 - 215_319


def test_the_recovery_is_a_decompte_of_the_ledger_and_the_member_sees_her_part_alone(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim()
    desk.step("encaissement", montant=500_000, reference_paiement="VIR-1")
    releve = desk.read(f"/v1/adherents/{desk.numero}/releves/2026", role=Role.PORTAIL)
    recovery = next(d for d in releve["decomptes"] if d["payeur"] == "recours_tiers")
    assert (recovery["emetteur"], recovery["montant"]) == ("smi-recours", 60_000)
    assert releve["totaux"]["indemnise_par_tiers"] == 60_000
    [suivi] = desk.read(f"/v1/adherents/{desk.numero}/sinistres", role=Role.ADHERENT, subject=desk.numero)["elements"]
    assert suivi["indemnise_par_tiers"] == 60_000
    assert suivi["charge_finale"] == 0
    assert [e["etat"] for e in suivi["etapes"]] == ["signale", "recense", "ouvert", "reclame", "accord"]
    assert "84255" not in str(suivi)
    assert "smi" not in suivi


def test_a_correction_after_a_receipt_makes_the_next_creance_and_shows_what_is_in_excess(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim()
    desk.step("encaissement", montant=500_000)
    desk.cancel(emetteur="smi")
    assert codes(desk) == {"recouvrement_excedentaire/smi": 84_255, "creance_perimee/": 0}
    listed = desk.read("/v1/recours/ecarts", limite=200)["elements"]
    own = [e for e in listed if e["sinistre"] == desk.reference]
    assert {e["code"] for e in own} == {"recouvrement_excedentaire", "creance_perimee"}
    before = desk.reste_a_charge()

    desk.step("creance", motif="SMI annule son décompte.")
    releve = desk.read(f"/v1/sinistres/{desk.reference}/creances/2")
    [line] = releve["lignes"]
    assert (line["avant"]["smi"], line["supporte"]["smi"], line["supporte"]["victime"]) == (180_000, 0, 240_000)
    assert desk.read(f"/v1/sinistres/{desk.reference}/creances/1")["lignes"][0]["supporte"]["smi"] == 180_000
    assert "ventilation_discordante/smi" in codes(desk)

    desk.step("ventilation")
    assert desk.shares() == [240_000, 260_000, 0, 0]
    assert codes(desk) == {}
    assert desk.reste_a_charge() == before


def test_what_comes_above_the_accord_is_booked_and_shown(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim(responsabilite_pb=10_000)
    desk.step("encaissement", montant=1_000_100)
    assert sum(desk.shares()) == 1_000_100
    assert codes(desk) == {
        "recouvrement_excedentaire/regime_obligatoire": 81,
        "recouvrement_excedentaire/smi": 19,
        "encaissement_excedentaire/": 100,
    }


def test_a_receipt_taken_back_leaves_the_rule_of_what_remains(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim()
    desk.step("encaissement", montant=40_000)
    desk.step("encaissement", montant=460_000)
    desk.step("retrait", numero=1, motif="Chèque sans provision.")
    assert desk.shares() == [60_000, 323_404, 76_596, 0]
    assert desk.file()["solde"]["recu"] == 460_000
    assert code_of(desk.try_step("retrait", numero=1)) == (409, "encaissement_deja_retire")
    assert code_of(desk.try_step("retrait", numero=9)) == (404, "encaissement_inconnu")


def test_a_recovery_that_a_feed_shared_is_recorded_as_it_is_and_compared(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim()
    desk.recover_by_feed(f"{desk.numero}-1", {"victime": 60_000, "regime_obligatoire": 355_745, "smi": 84_255})
    assert desk.shares() == [60_000, 355_745, 84_255, 0]
    assert codes(desk) == {}

    desk.recover_by_feed(f"{desk.numero}-2", {"smi": 10_000})
    assert codes(desk)["ventilation_discordante/smi"] > 0
    # The next receipt that is shared here puts it right: all received so far, minus what was shared.
    desk.step("encaissement", montant=90_000)
    assert sum(desk.shares()) == 600_000
    assert "ventilation_discordante/smi" not in codes(desk)


def test_a_recovery_for_a_sinistre_that_nobody_opened_is_a_gap(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.recover_by_feed(f"{desk.numero}-1", {"smi": 10_000})
    listed = desk.read("/v1/recours/ecarts")["elements"]
    [gap] = [e for e in listed if e["sinistre"] == desk.reference]
    assert (gap["code"], gap["montant"], gap["numero_adherent"]) == ("sinistre_inconnu", 10_000, desk.numero)


def test_the_balance_is_the_sum_of_the_ledger(desk: Desk) -> None:
    before = desk.read("/v1/recours/balance")
    desk.pay(**WORKED)
    desk.claim()
    desk.step("encaissement", montant=500_000)
    after = desk.read("/v1/recours/balance")
    assert after["nombre"] == before["nombre"] + 1
    gained = {name: after["solde"][name] - before["solde"][name] for name in ("valeur", "reclame", "recu", "reste")}
    assert gained == {"valeur": 1_000_000, "reclame": 1_000_000, "recu": 500_000, "reste": 0}
    for name, solde in (("recu", sum(after["solde"]["partage"].values())),):
        assert after["solde"][name] == solde
    assert sum(e["solde"]["recu"] for e in after["par_etat"]) == after["solde"]["recu"]


def test_a_sinistre_is_reopened_where_it_stood(desk: Desk) -> None:
    desk.pay(**WORKED)
    desk.claim()
    assert code_of(desk.try_step("classement")) == (422, "etape_invalide")
    desk.step("classement", motif="Tiers insolvable.")
    assert code_of(desk.try_step("encaissement", montant=1)) == (409, "sinistre_ferme")
    desk.step("reouverture", motif="Il a payé.")
    desk.step("encaissement", montant=500_000)
    steps = [(e["evenement"], e["motif"]) for e in desk.file()["etapes"]]
    assert ("sinistre.dropped", "Tiers insolvable.") in steps
    assert ("sinistre.reopened", "Il a payé.") in steps


class TestVersions:
    """Every change says which version it was decided on."""

    def test_a_change_needs_if_match(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        desk.declare()
        path = f"/v1/sinistres/{desk.reference}/etapes"
        answer = desk.served.as_(Role.ASSIA).post(path, json={"etape": "recensement"})
        assert code_of(answer) == (428, "version_requise")

    def test_an_outdated_version_gets_412_and_the_current_state(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        desk.declare()
        desk.step("recensement")
        answer = desk.try_step("recensement", version=1)
        assert code_of(answer) == (412, "version_perimee")
        assert answer.json()["sinistre"] == {"version": 2, "etat": "recense", "soins": []}

    def test_the_etag_of_the_file_is_taken_as_if_match(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        desk.declare()
        answer = desk.served.get(
            f"/v1/sinistres/{desk.reference}", role=Role.ASSIA, after=desk.served.services.journal.position()
        )
        etag = answer.headers["ETag"]
        assert etag.startswith('"1-')
        path = f"/v1/sinistres/{desk.reference}/etapes"
        taken = desk.served.as_(Role.ASSIA).post(path, json={"etape": "recensement"}, headers={"If-Match": etag})
        assert (taken.status_code, decoded(taken)["version"]) == (201, 2)
        unchanged = desk.served.as_(Role.ASSIA).post(path, json={"etape": "ouverture"}, headers={"If-Match": '"x"'})
        assert code_of(unchanged) == (412, "version_perimee")

    def test_a_step_refused_says_where_the_sinistre_stands(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        desk.declare()
        answer = desk.try_step("ouverture")
        assert code_of(answer) == (409, "transition_refusee")
        assert answer.json()["sinistre"]["etat"] == "signale"


class TestDeclaration:
    """By the member, by her portal, by Assia."""

    body: ClassVar = {
        "cle": "c-1",
        "date_accident": "2026-03-10",
        "circonstance": "animal",
        "recit": "Mordue par un chien.",
    }

    def post(self, desk: Desk, role: Role, subject: str | None = None, **changes: object) -> httpx.Response:
        body = self.body | {"numero_adherent": desk.numero} | changes
        return desk.served.as_(role, subject).post("/v1/sinistres", json=body)

    def test_the_member_declares_once_however_often_she_sends_it(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        first = self.post(desk, Role.ADHERENT, desk.numero)
        again = self.post(desk, Role.ADHERENT, desk.numero)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["reference"] == again.json()["reference"]
        other = self.post(desk, Role.ADHERENT, desk.numero, recit="Autre chose.")
        assert code_of(other) == (409, "sinistre_en_conflit")
        [suivi] = desk.read(f"/v1/adherents/{desk.numero}/sinistres", role=Role.PORTAIL)["elements"]
        assert (suivi["etat"], suivi["reference"]) == ("signale", first.json()["reference"])
        desk.reference = first.json()["reference"]
        assert desk.file()["declaration"]["recit"] == "Mordue par un chien."
        assert desk.file()["origine"] == "adherent"

    def test_nobody_declares_for_another_member_nor_reads_hers(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        assert code_of(self.post(desk, Role.ADHERENT, "AUTRE")) == (404, "adherent_inconnu")
        path = f"/v1/adherents/{desk.numero}/sinistres"
        assert code_of(desk.served.get(path, role=Role.ADHERENT, subject="AUTRE")) == (404, "adherent_inconnu")
        assert code_of(desk.served.get(path, role=Role.ASSIA)) == (403, "role_interdit")

    def test_an_unknown_member_has_no_sinistre(self, desk: Desk) -> None:
        assert code_of(self.post(desk, Role.ASSIA)) == (404, "adherent_inconnu")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"date_accident": "2027-01-01"}, "etape_invalide"),
            ({"circonstance": "inconnue"}, "requete_invalide"),
            ({"reference": "SIN-1"}, "requete_invalide"),
            ({"inconnu": 1}, "requete_invalide"),
            ({"date_accident": None}, "requete_invalide"),
        ],
    )
    def test_what_is_wrong_is_refused(self, desk: Desk, changes: dict[str, object], code: str) -> None:
        desk.pay(**WORKED)
        assert code_of(self.post(desk, Role.PORTAIL, **changes)) == (422, code)

    def test_a_suggestion_is_taken_up_by_a_person(self, desk: Desk) -> None:
        desk.pay(**WORKED)
        assert desk.declare(origine="detection").status_code == 201
        assert desk.file()["origine"] == "detection"
        assert code_of(desk.declare(origine="adherent")) == (422, "requete_invalide")


@pytest.mark.parametrize("role", [Role.SOURCE, Role.PORTAIL, Role.AUDITEUR, Role.EXPLOITANT])
def test_the_work_of_assia_is_for_assia(desk: Desk, role: Role) -> None:
    client = desk.served.as_(role)
    # What auditors read of it: tests/http/test_au.py.
    team_only = ("/v1/recours/ecarts",)
    others_read = ("/v1/sinistres", "/v1/sinistres/X", "/v1/recours/balance") if role is not Role.AUDITEUR else ()
    for path in (*team_only, *others_read):
        assert code_of(client.get(path)) == (403, "role_interdit")
    assert code_of(client.post("/v1/sinistres/X/etapes", json={"etape": "creance"})) == (403, "role_interdit")
    assert code_of(client.post("/v1/recours/bordereaux/B", content=b"")) == (403, "role_interdit")


def test_suggestions_are_read_page_by_page_over_all_members_until_a_sinistre_holds_them(desk: Desk) -> None:
    accident = accidents(1)[0]
    lines = history_of(accident.adherent, with_recoveries=False)
    headers = {"Content-Type": "application/x-ndjson"}
    desk.served.as_(Role.SOURCE).post("/v1/flux", content=b"".join(lines), headers=headers)
    numero = accident.adherent.numero

    def suggested() -> list[set[str]]:
        found, curseur = [], {}
        while curseur is not None:
            page = desk.read("/v1/recours/suggestions", limite=3, **curseur)
            found += [set(e["soins"]) for e in page["elements"] if e["numero_adherent"] == numero]
            curseur = {"curseur": page["suivant"]} if page["suivant"] else None
        return found

    [soins] = suggested()
    assert soins >= accident.soins
    own = desk.read("/v1/recours/suggestions", numero_adherent=numero)
    assert [set(e["soins"]) for e in own["elements"]] == [soins]

    desk.numero, desk.reference = numero, accident.sinistre
    desk.declare(origine="detection", soins=sorted(soins))
    desk.step("recensement")
    desk.step("ouverture")
    assert desk.file()["soins_declares"] == sorted(soins)
    assert desk.file()["cout_net"]["soins"] == [], "nothing is attached by the machine"
    desk.step("rattachement", soins=sorted(soins))
    assert suggested() == []
