"""What the ledger is told about a member."""

from datetime import date
from enum import StrEnum

import msgspec

from ledger.events import Event, Facts, Personal


class AdherentFaits(Facts, frozen=True, kw_only=True, gc=False):
    """Who registered the member, and from which day it holds.

    The reference is personal here: emitters often build it from the member's number.
    """

    emetteur: str
    date_effet: date


class Beneficiaire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A person covered by the member's contract."""

    beneficiaire: str
    prenom: str
    date_naissance: date


class AdherentPersonnel(Personal, frozen=True, kw_only=True, gc=False):
    """Which registration, who the member is, how to reach her, whom her contract covers."""

    reference: str
    numero_adherent: str
    nom: str
    prenom: str
    date_naissance: date
    email: str | None = None
    telephone: str | None = None
    beneficiaires: tuple[Beneficiaire, ...] = ()


class AdherentRegistered(Event, frozen=True, kw_only=True, gc=False):
    """SMI registered a member, or said anew who she is; the highest `date_effet` holds, ties by reference."""

    topic = "adherent.registered"

    faits: AdherentFaits
    personnel: AdherentPersonnel | None = None


class BaseEffacement(StrEnum):
    """On which ground a member is forgotten (RGPD art. 17.1, a to e)."""

    DONNEES_PLUS_NECESSAIRES = "donnees_plus_necessaires"
    CONSENTEMENT_RETIRE = "consentement_retire"
    OPPOSITION = "opposition"
    TRAITEMENT_ILLICITE = "traitement_illicite"
    OBLIGATION_LEGALE = "obligation_legale"


class EffacementFaits(Facts, frozen=True, kw_only=True, gc=False):
    """On which ground, by whom, on which day; `fin_de_conservation`: until when accounting had kept something."""

    base: BaseEffacement
    acteur: str
    fin_de_conservation: date | None = None
    date: date


class AdherentErased(Event, frozen=True, kw_only=True, gc=False):
    """A member was forgotten: her key is destroyed, with it who she was and which care; amounts and dates stay."""

    topic = "adherent.erased"

    faits: EffacementFaits
