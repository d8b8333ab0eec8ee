"""The members of the sample: a household under one contract, its caisse and its other mutuelle if any."""

from dataclasses import dataclass
from datetime import date

from infra.sample.alea import Alea
from infra.sample.garanties import Niveau
from infra.sample.identites import NOMS, pick_prenom, write_email, write_telephone

ADHERENTS_MAX = 2**20
"""Members in one portfolio: beyond, numbers would no longer be unique."""

_PAS_DES_NUMEROS, _NUMEROS = 7_919, 90_000_000
"""A step with no common divisor with the range walks through it without meeting the same number twice."""


@dataclass(frozen=True, slots=True)
class Caisse:
    """A caisse of the régime obligatoire.

    `is_locale`: it also manages the local scheme of Alsace-Moselle. `writes_majoration`: out of the parcours de soins
    it keeps the full rate and writes the loss as a line of its own, where others write the lower rate.
    """

    emetteur: str
    organisme: str
    is_locale: bool = False
    writes_majoration: bool = False

    @property
    def code(self) -> str:
        """The three digits that its references begin with."""
        return self.emetteur.removeprefix("cpam-")


@dataclass(frozen=True, slots=True)
class AutreContrat:
    """A second complementary contract. Rank 2: it pays before SMI, which becomes rank 3; rank 3: it tops SMI up."""

    emetteur: str
    organisme: str
    rang: int


@dataclass(frozen=True, slots=True)
class Personne:
    """Somebody covered: `beneficiaire` is 01 for the member, then 02, 03…"""

    beneficiaire: str
    prenom: str
    date_naissance: date
    is_femme: bool
    is_ald: bool

    def age(self, jour: date) -> int:
        """Age in whole years on a day."""
        ne = self.date_naissance
        return jour.year - ne.year - ((jour.month, jour.day) < (ne.month, ne.day))


@dataclass(frozen=True, slots=True)
class Adherent:
    """A member and the household. `is_inscrit` is False when the feed never says who the member is."""

    indice: int
    numero: str
    nom: str
    personnes: tuple[Personne, ...]
    email: str | None
    telephone: str | None
    niveau: Niveau
    caisse: Caisse
    autre: AutreContrat | None
    is_inscrit: bool

    @property
    def prenom(self) -> str:
        """First name of the member."""
        return self.personnes[0].prenom

    @property
    def date_naissance(self) -> date:
        """Date of birth of the member."""
        return self.personnes[0].date_naissance


CAISSES: tuple[tuple[Caisse, float], ...] = (
    (Caisse("cpam-751", "CPAM de Paris"), 22),
    (Caisse("cpam-331", "CPAM de la Gironde"), 12),
    (Caisse("cpam-131", "CPAM des Bouches-du-Rhône", writes_majoration=True), 12),
    (Caisse("cpam-691", "CPAM du Rhône"), 11),
    (Caisse("cpam-311", "CPAM de la Haute-Garonne", writes_majoration=True), 9),
    (Caisse("cpam-441", "CPAM de la Loire-Atlantique"), 8),
    (Caisse("cpam-351", "CPAM d'Ille-et-Vilaine"), 7),
    (Caisse("cpam-341", "CPAM de l'Hérault"), 7),
    (Caisse("cpam-571", "CPAM de la Moselle", is_locale=True), 4),
    (Caisse("cpam-671", "CPAM du Bas-Rhin", is_locale=True), 5),
    (Caisse("cpam-681", "CPAM du Haut-Rhin", is_locale=True), 3),
)
"""Caisses and their weight in the portfolio."""

_AUTRES: tuple[tuple[AutreContrat | None, float], ...] = (
    (None, 0.88),
    (AutreContrat("mutuelle-b", "Mutuelle B Surcomplémentaire", 3), 0.08),
    (AutreContrat("mutuelle-horizon", "Mutuelle Horizon", 2), 0.04),
)
_NIVEAUX = ((Niveau.BASE, 0.35), (Niveau.CONFORT, 0.43), (Niveau.PREMIUM, 0.22))
_TRANCHES = (((25, 39), 0.28), ((40, 59), 0.38), ((60, 74), 0.22), ((75, 92), 0.12))
_ALD_PAR_AGE = ((18, 0.01), (40, 0.04), (60, 0.11), (75, 0.26), (200, 0.42))
_AGE_ENFANT_MAX = 22
_AGE_CONJOINT_MIN = 20


def draw_adherent(indice: int, *, seed: int, today: date) -> Adherent:
    """The member number `indice` of the portfolio of a seed; ages are those of the year of `today`."""
    alea = Alea(f"adherent/{seed}/{today.year}/{indice}")
    nom = alea.pick(NOMS)
    age = alea.between(*alea.pick_weighted(_TRANCHES))
    personnes = [_draw_personne(alea, "01", age, today)]
    en_couple = alea.chance(0.62 if age < 75 else 0.4)
    if en_couple:
        conjoint = max(_AGE_CONJOINT_MIN, age + alea.between(-5, 5))
        personnes.append(_draw_personne(alea, "02", conjoint, today, not personnes[0].is_femme))
    for age_enfant in _draw_ages_enfants(alea, age, en_couple=en_couple):
        personnes.append(_draw_personne(alea, f"{len(personnes) + 1:02d}", age_enfant, today))
    has_email = alea.chance(0.93)
    return Adherent(
        indice=indice,
        numero=_write_numero(indice, seed),
        nom=nom,
        personnes=tuple(personnes),
        email=write_email(personnes[0].prenom, nom, indice + 1) if has_email else None,
        telephone=write_telephone(alea) if alea.chance(0.75) else None,
        niveau=alea.pick_weighted(_NIVEAUX),
        caisse=alea.pick_weighted(CAISSES),
        autre=alea.pick_weighted(_AUTRES),
        is_inscrit=not alea.chance(0.02),
    )


def _write_numero(indice: int, seed: int) -> str:
    depart = int(Alea(f"numeros/{seed}").draw() * _NUMEROS)
    return f"{(depart + indice * _PAS_DES_NUMEROS) % _NUMEROS:08d}"


def _draw_personne(alea: Alea, beneficiaire: str, age: int, today: date, femme: bool | None = None) -> Personne:
    is_femme = alea.chance(0.52) if femme is None else femme
    naissance = date(today.year - age, alea.between(1, 12), alea.between(1, 28))
    if naissance > today:
        naissance = naissance.replace(year=naissance.year - 1)
    risque_ald = next(risque for age_max, risque in _ALD_PAR_AGE if age < age_max)
    return Personne(
        beneficiaire=beneficiaire,
        prenom=pick_prenom(alea, femme=is_femme, annee_naissance=naissance.year),
        date_naissance=naissance,
        is_femme=is_femme,
        is_ald=alea.chance(risque_ald),
    )


def _draw_ages_enfants(alea: Alea, age: int, *, en_couple: bool) -> list[int]:
    """Ages of the children still on the contract, the eldest first."""
    if not 26 <= age <= 62 or not alea.chance(0.66 if en_couple else 0.28):
        return []
    ages = []
    age_enfant = age - alea.between(24, 36)
    for _ in range(alea.pick_weighted(((1, 0.4), (2, 0.42), (3, 0.18)))):
        if 0 <= age_enfant <= _AGE_ENFANT_MAX:
            ages.append(age_enfant)
        age_enfant -= alea.between(2, 4)
    return ages
