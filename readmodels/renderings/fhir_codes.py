"""The closed lists of FHIR R4 that our bundles use, checked here: the library checks shapes, not codes.

Sources: FHIR R4 (4.0.1) and R4B (4.3.0), the value sets of Bundle, Coverage and ExplanationOfBenefit; CARIN Blue
Button (C4BBAdjudication) for what the member bears, which FHIR's own list of adjudications does not name.
"""

import re
from collections.abc import Iterator
from typing import Any

HL7 = "http://terminology.hl7.org/CodeSystem/"
ADJUDICATION = f"{HL7}adjudication"
ADJUDICATION_MEMBRE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
ADJUDICATION_PAYEUR = "urn:decompte:fhir:adjudication"
ACTE = "urn:decompte:fhir:acte"
CATEGORIE = "urn:decompte:fhir:categorie"
TYPE_DE_DEMANDE = f"{HL7}claim-type"
BENEFICIAIRE_DU_PAIEMENT = f"{HL7}payeetype"
LIEN_DE_DEMANDE = f"{HL7}ex-relatedclaimrelationship"
LIEN_AVEC_LE_SOUSCRIPTEUR = f"{HL7}subscriber-relationship"
TYPE_DE_CONTRAT = f"{HL7}v3-ActCode"

CODES: dict[str, frozenset[str]] = {
    ADJUDICATION: frozenset(
        ["submitted", "copay", "eligible", "deductible", "unallocdeduct", "eligpercent", "tax", "benefit"],
    ),
    ADJUDICATION_MEMBRE: frozenset({"memberliability"}),
    ADJUDICATION_PAYEUR: frozenset(
        ["regime_obligatoire", "smi", "autre_mutuelle", "trop_percu", "indemnise_par_tiers"]
    ),
    TYPE_DE_DEMANDE: frozenset(["institutional", "oral", "pharmacy", "professional", "vision"]),
    BENEFICIAIRE_DU_PAIEMENT: frozenset(["subscriber", "provider", "beneficiary", "other"]),
    LIEN_DE_DEMANDE: frozenset({"prior", "associated"}),
    LIEN_AVEC_LE_SOUSCRIPTEUR: frozenset(["child", "parent", "spouse", "common", "other", "self", "injured"]),
    TYPE_DE_CONTRAT: frozenset({"PUBLICPOL", "EHCPOL"}),
}
"""By system; only those of the lists of others that we may use, where the list is long."""

ENUMS: dict[tuple[str, str], frozenset[str]] = {
    ("Bundle", "type"): frozenset(
        [
            "document",
            "message",
            "transaction",
            "transaction-response",
            "batch",
            "batch-response",
            "history",
            "searchset",
            "collection",
        ]
    ),
    ("Coverage", "status"): frozenset(["active", "cancelled", "draft", "entered-in-error"]),
    ("ExplanationOfBenefit", "status"): frozenset(["active", "cancelled", "draft", "entered-in-error"]),
    ("ExplanationOfBenefit", "use"): frozenset(["claim", "preauthorization", "predetermination"]),
    ("ExplanationOfBenefit", "outcome"): frozenset(["queued", "complete", "error", "partial"]),
}
"""By resource and field: the required bindings."""

NOTE_TYPES = frozenset(["display", "print", "printoper"])
DEVISE = "EUR"


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class CodeHorsListe(Exception):
    """A bundle of ours has a code that its list does not: a bug."""


def check_codes(bundle: dict[str, Any]) -> None:
    """Every code of a bundle is of its list. Raises CodeHorsListe, which names the place."""
    for resource in (bundle, *(entry["resource"] for entry in bundle.get("entry", ()))):
        kind = resource["resourceType"]
        for (of_kind, name), allowed in ENUMS.items():
            if of_kind == kind and resource[name] not in allowed:
                raise CodeHorsListe(f"{kind}.{name}")
        for note in resource.get("processNote", ()):
            if note["type"] not in NOTE_TYPES:
                raise CodeHorsListe(f"{kind}.processNote.type")
        for node in _nodes(resource):
            system, code = node.get("system"), node.get("code")
            if system in CODES and code not in CODES[system]:
                raise CodeHorsListe(f"{kind}: {system}")
            if "currency" in node and node["currency"] != DEVISE:
                raise CodeHorsListe(f"{kind}: currency")


def texte(valeur: str | None) -> str | None:
    """A text as FHIR takes strings and codes: no control character, single spaces within; None when nothing is left."""
    return " ".join(_CONTROL.sub(" ", valeur or "").split()) or None


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)
