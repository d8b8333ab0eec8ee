"""One décompte as an ExplanationOfBenefit, and the insurers of a statement as Organization and Coverage."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.dossier import Identite
from ledger.payeurs import NATURES_RETENUES, PAYEURS_DU_SOIN, Categorie, Destinataire, Payeur
from ledger.repartition import Etat
from readmodels.renderings import fhir_codes as codes
from readmodels.renderings.labels_fr import ACTE_NON_COMMUNIQUE, ANOMALIE, CATEGORIE, NATURE, PAYEUR
from readmodels.renderings.montants_fr import euros
from readmodels.renderings.titulaire import HOLDER
from readmodels.vues import DecompteReleve, LigneReleve, Piece, Releve

Json = dict[str, Any]
Url = Callable[[str, str], str]
"""The address of a resource, from its type and a key."""

ORDRE = {Payeur.REGIME_OBLIGATOIRE: 1, Payeur.SMI: 2, Payeur.AUTRE_MUTUELLE: 3, Payeur.RECOURS_TIERS: 9}
"""The usual order of payers, where no décompte of the statement says theirs."""

_TYPE_DE_CONTRAT = {
    Payeur.REGIME_OBLIGATOIRE: "PUBLICPOL",
    Payeur.SMI: "EHCPOL",
    Payeur.AUTRE_MUTUELLE: "EHCPOL",
}
_TYPE_DE_DEMANDE = {
    Categorie.DENTAIRE: "oral",
    Categorie.PHARMACIE: "pharmacy",
    Categorie.OPTIQUE: "vision",
    Categorie.HOSPITALISATION: "institutional",
}
_PAYEE = {Destinataire.ADHERENT: "subscriber", Destinataire.PROFESSIONNEL: "provider"}

_SUBMITTED, _ELIGIBLE, _BENEFIT = ((codes.ADJUDICATION, code) for code in ("submitted", "eligible", "benefit"))
_MEMBER = (codes.ADJUDICATION_MEMBRE, "memberliability")
PARTS = {
    "depense": _SUBMITTED,
    "base": _ELIGIBLE,
    "montant": _BENEFIT,
    "reste_a_charge": _MEMBER,
    **{
        name: (codes.ADJUDICATION_PAYEUR, name)
        for name in ("regime_obligatoire", "smi", "autre_mutuelle", "trop_percu", "indemnise_par_tiers")
    },
}
"""By field of a line: the adjudication that says it, its system and its code."""

_TOTALED = ("montant", "depense", "reste_a_charge")
"""What the totals of a décompte say: each of its soins once, as its lines do."""


class Contrat(NamedTuple):
    """Whose turn it is to pay: a payer, the emitter that speaks for it (empty: none does here), its order."""

    rang: int
    payeur: Payeur
    emetteur: str


class Assureurs:
    """The insurers of a statement: those of its décomptes, and payers of its soins that paid in another year."""

    def __init__(self, view: Releve, pieces: Mapping[Identite, Piece], url: Url) -> None:
        self._url = url
        self._names: dict[Contrat, str] = {}
        self._of_decompte: dict[Identite, Contrat] = {}
        self._of_soin: dict[str, set[Contrat]] = {}
        for decompte in view.decomptes:
            identite = decompte.emetteur, decompte.reference
            rang = pieces[identite].rang if identite in pieces else ORDRE[decompte.payeur]
            contrat = Contrat(rang, decompte.payeur, decompte.emetteur)
            self._names.setdefault(contrat, codes.texte(decompte.organisme) or PAYEUR[decompte.payeur])
            self._of_decompte[identite] = contrat
            for ligne in decompte.lignes if not decompte.annule else ():
                self._of_soin.setdefault(ligne.soin, set()).add(contrat)
        for decompte in view.decomptes:
            for ligne in decompte.lignes:
                for payeur in PAYEURS_DU_SOIN:
                    known = self._of_soin.setdefault(ligne.soin, set())
                    if getattr(ligne, payeur.value) and all(contrat.payeur is not payeur for contrat in known):
                        elsewhere = Contrat(ORDRE[payeur], payeur, "")
                        self._names.setdefault(elsewhere, PAYEUR[payeur])
                        known.add(elsewhere)

    def organisation(self, decompte: DecompteReleve) -> Json:
        """The reference to who speaks in a décompte."""
        contrat = self._of_decompte[decompte.emetteur, decompte.reference]
        return {"reference": self._address("Organization", contrat), "display": self._names[contrat]}

    def insurance(self, decompte: DecompteReleve) -> list[Json]:
        """The payers of the soins of a décompte, in their order; its own is the focal one."""
        own = self._of_decompte[decompte.emetteur, decompte.reference]
        payers = {own}.union(*(self._of_soin.get(ligne.soin, set()) for ligne in decompte.lignes))
        return [
            {"focal": contrat == own, "coverage": {"reference": self._address("Coverage", contrat)}}
            for contrat in sorted(payers)
        ]

    def resources(self) -> Iterator[tuple[str, Json]]:
        """Each insurer and its coverage, with their addresses."""
        holder = {"reference": self._url("Patient", HOLDER)}
        for contrat, name in sorted(self._names.items()):
            organisation: Json = {"resourceType": "Organization", "name": name}
            if contrat.emetteur:
                organisation["identifier"] = [{"system": "urn:decompte:fhir:emetteur", "value": contrat.emetteur}]
            yield self._address("Organization", contrat), organisation
            coverage: Json = {
                "resourceType": "Coverage",
                "status": "active",
                "subscriber": holder,
                "beneficiary": holder,
                "relationship": _concept(codes.LIEN_AVEC_LE_SOUSCRIPTEUR, "self"),
                "payor": [{"reference": self._address("Organization", contrat)}],
                "order": contrat.rang,
            }
            if contrat.payeur in _TYPE_DE_CONTRAT:
                coverage["type"] = _concept(codes.TYPE_DE_CONTRAT, _TYPE_DE_CONTRAT[contrat.payeur])
            if contrat.payeur is Payeur.RECOURS_TIERS:
                coverage["subrogation"] = True
            yield self._address("Coverage", contrat), coverage

    def _address(self, kind: str, contrat: Contrat) -> str:
        return self._url(kind, f"{contrat.payeur.value}/{contrat.emetteur}/{contrat.rang}")


def explanation(decompte: DecompteReleve, assureurs: Assureurs, url: Url, piece: Piece | None) -> Json:
    """The resource."""
    lignes = decompte.lignes
    beneficiaires = {ligne.beneficiaire for ligne in lignes}
    patient = beneficiaires.pop() if len(beneficiaires) == 1 else HOLDER
    is_provisional = any(ligne.etat is Etat.PROVISOIRE for ligne in lignes) and not decompte.annule
    notes, items = _notes_and_items(lignes, piece, url)
    eob: Json = {
        "resourceType": "ExplanationOfBenefit",
        "identifier": [_identifier(decompte.emetteur, decompte.reference)],
        "status": "cancelled" if decompte.annule else "active",
        "type": _concept(codes.TYPE_DE_DEMANDE, _claim_type(lignes)),
        "use": "claim",
        "patient": {"reference": url("Patient", patient)},
        "billablePeriod": {
            "start": min(ligne.date_soin for ligne in lignes).isoformat(),
            "end": max(ligne.date_soin for ligne in lignes).isoformat(),
        },
        "created": decompte.date_paiement.isoformat(),
        "insurer": assureurs.organisation(decompte),
        "provider": {"display": "Professionnel de santé non communiqué"},
        "related": _related(decompte, piece),
        "payee": {"type": _concept(codes.BENEFICIAIRE_DU_PAIEMENT, _PAYEE.get(decompte.destinataire, "other"))},
        # « partial »: the figures of a soin are not final.
        "outcome": "partial" if is_provisional else "complete",
        "disposition": _disposition(decompte, is_provisional=is_provisional),
        "insurance": assureurs.insurance(decompte),
        "accident": _accident(piece),
        "item": items,
        "total": [
            {"category": _concept(*PARTS[name]), "amount": _money(sum(getattr(ligne, name) for ligne in lignes))}
            for name in _TOTALED
        ],
        "processNote": notes,
    }
    if not decompte.annule:
        eob["payment"] = {"date": decompte.date_paiement.isoformat(), "amount": _money(decompte.montant)}
    return {name: value for name, value in eob.items() if value not in (None, [], {})}


def _notes_and_items(lignes: tuple[LigneReleve, ...], piece: Piece | None, url: Url) -> tuple[list[Json], list[Json]]:
    notes: list[Json] = []
    items: list[Json] = []
    for sequence, ligne in enumerate(lignes, 1):
        item = _item(sequence, ligne, url)
        for texte in _texts(ligne, piece):
            notes.append({"number": len(notes) + 1, "type": "display", "text": texte})
            item.setdefault("noteNumber", []).append(len(notes))
        items.append(item)
    return notes, items


def _texts(ligne: LigneReleve, piece: Piece | None) -> list[str]:
    provisional = ["Chiffres provisoires : ils peuvent encore changer."] if ligne.etat is Etat.PROVISOIRE else []
    linked = [
        f"{NATURE[lien.nature]} {euros(lien.montant)} : se rapporte au décompte {lien.reference}."
        for lien in (piece.origines if piece else ())
        if lien.soin == ligne.soin
    ]
    return [*provisional, *linked, *(ANOMALIE[anomalie] for anomalie in ligne.anomalies)]


def _item(sequence: int, ligne: LigneReleve, url: Url) -> Json:
    service: Json = {"text": codes.texte(ligne.libelle) or ACTE_NON_COMMUNIQUE}
    if acte := codes.texte(ligne.acte):
        service["coding"] = [{"system": codes.ACTE, "code": acte}]
    return {
        "extension": [
            {
                "url": "urn:decompte:fhir:beneficiaire",
                "valueReference": {"reference": url("Patient", ligne.beneficiaire)},
            },
            {"url": "urn:decompte:fhir:soin", "valueString": ligne.soin},
        ],
        "sequence": sequence,
        "category": {**_concept(codes.CATEGORIE, ligne.categorie.value), "text": CATEGORIE[ligne.categorie]},
        "productOrService": service,
        "servicedDate": ligne.date_soin.isoformat(),
        "adjudication": [
            {"category": _concept(*part), "amount": _money(centimes)}
            for name, part in PARTS.items()
            if (centimes := getattr(ligne, name)) is not None
        ],
    }


def _claim_type(lignes: tuple[LigneReleve, ...]) -> str:
    """FHIR's five kinds of claim; a décompte about several is « professional »."""
    kinds = {_TYPE_DE_DEMANDE.get(ligne.categorie, "professional") for ligne in lignes}
    return kinds.pop() if len(kinds) == 1 else "professional"


def _related(decompte: DecompteReleve, piece: Piece | None) -> list[Json]:
    """`prior`: what this one corrects. `associated`: whose deductions it carries, what corrected or cancelled it."""
    if piece is None:
        return []
    links = [
        ("associated" if lien.nature in NATURES_RETENUES else "prior", lien.emetteur, lien.reference)
        for lien in piece.origines
    ]
    links += [("associated", correction.emetteur, correction.reference) for correction in piece.corrections]
    return [
        {"relationship": _concept(codes.LIEN_DE_DEMANDE, kind), "reference": _identifier(emetteur, reference)}
        for kind, emetteur, reference in dict.fromkeys(links)
        if (emetteur, reference) != (decompte.emetteur, decompte.reference)
    ]


def _disposition(decompte: DecompteReleve, *, is_provisional: bool) -> str | None:
    if decompte.annule:
        motif = codes.texte(decompte.motif_annulation)
        return f"Annulé ({motif})" if motif else "Annulé"
    return "Chiffres provisoires : un payeur n'a pas encore répondu." if is_provisional else None


def _accident(piece: Piece | None) -> Json | None:
    """That a third party caused the harm: which sinistre. When and how are not the feed's to say."""
    if piece is None or piece.sinistre is None:
        return None
    return {"extension": [{"url": "urn:decompte:fhir:sinistre", "valueIdentifier": {"value": piece.sinistre}}]}


def _identifier(emetteur: str, reference: str) -> Json:
    return {"system": f"urn:decompte:fhir:emetteur:{emetteur}", "value": reference}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _money(centimes: int) -> Json:
    return {"value": Decimal(centimes).scaleb(-2), "currency": codes.DEVISE}
