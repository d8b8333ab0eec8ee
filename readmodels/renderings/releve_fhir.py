"""The statement as a FHIR R4B bundle: one ExplanationOfBenefit for each décompte, and what they refer to.

Amounts are decimals with two digits, made from cents and written as they are, never through a float. What the bundle
says is checked before it leaves: shapes by the library, codes by `fhir_codes`, sums by `fhir_sommes`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid5

import msgspec

from ledger.dossier import Identite
from readmodels.renderings.fhir_codes import check_codes, texte
from readmodels.renderings.fhir_decompte import Assureurs, explanation
from readmodels.renderings.fhir_sommes import check_sums
from readmodels.renderings.titulaire import HOLDER, Titulaire
from readmodels.vues import Piece, Releve

Json = dict[str, Any]

_NAMESPACE = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a04")
_encode = msgspec.json.Encoder(decimal_format="number").encode


def releve_fhir(view: Releve, titulaire: Titulaire | None, pieces: Mapping[Identite, Piece] | None = None) -> bytes:
    """The bundle. `pieces` (see `pieces_of`) give the order of payers and the ties between décomptes.

    Raises CodeHorsListe, SommeFausse, or what the library raises, on a bundle that is not one: a bug.
    """
    from fhir.resources.R4B.bundle import Bundle

    bundle = bundle_of(view, titulaire, pieces or {})
    check_codes(bundle)
    check_sums(bundle)
    Bundle.model_validate(bundle)
    return _encode(bundle)


def bundle_of(view: Releve, titulaire: Titulaire | None, pieces: Mapping[Identite, Piece]) -> Json:
    """The bundle as plain values; amounts are Decimal."""

    def url(kind: str, key: str) -> str:
        return f"urn:uuid:{uuid5(_NAMESPACE, f'{view.numero_adherent}/{kind}/{key}')}"

    assureurs = Assureurs(view, pieces, url)
    codes = {HOLDER, *(ligne.beneficiaire for decompte in view.decomptes for ligne in decompte.lignes)}
    explanations = [
        _entry(
            url("ExplanationOfBenefit", f"{decompte.emetteur}/{decompte.reference}"),
            explanation(decompte, assureurs, url, pieces.get((decompte.emetteur, decompte.reference))),
        )
        for decompte in view.decomptes
    ]
    patients = [_entry(url("Patient", code), _patient(view.numero_adherent, titulaire, code)) for code in sorted(codes)]
    bundle: Json = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:decompte:fhir:releve", "value": f"{view.numero_adherent}/{view.annee}"},
        "type": "collection",
    }
    if view.decomptes:
        last = max(decompte.date_paiement for decompte in view.decomptes)
        bundle["timestamp"] = datetime.combine(last, time(), UTC).isoformat()
    entries = [*patients, *(_entry(address, resource) for address, resource in assureurs.resources()), *explanations]
    return {**bundle, "entry": entries}


def _entry(address: str, resource: Json) -> Json:
    return {"fullUrl": address, "resource": resource}


def _patient(numero: str, titulaire: Titulaire | None, code: str) -> Json:
    patient: Json = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:decompte:fhir:beneficiaire", "value": f"{numero}/{code}"}],
    }
    prenom = texte(titulaire.prenom_of(code)) if titulaire is not None else None
    nom = texte(titulaire.nom) if titulaire is not None and code == HOLDER else None
    name = {**({"family": nom} if nom else {}), **({"given": [prenom]} if prenom else {})}
    return {**patient, "name": [name]} if name else patient
