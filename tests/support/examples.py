"""One plain valid example per event; a test changes only the fields that it is about.

The care is always the same unless said: a consultation of 30,00 € on 10 March 2026, of which the régime obligatoire
pays 21,00 and SMI 9,00. Every décompte gets a reference of its own, in the order in which they are made.
"""

from datetime import date
from itertools import count
from typing import Any, NamedTuple

import msgspec

from ledger.adherent.events import AdherentFaits, AdherentPersonnel, AdherentRegistered, Beneficiaire
from ledger.annulation.events import AnnulationFaits, AnnulationPersonnelle, AnnulationRecorded
from ledger.decompte.events import (
    DECOMPTE_BY_PAYEUR,
    DecompteCancelled,
    DecompteCancelledFaits,
    DecompteFaits,
    DecomptePersonnel,
    DecompteRecorded,
    LigneFaits,
    LigneOrigine,
    LignePersonnelle,
)
from ledger.events import Event
from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe

NUMERO = "00412345"
AUTRE_NUMERO = "00999999"
SOIN = "F889123-1"
SINISTRE = "SIN-2026-12"

_number = count(1)

_EMETTEUR = {
    Payeur.REGIME_OBLIGATOIRE: "cpam-751",
    Payeur.SMI: "smi",
    Payeur.AUTRE_MUTUELLE: "mutuelle-b",
    Payeur.RECOURS_TIERS: "assia",
}
_RANG = {Payeur.REGIME_OBLIGATOIRE: 1, Payeur.SMI: 2, Payeur.AUTRE_MUTUELLE: 3, Payeur.RECOURS_TIERS: 9}
_DATE_PAIEMENT = {
    Payeur.REGIME_OBLIGATOIRE: date(2026, 3, 14),
    Payeur.SMI: date(2026, 3, 17),
    Payeur.AUTRE_MUTUELLE: date(2026, 3, 24),
    Payeur.RECOURS_TIERS: date(2026, 9, 1),
}
_OF_DECOMPTE = frozenset(DecompteFaits.__struct_fields__) - {"lignes"}


class Ligne(NamedTuple):
    """A payment line, its clear part and its sealed one."""

    faits: LigneFaits
    personnel: LignePersonnelle


def prestation(montant: int = 2100, **changes: Any) -> Ligne:
    """A consultation, as its payer states it."""
    plain: dict[str, Any] = {
        "quantite": 1,
        "depense": 3000,
        "base": 3000,
        "taux_pb": 7000,
        "acte": "G",
        "libelle": "Consultation généraliste",
        "categorie": Categorie.CONSULTATIONS,
    }
    return _ligne(plain | {"montant": montant, "nature": Nature.PRESTATION} | changes)


def participation(montant: int = -200, **changes: Any) -> Ligne:
    """The participation forfaitaire of a consultation."""
    return _ligne({"montant": montant, "nature": Nature.PARTICIPATION_FORFAITAIRE} | changes)


def franchise(montant: int = -100, **changes: Any) -> Ligne:
    """The franchise of one box of a drug."""
    return participation(montant, **{"nature": Nature.FRANCHISE} | changes)


def complement(montant: int = 600, **changes: Any) -> Ligne:
    """What the local scheme of Alsace-Moselle adds."""
    return _ligne({"montant": montant, "nature": Nature.COMPLEMENT_LOCAL} | changes)


def indemnite(montant: int, pour_compte_de: PourCompteDe = PourCompteDe.SMI, **changes: Any) -> Ligne:
    """What a third party paid back for a payer, or to the victim."""
    return _ligne({"montant": montant, "nature": Nature.INDEMNITE, "pour_compte_de": pour_compte_de} | changes)


def _ligne(own: dict[str, Any]) -> Ligne:
    # The number comes with the décompte, when the test does not care.
    plain: dict[str, Any] = {"ligne": "", "soin": SOIN, "beneficiaire": "01", "date_soin": date(2026, 3, 10)}
    values = plain | own
    personal = {name: values.pop(name) for name in LignePersonnelle.__struct_fields__ if name in values}
    return Ligne(LigneFaits(**values), LignePersonnelle(**personal))


def ro(*lignes: Ligne, **changes: Any) -> DecompteRecorded:
    """The régime obligatoire pays 21,00. Changes are of the décompte, or of its line when it has only the plain one."""
    return decompte(Payeur.REGIME_OBLIGATOIRE, *lignes, **changes)


def smi(*lignes: Ligne, **changes: Any) -> DecompteRecorded:
    """SMI pays the 9,00 that the régime obligatoire leaves."""
    return decompte(Payeur.SMI, *lignes, **changes if lignes else {"montant": 900} | changes)


def autre(*lignes: Ligne, **changes: Any) -> DecompteRecorded:
    """Another mutuelle pays 1,00 after SMI."""
    return decompte(Payeur.AUTRE_MUTUELLE, *lignes, **changes if lignes else {"montant": 100} | changes)


def recours(*lignes: Ligne, **changes: Any) -> DecompteRecorded:
    """A liable third party pays 5,00 back, for SMI unless the lines say otherwise."""
    return decompte(Payeur.RECOURS_TIERS, *(lignes or (indemnite(500),)), **{"sinistre": SINISTRE} | changes)


def decompte(payeur: Payeur, *lignes: Ligne, **changes: Any) -> DecompteRecorded:
    """A décompte of any payer; `total` follows the lines unless given."""
    numero = changes.pop("numero_adherent", NUMERO)
    own = {name: changes.pop(name) for name in _OF_DECOMPTE if name in changes}
    if lignes and changes:
        raise TypeError(f"give these to a line: {sorted(changes)}")
    numbered = [
        (msgspec.structs.replace(faits, ligne=faits.ligne or str(index)), personnel)
        for index, (faits, personnel) in enumerate(lignes or (prestation(**changes),), 1)
    ]
    plain: dict[str, Any] = {
        "emetteur": _EMETTEUR[payeur],
        "reference": f"D-{next(_number):06d}",
        "rang": _RANG[payeur],
        "date_paiement": _DATE_PAIEMENT[payeur],
        "destinataire": Destinataire.ADHERENT,
        "total": sum(faits.montant for faits, _ in numbered),
    }
    return DECOMPTE_BY_PAYEUR[payeur](
        faits=DecompteFaits(lignes=tuple(faits for faits, _ in numbered), **plain | own),
        personnel=DecomptePersonnel(numero_adherent=numero, lignes=tuple(personnelle for _, personnelle in numbered)),
    )


def origine(event: DecompteRecorded, ligne: str = "1") -> LigneOrigine:
    """What a correction or a deferred deduction refers to: a line of that décompte."""
    return LigneOrigine(emetteur=event.faits.emetteur, reference=event.faits.reference, ligne=ligne)


def regularisation(event: DecompteRecorded, *replacements: Ligne, **changes: Any) -> DecompteRecorded:
    """The same payer repeats every line with a minus and names it; replacement lines may follow (the SNDS rule)."""
    assert event.personnel is not None
    taken_back = [
        Ligne(
            msgspec.structs.replace(
                faits,
                ligne="",
                montant=-faits.montant,
                **{
                    name: -getattr(faits, name)
                    for name in ("quantite", "depense", "base")
                    if getattr(faits, name) is not None
                },
                # Deductions count where the ones that they give back count.
                ligne_origine=origine(event, faits.ligne),
            ),
            msgspec.structs.replace(personnelle, motif="regularisation"),
        )
        for faits, personnelle in zip(event.faits.lignes, event.personnel.lignes, strict=True)
    ]
    same: dict[str, Any] = {
        "emetteur": event.faits.emetteur,
        "rang": event.faits.rang,
        "date_paiement": date(2026, 4, 2),
        "sinistre": event.faits.sinistre,
    }
    return decompte(event.payeur, *taken_back, *replacements, **same | changes)


def annulation(event: DecompteRecorded | AnnulationRecorded, **changes: Any) -> AnnulationRecorded:
    """Its payer takes a whole décompte back."""
    assert event.personnel is not None
    personal: dict[str, Any] = {
        "numero_adherent": changes.pop("numero_adherent", event.personnel.numero_adherent),
        "motif": changes.pop("motif", "double_paiement"),
    }
    plain: dict[str, Any] = {
        "emetteur": event.faits.emetteur,
        "reference": f"A-{next(_number):06d}",
        "annule": event.faits.reference,
        "date": date(2026, 4, 2),
    }
    return AnnulationRecorded(faits=AnnulationFaits(**plain | changes), personnel=AnnulationPersonnelle(**personal))


def cancelled(event: AnnulationRecorded) -> DecompteCancelled:
    """What an annulation does to the décompte that it names."""
    faits = event.faits
    return DecompteCancelled(
        faits=DecompteCancelledFaits(emetteur=faits.emetteur, reference=faits.annule, annulation=faits.reference)
    )


def reference_of(event: Event) -> str:
    """The reference of what an event records: that of a registration is personal."""
    said: str = getattr(event.faits, "reference", None) or event.personnel.reference  # type: ignore[union-attr]
    return said


def adherent(**changes: Any) -> AdherentRegistered:
    """SMI says who the member is."""
    own = {name: changes.pop(name) for name in AdherentFaits.__struct_fields__ if name in changes}
    faits: dict[str, Any] = {
        "emetteur": "smi",
        "date_effet": date(2026, 1, 1),
    } | own
    personal: dict[str, Any] = {
        "reference": f"AD-{next(_number):06d}",
        "numero_adherent": NUMERO,
        "nom": "Martin",
        "prenom": "Ada",
        "date_naissance": date(1980, 2, 3),
        "email": "ada@exemple.fr",
        "telephone": "+33600000000",
        "beneficiaires": (Beneficiaire(beneficiaire="02", prenom="Léo", date_naissance=date(2015, 6, 7)),),
    } | changes
    return AdherentRegistered(faits=AdherentFaits(**faits), personnel=AdherentPersonnel(**personal))
