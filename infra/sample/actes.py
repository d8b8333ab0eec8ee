"""The acts of the sample: code, labels as a member reads them, category, and which rules of the barème they follow."""

from dataclasses import dataclass

from infra.sample import bareme
from infra.sample.bareme import Regle
from infra.sample.messages import FRANCHISE, PARTICIPATION


@dataclass(frozen=True, slots=True)
class Retenue:
    """A deduction that an act owes, by unit of quantity: its nature, its amount and its yearly cap."""

    nature: str
    montant: Regle
    plafond: Regle


PAR_ACTE_MEDICAL = Retenue(PARTICIPATION, bareme.PARTICIPATION_FORFAITAIRE, bareme.PLAFOND_PARTICIPATION)
PAR_BOITE_OU_ACTE = Retenue(FRANCHISE, bareme.FRANCHISE, bareme.PLAFOND_FRANCHISE)
PAR_TRANSPORT = Retenue(FRANCHISE, bareme.FRANCHISE_TRANSPORT, bareme.PLAFOND_FRANCHISE)


@dataclass(frozen=True, slots=True)
class Acte:
    """One kind of act.

    `prix` and `base` are rules of the barème; without `prix` the professional sets it, in whole euros between the two
    ends of `prix_libre`, and without `base` the price is the base. Without `taux` the régime obligatoire pays nothing.
    """

    code: str
    categorie: str
    libelles: tuple[str, ...]
    taux: Regle | None = None
    prix: Regle | None = None
    base: Regle | None = None
    prix_libre: tuple[int, int] = (0, 0)
    retenue: Retenue | None = None
    has_local: bool = False


G = Acte(
    "G",
    "consultations",
    ("Consultation généraliste",),
    taux=bareme.TAUX_MEDECIN,
    prix=bareme.TARIF_G,
    retenue=PAR_ACTE_MEDICAL,
    has_local=True,
)
CS = Acte(
    "CS",
    "consultations",
    (
        "Consultation dermatologue",
        "Consultation ophtalmologue",
        "Consultation cardiologue",
        "Consultation gynécologue",
        "Consultation ORL",
        "Consultation rhumatologue",
        "Consultation gastro-entérologue",
    ),
    taux=bareme.TAUX_MEDECIN,
    base=bareme.BASE_CS,
    prix_libre=(50, 60),
    retenue=PAR_ACTE_MEDICAL,
    has_local=True,
)
SF = Acte(
    "SF",
    "consultations",
    ("Consultation sage-femme", "Suivi de grossesse, sage-femme"),
    taux=bareme.TAUX_MEDECIN,
    prix=bareme.TARIF_SF,
    has_local=True,
)
ADI = Acte(
    "ADI",
    "analyses_imagerie",
    (
        "Radiographie du thorax",
        "Radiographie de la cheville",
        "Radiographie du genou",
        "Radiographie du poignet",
        "Radiographie du rachis lombaire",
        "Mammographie de dépistage individuel",
    ),
    taux=bareme.TAUX_MEDECIN,
    prix=bareme.TARIF_ADI,
    retenue=PAR_ACTE_MEDICAL,
    has_local=True,
)
B = Acte(
    "B",
    "analyses_imagerie",
    ("Hémogramme", "Bilan lipidique", "Bilan thyroïdien", "Bilan hépatique", "Ionogramme et créatinine"),
    taux=bareme.TAUX_BIOLOGIE,
    prix=bareme.TARIF_B,
    retenue=PAR_ACTE_MEDICAL,
)
AMS = Acte(
    "AMS",
    "auxiliaires",
    ("Séance de kinésithérapie",),
    taux=bareme.TAUX_AUXILIAIRE,
    prix=bareme.TARIF_AMS,
    retenue=PAR_BOITE_OU_ACTE,
)
AMI = Acte(
    "AMI",
    "auxiliaires",
    ("Injection par une infirmière (AMI 1,5)",),
    taux=bareme.TAUX_AUXILIAIRE,
    prix=bareme.TARIF_AMI,
    retenue=PAR_BOITE_OU_ACTE,
)
HBJD001 = Acte(
    "HBJD001",
    "dentaire",
    ("Détartrage et polissage des dents",),
    taux=bareme.TAUX_DENTISTE,
    prix=bareme.TARIF_DETARTRAGE,
    has_local=True,
)
HBLD634 = Acte(
    "HBLD634",
    "dentaire",
    ("Couronne 100 % Santé",),
    taux=bareme.TAUX_DENTISTE,
    prix=bareme.PRIX_COURONNE,
    base=bareme.BASE_COURONNE,
    has_local=True,
)
COUL = Acte(
    "COUL",
    "dentaire",
    ("Couronne à honoraires libres",),
    taux=bareme.TAUX_DENTISTE,
    base=bareme.BASE_COURONNE,
    prix_libre=(550, 900),
    has_local=True,
)
OPA = Acte(
    "OPA",
    "optique",
    ("Lunettes de classe A, 100 % Santé",),
    taux=bareme.TAUX_APPAREILLAGE,
    prix=bareme.PRIX_LUNETTES_A,
    base=bareme.BASE_LUNETTES_A,
)
OPB = Acte(
    "OPB",
    "optique",
    ("Lunettes de classe B, verres unifocaux", "Lunettes de classe B, verres progressifs"),
    taux=bareme.TAUX_APPAREILLAGE,
    base=bareme.BASE_LUNETTES_B,
    prix_libre=(260, 520),
)
AU1 = Acte(
    "AU1",
    "audiologie",
    ("Aide auditive de classe I, 100 % Santé",),
    taux=bareme.TAUX_APPAREILLAGE,
    prix=bareme.PRIX_AUDIO_1,
    base=bareme.BASE_AUDIO,
)
AU2 = Acte(
    "AU2",
    "audiologie",
    ("Aide auditive de classe II",),
    taux=bareme.TAUX_APPAREILLAGE,
    base=bareme.BASE_AUDIO,
    prix_libre=(1_300, 1_700),
)
EEP = Acte(
    "EEP",
    "psychologie",
    ("Entretien d'évaluation psychologique",),
    taux=bareme.TAUX_PSYCHOLOGUE,
    prix=bareme.PRIX_PREMIERE_SEANCE,
)
PSS = Acte(
    "PSS",
    "psychologie",
    ("Séance d'accompagnement psychologique",),
    taux=bareme.TAUX_PSYCHOLOGUE,
    prix=bareme.PRIX_SEANCE,
)
GHS = Acte("GHS", "hospitalisation", ("Séjour hospitalier",), taux=bareme.TAUX_HOPITAL, prix_libre=(900, 4_200))
ADC = Acte(
    "ADC",
    "hospitalisation",
    ("Honoraires du chirurgien",),
    taux=bareme.TAUX_HOPITAL,
)
FJH = Acte("FJH", "hospitalisation", ("Forfait journalier hospitalier",), prix=bareme.FORFAIT_JOURNALIER)
CHP = Acte("CHP", "hospitalisation", ("Chambre particulière",), prix=bareme.PRIX_CHAMBRE)
VSL = Acte(
    "VSL",
    "transport",
    ("Transport en véhicule sanitaire léger",),
    taux=bareme.TAUX_TRANSPORT,
    prix=bareme.TARIF_VSL,
    retenue=PAR_TRANSPORT,
)
AMB = Acte(
    "AMB",
    "transport",
    ("Ambulance demandée par le SAMU",),
    taux=bareme.TAUX_TRANSPORT,
    prix=bareme.TARIF_AMBULANCE,
)
OST = Acte("OST", "autres", ("Séance d'ostéopathie",), prix_libre=(55, 70))


def _medicament(code: str, taux: Regle) -> Acte:
    return Acte(code, "pharmacie", (), taux=taux, retenue=PAR_BOITE_OU_ACTE)


PH7 = _medicament("PH7", bareme.TAUX_PH7)
PH4 = _medicament("PH4", bareme.TAUX_PH4)
PH2 = _medicament("PH2", bareme.TAUX_PH2)
PH1 = _medicament("PH1", bareme.TAUX_PH1)
