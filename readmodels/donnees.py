"""Everything that the ledger holds about a person, as she may take it away (RGPD art. 15 and 20). docs/privacy.md.

The whole history, beyond the two years that pages show: the right of access has no such limit. Less what is not hers:
acts of adults of the contract who keep them, and what SMI recovers for itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ledger.adherent.events import AdherentPersonnel
from ledger.dossier import AnnulationConnue, DecompteConnu, Dossier, Soin
from ledger.payeurs import Categorie, Destinataire, Payeur
from ledger.repartition import Anomalie, Etat, Split
from ledger.sinistre.etats import Circonstance, OrigineSinistre
from ledger.sinistre.events import SinistreDeclared
from readmodels.releve import lignes_recues
from readmodels.renderings.titulaire import HOLDER
from readmodels.sinistres_connus import SinistreConnu
from readmodels.vues import LignePaiement
from readmodels.vues_recours import SuiviSinistre

FORMAT = "decompte/donnees/1"
"""The schema of the file; it changes by addition, and its number when a field changes its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonneDonnees:
    """A person as SMI registered her. `beneficiaire` 01 is the holder, who alone has a name and ways to be reached."""

    beneficiaire: str
    prenom: str
    date_naissance: date
    nom: str | None = None
    email: str | None = None
    telephone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecompteDonnees:
    """A décompte with its lines as received."""

    emetteur: str
    organisme: str | None
    reference: str
    payeur: Payeur
    rang: int
    date_paiement: date
    destinataire: Destinataire
    virement: str | None
    sinistre: str | None
    enregistre_at: datetime
    annule: bool
    lignes: tuple[LignePaiement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoinDonnees:
    """A care act and who bore what, as known now, in cents."""

    soin: str
    date_soin: date
    beneficiaire: str
    acte: str | None
    libelle: str | None
    categorie: Categorie
    etat: Etat
    anomalies: tuple[Anomalie, ...]
    repartition: Split


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulationDonnees:
    """A payer took a décompte back; `en_attente`: it has not come yet."""

    emetteur: str
    reference: str
    annule: str
    date: date
    motif: str | None
    en_attente: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentementDonnees:
    """A choice as it was made."""

    objet: str
    accorde: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationDonnees:
    """A look at her data, by the category of who looked; `nombre`: how many equal looks it stands for."""

    at: datetime
    categorie: str
    quoi: str
    nombre: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationDonnees:
    """What she told of an accident."""

    sinistre: str
    declare_le: date
    date_accident: date
    beneficiaire: str
    circonstance: Circonstance
    lieu: str | None
    recit: str | None
    blessures: str | None
    tiers_nom: str | None
    tiers_assureur: str | None
    tiers_contrat: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsDonnees:
    """What she wants to be told by mail, and since when; None: she never chose."""

    frequence: str
    choisi_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Donnees:
    """The whole file. Amounts are cents, instants UTC."""

    format: str
    exporte_at: datetime
    numero_adherent: str
    beneficiaire: str | None
    personnes: tuple[PersonneDonnees, ...]
    decomptes: tuple[DecompteDonnees, ...]
    soins: tuple[SoinDonnees, ...]
    annulations: tuple[AnnulationDonnees, ...]
    sinistres: tuple[SuiviSinistre, ...]
    declarations: tuple[DeclarationDonnees, ...]
    consentements: tuple[ConsentementDonnees, ...]
    consultations: tuple[ConsultationDonnees, ...]
    notifications: NotificationsDonnees


def personnes_of(registration: AdherentPersonnel | None, beneficiaire: str | None) -> tuple[PersonneDonnees, ...]:
    """Who is registered: to the holder everybody of her contract, to an adult beneficiary herself."""
    if registration is None:
        return ()
    holder = PersonneDonnees(
        beneficiaire=HOLDER,
        nom=registration.nom,
        prenom=registration.prenom,
        date_naissance=registration.date_naissance,
        email=registration.email,
        telephone=registration.telephone,
    )
    others = [
        PersonneDonnees(beneficiaire=b.beneficiaire, prenom=b.prenom, date_naissance=b.date_naissance)
        for b in registration.beneficiaires
    ]
    return tuple(p for p in (holder, *others) if beneficiaire in (None, p.beneficiaire))


def decomptes_of(dossier: Dossier) -> tuple[DecompteDonnees, ...]:
    """Every décompte of which she is shown something, the oldest payment first."""
    known = sorted(dossier.decomptes.values(), key=lambda d: (d.faits.date_paiement, *d.identite))
    shown = [(decompte, lignes_recues(dossier, decompte)) for decompte in known]
    return tuple(_decompte(dossier, decompte, lignes) for decompte, lignes in shown if lignes)


def soins_of(dossier: Dossier) -> tuple[SoinDonnees, ...]:
    """Every soin in force, the oldest first."""
    return tuple(map(_soin, sorted(dossier.soins.values(), key=lambda s: (s.repartition.date_soin, s.soin))))


def annulations_of(dossier: Dossier) -> tuple[AnnulationDonnees, ...]:
    """Every annulation, the oldest first."""
    found = [(a, cible not in dossier.decomptes) for cible, known in dossier.annulations.items() for a in known]
    return tuple(_annulation(a, is_waiting) for a, is_waiting in sorted(found, key=lambda pair: _order(pair[0])))


def declarations_of(connus: Iterable[SinistreConnu], shown: frozenset[str]) -> tuple[DeclarationDonnees, ...]:
    """What she declared herself, of the sinistres that she follows."""
    return tuple(
        declaration
        for connu in connus
        if connu.sinistre.reference in shown and connu.sinistre.origine is OrigineSinistre.ADHERENT
        for declaration in _declaration(connu)
    )


def _decompte(dossier: Dossier, decompte: DecompteConnu, lignes: tuple[LignePaiement, ...]) -> DecompteDonnees:
    faits = decompte.faits
    return DecompteDonnees(
        emetteur=faits.emetteur,
        organisme=faits.organisme,
        reference=faits.reference,
        payeur=decompte.payeur,
        rang=faits.rang,
        date_paiement=faits.date_paiement,
        destinataire=faits.destinataire,
        virement=faits.virement,
        sinistre=faits.sinistre,
        enregistre_at=decompte.enregistre_at,
        annule=dossier.is_cancelled(decompte.identite),
        lignes=lignes,
    )


def _soin(soin: Soin) -> SoinDonnees:
    known = soin.repartition
    return SoinDonnees(
        soin=soin.soin,
        date_soin=known.date_soin,
        beneficiaire=known.beneficiaire,
        acte=known.acte,
        libelle=known.libelle,
        categorie=known.categorie,
        etat=known.etat,
        anomalies=soin.anomalies,
        repartition=known.split,
    )


def _annulation(annulation: AnnulationConnue, is_waiting: bool) -> AnnulationDonnees:
    return AnnulationDonnees(
        emetteur=annulation.emetteur,
        reference=annulation.reference,
        annule=annulation.annule,
        date=annulation.date_annulation,
        motif=annulation.motif,
        en_attente=is_waiting,
    )


def _order(annulation: AnnulationConnue) -> tuple[date, str, str]:
    return annulation.date_annulation, annulation.emetteur, annulation.reference


def _declaration(connu: SinistreConnu) -> Iterable[DeclarationDonnees]:
    first = connu.etapes[0].event
    if isinstance(first, SinistreDeclared) and first.personnel is not None:
        told, tiers = first.personnel, first.personnel.tiers
        yield DeclarationDonnees(
            sinistre=first.faits.sinistre,
            declare_le=first.faits.date,
            date_accident=first.faits.date_accident,
            beneficiaire=first.faits.beneficiaire,
            circonstance=told.circonstance,
            lieu=told.lieu,
            recit=told.recit,
            blessures=told.blessures,
            tiers_nom=tiers.nom if tiers else None,
            tiers_assureur=tiers.assureur if tiers else None,
            tiers_contrat=tiers.contrat if tiers else None,
        )
