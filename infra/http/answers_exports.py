"""The examples of the downloads: what the messages of `examples` give; the tests compare them."""

from typing import Any

from infra.http import examples

_PART = {
    "depense": 3000,
    "rembourse": 2800,
    "reste_a_charge": 200,
    "indemnise_par_tiers": 0,
    "reste_a_charge_provisoire": 0,
    "soins": 1,
    "soins_provisoires": 0,
}
_BY_CATEGORIE = [{**_PART, "categorie": "consultations"}]

FISCAL = {
    "annee": 2026,
    "position": 2,
    "total": _PART,
    "par_categorie": _BY_CATEGORIE,
    "par_beneficiaire": [{**_PART, "beneficiaire": "01", "par_categorie": _BY_CATEGORIE}],
}

FISCAL_CSV = (
    "\ufeffAnnée des soins;Bénéficiaire;Catégorie;Dépensé;Remboursé;Resté à votre charge;dont provisoire;"
    "Indemnisé par un tiers;Soins;Soins provisoires\r\n"
    "2026;01;Consultations;30,00;28,00;2,00;0,00;0,00;1;0\r\n"
)

RELEVE_CSV = (
    "\ufeffPayé le;Payeur;Organisme;Décompte;Versé;Soin du;Bénéficiaire;Catégorie;Acte;Libellé;Payé par ce décompte;"
    "Annulé;Compté ici;Dépense;Base;Sécurité sociale;SMI;Autre mutuelle;Reste à charge;Trop-perçu;"
    "Indemnisé par un tiers;État;Décompte annulé;Motif d'annulation;Remarques;Numéro du soin\r\n"
    "2026-03-17;SMI;SMI;SMI-2026-19;à vous;2026-03-10;01;Consultations;G;Consultation généraliste;9,00;;oui;"
    "30,00;30,00;19,00;9,00;0,00;2,00;0,00;0,00;Définitif;non;;;F889123-1\r\n"
    "2026-03-14;Sécurité sociale;Sécurité sociale;751-2026-000471;à vous;2026-03-10;01;Consultations;G;"
    "Consultation généraliste;19,00;;déjà compté;;;;;;;;;Définitif;non;;;F889123-1\r\n"
)

PDF = "%PDF-1.7\n"
XLSX = "PK"
"""How these files begin: the rest is no text."""

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_MEMBRE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
_PAYEUR = "urn:decompte:fhir:adjudication"
_PATIENT = {"reference": "urn:uuid:1a4863e5-454e-5352-ad6f-010c490c5ccf"}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _euros(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "EUR"}


def _said(system: str, code: str, value: float) -> dict[str, Any]:
    return {"category": _concept(system, code), "amount": _euros(value)}


EXPLANATION = {
    "fullUrl": "urn:uuid:04af12cc-59f4-5f92-b40a-32821333d821",
    "resource": {
        "resourceType": "ExplanationOfBenefit",
        "identifier": [{"system": "urn:decompte:fhir:emetteur:smi", "value": "SMI-2026-19"}],
        "status": "active",
        "type": _concept(f"{_HL7}claim-type", "professional"),
        "use": "claim",
        "patient": _PATIENT,
        "billablePeriod": {"start": "2026-03-10", "end": "2026-03-10"},
        "created": "2026-03-17",
        "insurer": {"reference": "urn:uuid:d1f8d31e-eb81-5e01-9bc8-b6a48da8df55", "display": "SMI"},
        "provider": {"display": "Professionnel de santé non communiqué"},
        "payee": {"type": _concept(f"{_HL7}payeetype", "subscriber")},
        "outcome": "complete",
        "insurance": [
            {"focal": False, "coverage": {"reference": "urn:uuid:6698608a-e44f-54ca-a8b0-434b93f501b2"}},
            {"focal": True, "coverage": {"reference": "urn:uuid:8adcaec0-8209-5e16-a9b9-50761583bd06"}},
        ],
        "item": [
            {
                "extension": [
                    {"url": "urn:decompte:fhir:beneficiaire", "valueReference": _PATIENT},
                    {"url": "urn:decompte:fhir:soin", "valueString": "F889123-1"},
                ],
                "sequence": 1,
                "category": {**_concept("urn:decompte:fhir:categorie", "consultations"), "text": "Consultations"},
                "productOrService": {
                    "text": "Consultation généraliste",
                    **_concept("urn:decompte:fhir:acte", "G"),
                },
                "servicedDate": "2026-03-10",
                "adjudication": [
                    _said(f"{_HL7}adjudication", "submitted", 30.0),
                    _said(f"{_HL7}adjudication", "eligible", 30.0),
                    _said(f"{_HL7}adjudication", "benefit", 9.0),
                    _said(_MEMBRE, "memberliability", 2.0),
                    _said(_PAYEUR, "regime_obligatoire", 19.0),
                    _said(_PAYEUR, "smi", 9.0),
                    _said(_PAYEUR, "autre_mutuelle", 0.0),
                    _said(_PAYEUR, "trop_percu", 0.0),
                    _said(_PAYEUR, "indemnise_par_tiers", 0.0),
                ],
            }
        ],
        "total": [
            _said(f"{_HL7}adjudication", "benefit", 9.0),
            _said(f"{_HL7}adjudication", "submitted", 30.0),
            _said(_MEMBRE, "memberliability", 2.0),
        ],
        "payment": {"date": "2026-03-17", "amount": _euros(9.0)},
    },
}
RELEVE_FHIR = {
    "resourceType": "Bundle",
    "identifier": {"system": "urn:decompte:fhir:releve", "value": f"{examples.NUMERO}/2026"},
    "type": "collection",
    "timestamp": "2026-03-17T00:00:00+00:00",
    "entry": [EXPLANATION],
}
"""Its first ExplanationOfBenefit, without what it refers to."""

EXPORTS: dict[tuple[str, int], dict[str, Any]] = {
    ("read_releve_pdf", 200): {"releve": PDF},
    ("read_releve_csv", 200): {"releve": RELEVE_CSV},
    ("read_releve_xlsx", 200): {"releve": XLSX},
    ("read_releve_fhir", 200): {"releve": RELEVE_FHIR},
    ("read_fiscal", 200): {"recapitulatif": FISCAL},
    ("read_fiscal_pdf", 200): {"recapitulatif": PDF},
    ("read_fiscal_csv", 200): {"recapitulatif": FISCAL_CSV},
}
"""By operation and status."""
