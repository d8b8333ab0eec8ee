"""A soin as the sample plans it, and a visite: the soins that one professional bills together."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from infra.sample import bareme
from infra.sample.actes import CHP, OST, Acte
from infra.sample.alea import Alea
from infra.sample.bareme import round_share
from infra.sample.calendrier import Fenetre, next_care_day, next_payment_day, shift
from infra.sample.foyer import Adherent, Personne
from infra.sample.numerotation import Numerotation


@dataclass(slots=True)
class Soin:
    """One care act. Amounts are cents for the whole quantity, rates are ten-thousandths.

    `taux_pb` is the rate of the régime obligatoire within the parcours de soins; None when it sets none.
    `participation` is what it leaves on an act of 120 € and more that it otherwise pays in full.
    """

    reference: str
    personne: Personne
    jour: date
    acte: Acte
    libelle: str
    quantite: int
    depense: int
    base: int
    taux_pb: int | None
    participation: int = 0

    @property
    def is_pris_en_charge(self) -> bool:
        """The régime obligatoire names this act in its décompte, were it for nothing."""
        return self.acte is not OST and self.acte is not CHP

    def part_regime_obligatoire(self, taux_pb: int | None) -> int:
        """What the régime obligatoire pays at a rate, before any deduction."""
        if taux_pb is None:
            return 0
        return round_share(self.base, taux_pb) - self.participation


@dataclass(slots=True)
class Visite:
    """What one professional bills together, and how it is paid.

    `paye_le` is the day the first payer pays. Under tiers payant the professional receives the part of the régime
    obligatoire, or of the complementary insurers too.
    """

    soins: list[Soin]
    paye_le: date
    has_tiers_payant_ro: bool
    has_tiers_payant_complementaire: bool
    is_hors_parcours: bool = False
    sinistre: str | None = None


@dataclass(slots=True)
class Contexte:
    """What planning the care of one household needs; visits are added to `visites` in no order."""

    adherent: Adherent
    fenetre: Fenetre
    alea: Alea
    numeros: Numerotation
    visites: list[Visite] = field(default_factory=list)

    def draw_day(self) -> date:
        """A day of the two years on which one can consult; August is quieter, winter busier."""
        debut, fin = self.fenetre.debut.toordinal(), self.fenetre.fin.toordinal()
        jour = date.fromordinal(self.alea.between(debut, fin))
        if jour.month in (7, 8) and self.alea.chance(0.45):
            jour = date.fromordinal(self.alea.between(debut, fin))
        return next_care_day(jour)

    def add_visite(
        self,
        soins: list[Soin],
        *,
        delai_jours: tuple[int, int],
        tiers_payant: tuple[bool, bool],
        is_hors_parcours: bool = False,
        sinistre: str | None = None,
    ) -> None:
        """Bill soins together; the first payment comes `delai_jours` (shortest, longest) after the last of them.

        `tiers_payant` is (régime obligatoire, complementary insurers). Nothing is billed before somebody is born.
        """
        if soins[0].jour < soins[0].personne.date_naissance:
            return
        dernier = max(soin.jour for soin in soins)
        paye_le = next_payment_day(shift(dernier, self.alea.between(*delai_jours)))
        self.visites.append(Visite(soins, paye_le, *tiers_payant, is_hors_parcours, sinistre))

    def count_soins(self, personne: Personne, codes: Collection[str], annee: int) -> int:
        """How many soins of these acts are planned for a person in a civil year."""
        return sum(
            soin.personne is personne and soin.acte.code in codes and soin.jour.year == annee
            for visite in self.visites
            for soin in visite.soins
        )


def build_soin(
    acte: Acte,
    personne: Personne,
    jour: date,
    reference: str,
    *,
    libelle: str | None = None,
    quantite: int = 1,
    depense: int | None = None,
    base: int | None = None,
    is_exonere: bool = False,
) -> Soin:
    """A soin at the values of its day. `depense` and `base` are for the quantity, where the barème does not set them.

    `is_exonere`: the régime obligatoire pays the whole base (ALD, acts of 120 € and more).
    """
    if acte.prix is not None:
        depense = acte.prix.at(jour) * quantite
    assert depense is not None, f"the price of {acte.code} is free: it must be given"
    if acte.base is not None:
        base = acte.base.at(jour) * quantite
    if acte.taux is None:
        taux_pb, base = None, 0
    else:
        taux_pb = (bareme.TAUX_INTEGRAL if is_exonere else acte.taux).at(jour)
    return Soin(
        reference=reference,
        personne=personne,
        jour=jour,
        acte=acte,
        libelle=libelle or acte.libelles[0],
        quantite=quantite,
        depense=depense,
        base=depense if base is None else base,
        taux_pb=taux_pb,
    )
