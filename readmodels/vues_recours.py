"""The shape of every answer about sinistres and recoveries. Amounts are signed cents."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.payeurs import Categorie, PourCompteDe
from ledger.repartition import Etat
from ledger.sinistre.etats import Circonstance, EtatSinistre, OrigineSinistre


class CodeEcart(StrEnum):
    """What does not agree on a sinistre, for a person to look at."""

    RECOUVREMENT_EXCEDENTAIRE = "recouvrement_excedentaire"
    INDEMNISATION_EXCEDENTAIRE = "indemnisation_excedentaire"
    ENCAISSEMENT_EXCEDENTAIRE = "encaissement_excedentaire"
    CREANCE_PERIMEE = "creance_perimee"
    VENTILATION_DISCORDANTE = "ventilation_discordante"
    SINISTRE_INCONNU = "sinistre_inconnu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """A gap: on which sinistre, for whom (None: not about one), by how much."""

    code: CodeEcart
    sinistre: str
    numero_adherent: str | None
    pour_compte_de: PourCompteDe | None
    montant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParPartie:
    """An amount for each party."""

    victime: int = 0
    regime_obligatoire: int = 0
    smi: int = 0
    autre_mutuelle: int = 0

    def __add__(self, other: "ParPartie") -> "ParPartie":
        return ParPartie(
            victime=self.victime + other.victime,
            regime_obligatoire=self.regime_obligatoire + other.regime_obligatoire,
            smi=self.smi + other.smi,
            autre_mutuelle=self.autre_mutuelle + other.autre_mutuelle,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Solde:
    """What is at stake: value of the last créance, claimed, agreed (None: no accord), received, shared, outstanding.

    `recu` is what the ledger's recoveries in force add up to, `partage` the same by party. `reste` is what is agreed,
    or else claimed, minus what was received: below 0 too much came.
    """

    valeur: int
    reclame: int
    accorde: int | None
    recu: int
    partage: ParPartie
    reste: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeSinistre:
    """A sinistre in the worklist. `version` is what `If-Match` takes, `age_jours` counts from the declaration."""

    reference: str
    version: int
    etat: EtatSinistre
    origine: OrigineSinistre
    numero_adherent: str | None
    beneficiaire: str
    date_accident: date
    declare_le: date
    age_jours: int
    nombre_soins: int
    solde: Solde


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSinistres:
    """A page of the worklist, the oldest declaration first."""

    elements: tuple[ResumeSinistre, ...]
    suivant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Who caused the harm, and who insures them."""

    nom: str
    assureur: str | None
    contrat: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What the declarant told."""

    circonstance: Circonstance
    lieu: str | None
    recit: str | None
    blessures: str | None
    tiers: Tiers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeSinistre:
    """One step: what, who, when, why. `montant` where it is about money, `soins` where it is about care."""

    evenement: str
    acteur: str
    date: date
    enregistre_at: datetime
    position: int
    motif: str | None
    numero: int | None
    montant: int | None
    soins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoutNetSoin:
    """What each finally bears on one soin: what they bore, what was recovered for them, the difference."""

    soin: str
    date_soin: date | None
    beneficiaire: str | None
    acte: str | None
    libelle: str | None
    categorie: Categorie | None
    etat: Etat | None
    depense: int
    supporte: ParPartie
    recouvre: ParPartie
    net: ParPartie


@dataclass(frozen=True, slots=True, kw_only=True)
class CoutNet:
    """What each finally bears over several soins. The reste à charge is `supporte.victime`: no recovery changes it.

    `charge_finale` is what is left of it after what the third party paid to the victim, never below 0.
    """

    supporte: ParPartie
    recouvre: ParPartie
    net: ParPartie
    charge_finale: int
    soins: tuple[CoutNetSoin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCreance:
    """A version of the relevé de créance."""

    numero: int
    etablie_le: date
    au: int
    valeur: int
    total: ParPartie


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneCreance:
    """What each bore on a soin. `avant` is what the version before said (None: the soin is new in this one)."""

    soin: str
    supporte: ParPartie
    avant: ParPartie | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleveCreance:
    """A frozen relevé de créance. `retires` are the soins that the version before had and this one has not."""

    sinistre: str
    numero_adherent: str | None
    date_accident: date
    numero: int
    etablie_le: date
    au: int
    valeur: int
    total: ParPartie
    lignes: tuple[LigneCreance, ...]
    retires: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncaissementVue:
    """A receipt that was booked here."""

    numero: int
    date_encaissement: date
    montant: int
    reference_paiement: str | None
    retire_le: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecouvrementVue:
    """A third-party recovery of the ledger for this sinistre, in force; `origine` says who shared it."""

    emetteur: str
    reference: str
    date_paiement: date
    montant: int
    partage: ParPartie
    position: int
    origine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierSinistre:
    """The whole file of a sinistre."""

    reference: str
    version: int
    position: int
    etat: EtatSinistre
    origine: OrigineSinistre
    numero_adherent: str | None
    beneficiaire: str
    date_accident: date
    declare_le: date
    declaration: Declaration | None
    soins_declares: tuple[str, ...]
    responsabilite_pb: int | None
    solde: Solde
    cout_net: CoutNet
    creances: tuple[ResumeCreance, ...]
    encaissements: tuple[EncaissementVue, ...]
    recouvrements: tuple[RecouvrementVue, ...]
    ecarts: tuple[Ecart, ...]
    etapes: tuple[EtapeSinistre, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeSuivi:
    """A stage that the sinistre reached, as its member reads it."""

    date: date
    etat: EtatSinistre


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiviSinistre:
    """A sinistre as its member follows it: where it stands, what was paid to her. Nothing of what SMI recovers."""

    reference: str
    declare_le: date
    date_accident: date
    beneficiaire: str
    etat: EtatSinistre
    etapes: tuple[EtapeSuivi, ...]
    reste_a_charge: int
    indemnise_par_tiers: int
    charge_finale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuivisSinistres:
    """The sinistres of a member, the newest declaration first."""

    elements: tuple[SuiviSinistre, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoinRattachable:
    """A soin of a member as the team looks for it; `sinistre` is the one that holds it."""

    soin: str
    date_soin: date
    beneficiaire: str
    acte: str | None
    libelle: str | None
    categorie: Categorie
    etat: Etat
    depense: int
    supporte: ParPartie
    sinistre: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoinsRattachables:
    """The soins of a member that match a search, the oldest first."""

    elements: tuple[SoinRattachable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Soins of one beneficiary that look like an accident. Nothing is attached by it: a person decides."""

    numero_adherent: str
    beneficiaire: str
    date_accident: date
    soins: tuple[str, ...]
    raisons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What the detection proposes for a page of members; there may be nothing, and more while `suivant` is not None."""

    elements: tuple[Suggestion, ...]
    suivant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldeEtat:
    """The balance of the sinistres in one state."""

    etat: EtatSinistre
    nombre: int
    solde: Solde


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The balance over all sinistres. `hors_dossier`: recoveries of the ledger for sinistres that nobody opened."""

    nombre: int
    solde: Solde
    par_etat: tuple[SoldeEtat, ...]
    hors_dossier: ParPartie
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEcarts:
    """The gaps of a page of sinistres; there may be none in a page, and more after it while `suivant` is not None."""

    elements: tuple[Ecart, ...]
    suivant: str | None
