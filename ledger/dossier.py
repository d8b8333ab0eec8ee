"""Everything known of one member at a position: her décomptes, which of them count, and the split of each soin.

Pure: rows in, dossier out, in no particular order. A deduction with a `ligne_origine` counts on the soin of that
line once the ledger knows it, also when the line referred to is itself deferred. A recovery never changes the
reste à charge; guards on recoveries are per sinistre (domain.md section 6).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ledger.calcul import LignePayee
from ledger.decompte.events import DecompteFaits, DecomptePersonnel, LigneFaits, LignePersonnelle
from ledger.payeurs import NATURES_RETENUES, Categorie, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Repartition, Split, repartir

Identite = tuple[str, str]
"""(emetteur, reference)."""

_PAYEUR_REPAIRED = {
    PourCompteDe.REGIME_OBLIGATOIRE: Payeur.REGIME_OBLIGATOIRE,
    PourCompteDe.SMI: Payeur.SMI,
    PourCompteDe.AUTRE_MUTUELLE: Payeur.AUTRE_MUTUELLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecompteConnu:
    """A recorded décompte of the member. `personnel` is None when the member's key has been destroyed."""

    position: int
    enregistre_at: datetime
    payeur: Payeur
    faits: DecompteFaits
    personnel: DecomptePersonnel | None

    @property
    def identite(self) -> Identite:
        return self.faits.emetteur, self.faits.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulationConnue:
    """A recorded annulation of the member, with or without its décompte."""

    position: int
    enregistre_at: datetime
    emetteur: str
    reference: str
    annule: str
    date_annulation: date
    motif: str | None


@dataclass(slots=True)
class Soin:
    """One care act, folded over every décompte in force."""

    soin: str
    repartition: Repartition
    lignes: tuple[LignePayee, ...]
    decomptes: frozenset[Identite]
    anomalies: tuple[Anomalie, ...]

    @property
    def split(self) -> Split:
        return self.repartition.split

    @property
    def etat(self) -> Etat:
        return self.repartition.etat


@dataclass(slots=True)
class Dossier:
    """The member's décomptes (cancelled ones too), annulations and soins in force."""

    decomptes: dict[Identite, DecompteConnu]
    annulations: dict[Identite, list[AnnulationConnue]]
    soins: dict[str, Soin]
    anomalies: list[tuple[Anomalie, str | None]]
    registered_at: int | None
    _where: dict[tuple[str, str, str], str] = field(repr=False)

    def is_cancelled(self, identite: Identite) -> bool:
        return identite in self.annulations

    def soin_of(self, decompte: DecompteConnu, ligne: LigneFaits) -> str:
        """The soin on which a line of a décompte counts: its own, or that of the line it names."""
        return self._where[(*decompte.identite, ligne.ligne)]

    def before(self, position: int) -> "Dossier":
        """What was known before the event at a position: the same fold over fewer rows."""
        return build_dossier(
            (d for d in self.decomptes.values() if d.position < position),
            (a for found in self.annulations.values() for a in found if a.position < position),
            registered_at=None if self.registered_at is None or self.registered_at >= position else self.registered_at,
        )


def build_dossier(
    decomptes: Iterable[DecompteConnu],
    annulations: Iterable[AnnulationConnue],
    *,
    registered_at: int | None,
) -> Dossier:
    """Fold what is known of one member. `registered_at` is the position of her first registration, if any."""
    known = {d.identite: d for d in sorted(decomptes, key=lambda d: d.position)}
    cancellations: dict[Identite, list[AnnulationConnue]] = defaultdict(list)
    for annulation in sorted(annulations, key=lambda a: a.position):
        cancellations[annulation.emetteur, annulation.annule].append(annulation)
    where, unknown_origins = _place_lines(known)

    lines: dict[str, list[LignePayee]] = defaultdict(list)
    sources: dict[str, set[Identite]] = defaultdict(set)
    for identite, decompte in known.items():
        if identite in cancellations:
            continue
        personal = _personal_lines(decompte)
        for ligne, personnelle in zip(decompte.faits.lignes, personal, strict=True):
            key = (*identite, ligne.ligne)
            soin = where[key]
            lines[soin].append(_paid_line(decompte, ligne, personnelle, key in unknown_origins))
            sources[soin].add(identite)

    soins = {}
    for soin, paid in lines.items():
        repartition = repartir(paid)
        soins[soin] = Soin(
            soin=soin,
            repartition=repartition,
            lignes=tuple(paid),
            decomptes=frozenset(sources[soin]),
            anomalies=repartition.anomalies,
        )
    _guard_recoveries(soins, known)

    anomalies: list[tuple[Anomalie, str | None]] = [
        (anomalie, soin.soin) for soin in sorted(soins.values(), key=lambda s: s.soin) for anomalie in soin.anomalies
    ]
    waiting = [cible for cible in cancellations if cible not in known]
    anomalies += [(Anomalie.ANNULATION_EN_ATTENTE, None)] * len(waiting)
    if known and registered_at is None:
        anomalies.append((Anomalie.ADHERENT_INCONNU, None))
    return Dossier(known, dict(cancellations), soins, anomalies, registered_at, where)


def _place_lines(
    known: dict[Identite, DecompteConnu],
) -> tuple[dict[tuple[str, str, str], str], set[tuple[str, str, str]]]:
    """On which soin every line counts, and which lines name an origin that the ledger does not know."""
    by_key = {(*i, ligne.ligne): ligne for i, decompte in known.items() for ligne in decompte.faits.lignes}
    where = {}
    unknown = set()
    for key, ligne in by_key.items():
        where[key] = ligne.soin
        origine = ligne.ligne_origine
        if origine is None:
            continue
        if (origine.emetteur, origine.reference, origine.ligne) not in by_key:
            unknown.add(key)
        if ligne.nature in NATURES_RETENUES:
            where[key] = _soin_at_the_origin(key, by_key)
    return where, unknown


def _soin_at_the_origin(key: tuple[str, str, str], by_key: dict[tuple[str, str, str], LigneFaits]) -> str:
    """Follow the chain of deferred deductions to the soin that it started from; a loop stays where it is."""
    seen = {key}
    ligne = by_key[key]
    while ligne.ligne_origine is not None and ligne.nature in NATURES_RETENUES:
        following = (ligne.ligne_origine.emetteur, ligne.ligne_origine.reference, ligne.ligne_origine.ligne)
        if following in seen:
            return by_key[key].soin
        if following not in by_key:
            break
        seen.add(following)
        ligne = by_key[following]
    return ligne.soin


def _personal_lines(decompte: DecompteConnu) -> Sequence[LignePersonnelle]:
    if decompte.personnel is None:
        return [LignePersonnelle()] * len(decompte.faits.lignes)
    return decompte.personnel.lignes


def _paid_line(
    decompte: DecompteConnu, ligne: LigneFaits, personnelle: LignePersonnelle, is_origine_unknown: bool
) -> LignePayee:
    return LignePayee(
        payeur=decompte.payeur,
        rang=decompte.faits.rang,
        emetteur=decompte.faits.emetteur,
        reference=decompte.faits.reference,
        ligne=ligne.ligne,
        nature=ligne.nature,
        montant=ligne.montant,
        date_soin=ligne.date_soin,
        beneficiaire=ligne.beneficiaire,
        quantite=ligne.quantite,
        depense=ligne.depense,
        base=ligne.base,
        acte=personnelle.acte,
        libelle=personnelle.libelle,
        categorie=personnelle.categorie and Categorie(personnelle.categorie),
        pour_compte_de=ligne.pour_compte_de,
        is_origine_unknown=is_origine_unknown,
    )


def _guard_recoveries(soins: dict[str, Soin], known: dict[Identite, DecompteConnu]) -> None:
    """Say where more was recovered for a payer than it paid, or for the victim than was left to her.

    Per sinistre, over the soins that its recoveries name.
    """
    attached: dict[str, set[str]] = defaultdict(set)
    recovered: dict[str, dict[PourCompteDe, int]] = defaultdict(lambda: defaultdict(int))
    for soin in soins.values():
        for ligne in soin.lignes:
            sinistre = known[ligne.emetteur, ligne.reference].faits.sinistre
            if ligne.pour_compte_de is not None and sinistre is not None:
                attached[sinistre].add(soin.soin)
                recovered[sinistre][ligne.pour_compte_de] += ligne.montant
    for sinistre, names in attached.items():
        splits = [soins[name].split for name in names]
        exceeded = []
        for repaired, montant in recovered[sinistre].items():
            if repaired is PourCompteDe.VICTIME:
                if montant > sum(s.reste_a_charge for s in splits):
                    exceeded.append(Anomalie.INDEMNISATION_EXCEDENTAIRE)
            elif montant > sum(getattr(s, _PAYEUR_REPAIRED[repaired].value) for s in splits):
                exceeded.append(Anomalie.RECOUVREMENT_EXCEDENTAIRE)
        for name in names:
            soin = soins[name]
            added = [a for a in sorted(set(exceeded)) if a not in soin.anomalies]
            soins[name] = replace(soin, anomalies=(*soin.anomalies, *added))
