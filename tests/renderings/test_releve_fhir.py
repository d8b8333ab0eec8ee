"""FHIR R4B: every bundle validates, its codes are of their lists, its adjudications add up, ties and order are said."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit
from hypothesis import given as property_of

from ledger.events import Event
from ledger.payeurs import Categorie, Destinataire, Payeur, PourCompteDe
from readmodels.renderings.fhir_codes import ADJUDICATION, CODES, CodeHorsListe, check_codes
from readmodels.renderings.fhir_sommes import SommeFausse, check_sums
from readmodels.renderings.releve_fhir import bundle_of, releve_fhir
from tests.renderings.members import ANNEES, ODD, Rendered, odd_member, rendered, sample_members
from tests.support.examples import (
    adherent,
    annulation,
    autre,
    decompte,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)
from tests.support.properties import bounded, histories

Json = dict[str, Any]


def content_of(member: Rendered, annee: int = 2026) -> bytes:
    return releve_fhir(member.releve(annee), member.titulaire, member.pieces(annee))


def read(content: bytes) -> Json:
    """The bundle as a careful reader takes it: amounts as they are written."""
    bundle: Json = msgspec.json.Decoder(float_hook=Decimal).decode(content)
    return bundle


def resources(bundle: Json, kind: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def explanations(member: Rendered, annee: int = 2026) -> dict[str, Json]:
    """By reference of décompte."""
    eobs = resources(read(content_of(member, annee)), "ExplanationOfBenefit")
    return {eob["identifier"][0]["value"]: eob for eob in eobs}


def amounts(adjudications: list[Json]) -> dict[str, Decimal]:
    return {said["category"]["coding"][0]["code"]: said["amount"]["value"] for said in adjudications}


def euros(centimes: int) -> Decimal:
    return Decimal(centimes) / 100


def check_bundle(member: Rendered, annee: int) -> int:
    """Every décompte has a valid EOB that adds up and says the statement's very figures; returns how many."""
    view = member.releve(annee)
    bundle = read(content_of(member, annee))
    eobs = resources(bundle, "ExplanationOfBenefit")
    assert [eob["identifier"][0]["value"] for eob in eobs] == [shown.reference for shown in view.decomptes]
    for shown, eob in zip(view.decomptes, eobs, strict=True):
        ExplanationOfBenefit.model_validate(eob)
        assert sum(amounts(item["adjudication"])["benefit"] for item in eob["item"]) == euros(shown.montant)
        assert ("payment" in eob) is not shown.annule
        for ligne, item in zip(shown.lignes, eob["item"], strict=True):
            said = amounts(item["adjudication"])
            assert said["memberliability"] == euros(ligne.reste_a_charge)
            assert said["submitted"] == euros(ligne.depense)
            if ligne.autre_mutuelle is not None:
                paid = said["regime_obligatoire"] + said["smi"] + said["autre_mutuelle"]
                assert said["submitted"] == paid - said["trop_percu"] + said["memberliability"]
        assert [insurance["focal"] for insurance in eob["insurance"]].count(True) == 1
    check_references(bundle)
    return len(eobs)


def check_references(bundle: Json) -> None:
    """Whatever a resource refers to is in the bundle, once."""
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    assert set(references(bundle)) <= set(addresses)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_explanation_of_100_members_validates_and_adds_up() -> None:
    """Of the current year, which is whole but for its end; the bundle is validated as it is made."""
    assert sum(check_bundle(member, 2026) for member in sample_members()) > 500


@pytest.mark.parametrize("missing", ["status", "outcome", "insurer", "patient", "insurance", "created"])
def test_a_bundle_is_as_valid_as_what_is_in_it(missing: str) -> None:
    bundle = valid()
    del first_eob(bundle)[missing]
    with pytest.raises(ValueError, match=missing):
        Bundle.model_validate(bundle)


@bounded
@property_of(histories())
def test_whatever_happened_the_bundle_validates_and_adds_up(events: list[Event]) -> None:
    member = rendered(*events)
    for annee in ANNEES:
        check_bundle(member, annee)


def test_amounts_are_written_with_two_digits_and_no_float() -> None:
    content = content_of(rendered(ro(prestation(2110, depense=10**11, base=5), participation(-10))))
    written = re.findall(rb'"value":(-?[0-9.e+]+),"currency":"EUR"', content)
    assert written
    assert all(re.fullmatch(rb"-?[0-9]+\.[0-9]{2}", value) for value in written)
    assert {b"1000000000.00", b"0.05", b"21.00"} <= set(written)


def test_the_same_statement_is_the_same_bytes() -> None:
    member = rendered(ro(), smi(), adherent())
    assert content_of(member) == content_of(member)


def test_payers_are_insurances_in_their_order_which_the_contract_says() -> None:
    """SMI itself may come third."""
    bundle = read(content_of(rendered(ro(), autre(rang=2), smi(rang=3))))
    coverages = {e["fullUrl"]: e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Coverage"}
    payors = {e["fullUrl"]: e["resource"]["name"] for e in bundle["entry"] if "name" in e["resource"]}
    for eob in resources(bundle, "ExplanationOfBenefit"):
        order = [coverages[insurance["coverage"]["reference"]] for insurance in eob["insurance"]]
        assert [coverage["order"] for coverage in order] == [1, 2, 3]
        assert [payors[coverage["payor"][0]["reference"]] for coverage in order] == [
            "Sécurité sociale",
            "Autre mutuelle",
            "SMI",
        ]


def test_a_payer_whose_decompte_is_of_another_year_is_an_insurance_too() -> None:
    late = rendered(ro(date_paiement=date(2025, 12, 31)), smi())
    bundle = read(content_of(late))
    assert sorted(coverage["order"] for coverage in resources(bundle, "Coverage")) == [1, 2]
    [eob] = resources(bundle, "ExplanationOfBenefit")
    assert [insurance["focal"] for insurance in eob["insurance"]] == [False, True]


def test_a_recovery_is_a_subrogation_and_an_accident_and_never_a_payment_of_the_insurers() -> None:
    victim = recours(indemnite(300, PourCompteDe.VICTIME), indemnite(500), reference="REC-1")
    bundle = read(content_of(rendered(ro(), smi(), victim)))
    assert [coverage.get("subrogation") for coverage in resources(bundle, "Coverage")].count(True) == 1
    eob = explanations(rendered(ro(), smi(), victim))["REC-1"]
    assert eob["accident"]["extension"][0]["valueIdentifier"]["value"] == "SIN-2026-12"
    [item] = eob["item"]
    assert amounts(item["adjudication"])["benefit"] == 3
    assert amounts(item["adjudication"])["indemnise_par_tiers"] == 3
    assert eob["payment"]["amount"]["value"] == 3


def test_a_cancelled_decompte_is_cancelled_says_why_and_by_what() -> None:
    paid = smi(reference="SMI-9")
    eob = explanations(rendered(ro(), paid, annulation(paid, motif="double", reference="A-9")))["SMI-9"]
    assert (eob["status"], eob["disposition"]) == ("cancelled", "Annulé (double)")
    assert "payment" not in eob
    assert related(eob) == [("associated", "A-9")]


def related(eob: Json) -> list[tuple[str, str]]:
    return [(link["relationship"]["coding"][0]["code"], link["reference"]["value"]) for link in eob.get("related", ())]


def test_a_correction_and_what_it_corrects_name_each_other() -> None:
    paid = ro(reference="RO-1")
    eobs = explanations(rendered(paid, regularisation(paid, reference="RO-2")))
    assert related(eobs["RO-2"]) == [("prior", "RO-1")]
    assert related(eobs["RO-1"]) == [("associated", "RO-2")]


def test_a_deferred_deduction_is_associated_with_the_payment_that_it_comes_from() -> None:
    paid = ro(reference="RO-1")
    deferred = ro(participation(ligne_origine=origine(paid)), reference="RO-2", date_paiement=date(2026, 5, 2))
    eob = explanations(rendered(paid, deferred))["RO-2"]
    assert related(eob) == [("associated", "RO-1")]
    assert any("se rapporte au décompte RO-1" in note["text"] for note in eob["processNote"])


def test_a_provisional_figure_is_a_partial_outcome() -> None:
    assert explanations(rendered(ro(reference="RO-1")))["RO-1"]["outcome"] == "partial"
    eobs = explanations(rendered(ro(reference="RO-1"), smi(reference="SMI-1")))
    assert {eob["outcome"] for eob in eobs.values()} == {"complete"}


@pytest.mark.parametrize("categorie", Categorie)
@pytest.mark.parametrize("destinataire", Destinataire)
def test_every_category_and_recipient_has_its_codes(categorie: Categorie, destinataire: Destinataire) -> None:
    assert check_bundle(rendered(ro(prestation(categorie=categorie), destinataire=destinataire)), 2026) == 1


@pytest.mark.parametrize("payeur", Payeur)
def test_every_payer_has_its_coverage(payeur: Payeur) -> None:
    lignes = [indemnite(300, PourCompteDe.VICTIME)] if payeur is Payeur.RECOURS_TIERS else []
    own = {"sinistre": "SIN-1"} if lignes else {}
    assert check_bundle(rendered(decompte(payeur, *lignes, **own)), 2026) == 1


def test_beneficiaries_are_patients_and_a_decompte_of_several_is_the_holders() -> None:
    both = ro(prestation(beneficiaire="01"), prestation(beneficiaire="02", soin="S-2"), reference="RO-1")
    one = smi(prestation(900, beneficiaire="02", soin="S-2"), reference="SMI-1")
    bundle = read(content_of(rendered(both, one, adherent())))
    patients = {e["fullUrl"]: e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"}
    names = {url: patient["name"][0]["given"][0] for url, patient in patients.items()}
    eobs = {e["identifier"][0]["value"]: e for e in resources(bundle, "ExplanationOfBenefit")}
    assert names[eobs["RO-1"]["patient"]["reference"]] == "Ada"
    assert names[eobs["SMI-1"]["patient"]["reference"]] == "Léo"
    served = [item["extension"][0]["valueReference"]["reference"] for item in eobs["RO-1"]["item"]]
    assert [names[url] for url in served] == ["Ada", "Léo"]


@pytest.mark.parametrize("texte", ODD, ids=ascii)
def test_an_odd_text_in_every_field_still_validates(texte: str) -> None:
    member = odd_member(texte)
    assert check_bundle(member, 2026) == 2
    expected = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", texte).split()) or "Soin non communiqué"
    assert {item["productOrService"]["text"] for eob in explanations(member).values() for item in eob["item"]} == {
        expected
    }


def test_a_year_without_a_decompte_is_a_bundle_too() -> None:
    assert check_bundle(rendered(ro()), 2025) == 0


def valid() -> Json:
    member = rendered(ro(), smi())
    return bundle_of(member.releve(), member.titulaire, member.pieces())


def first_eob(bundle: Json) -> Json:
    return resources(bundle, "ExplanationOfBenefit")[0]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("status",), "final"),
        (("use",), "x"),
        (("outcome",), "provisoire"),
        (("type", "coding", 0, "code"), "dental"),
        (("payee", "type", "coding", 0, "code"), "adherent"),
        (("item", 0, "adjudication", 0, "category", "coding", 0, "code"), "paid"),
        (("item", 0, "adjudication", 0, "amount", "currency"), "FRF"),
    ],
)
def test_a_code_that_its_list_does_not_have_is_refused_though_the_library_takes_it(
    place: tuple[Any, ...], value: str
) -> None:
    bundle = valid()
    check_codes(bundle)
    *path, last = place
    node: Any = first_eob(bundle)
    for step in path:
        node = node[step]
    node[last] = value
    Bundle.model_validate(bundle)
    with pytest.raises(CodeHorsListe):
        check_codes(bundle)


def test_a_note_of_no_known_kind_is_refused() -> None:
    bundle = valid()
    first_eob(bundle)["processNote"] = [{"number": 1, "type": "spoken", "text": "x"}]
    with pytest.raises(CodeHorsListe):
        check_codes(bundle)


@pytest.mark.parametrize("place", ["item", "total", "payment"])
def test_a_sum_that_is_a_cent_off_is_refused(place: str) -> None:
    bundle = valid()
    check_sums(bundle)
    eob = first_eob(bundle)
    amount = {
        "item": eob["item"][0]["adjudication"][0]["amount"],
        "total": eob["total"][0]["amount"],
        "payment": eob["payment"]["amount"],
    }[place]
    amount["value"] += Decimal("0.01")
    with pytest.raises(SommeFausse):
        check_sums(bundle)


def test_the_lists_are_those_of_hl7() -> None:
    assert {"submitted", "eligible", "benefit"} <= CODES[ADJUDICATION]
    assert "memberliability" not in CODES[ADJUDICATION]
