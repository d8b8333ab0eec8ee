"""The trial balance: the sums over all soins, a member at a time, by the ledger's own functions."""

from collections import Counter, defaultdict
from datetime import date, datetime

from ledger.dossier import Dossier
from ledger.payeurs import PAYEURS_DU_SOIN, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Split
from readmodels.vues_audit import (
    BalanceGenerale,
    MoisDePaiement,
    MoisDeSoin,
    NombreAnomalie,
    PayeurBalance,
    Recouvrements,
)

_FIELDS = tuple(Split.__dataclass_fields__)


class Cumul:
    """Sums of members' dossiers, in any order; memory does not depend on how many there are."""

    def __init__(self) -> None:
        self._adherents = self._decomptes = self._annules = self._annulations = self._provisoires = 0
        self._soins: dict[str, list[int]] = defaultdict(lambda: [0] * (len(_FIELDS) + 1))
        self._paiements: dict[str, Counter[Payeur]] = defaultdict(Counter)
        self._payeurs: dict[Payeur, list[int]] = {payeur: [0, 0, 0] for payeur in Payeur}
        self._recouvrements: Counter[PourCompteDe] = Counter()
        self._anomalies: Counter[Anomalie] = Counter()

    def add(self, dossier: Dossier) -> None:
        """Count one member in."""
        self._adherents += 1
        self._decomptes += len(dossier.decomptes)
        self._annulations += sum(map(len, dossier.annulations.values()))
        for anomalie, _ in dossier.anomalies:
            self._anomalies[anomalie] += 1
        for identite, decompte in dossier.decomptes.items():
            if identite in dossier.annulations:
                self._annules += 1
                continue
            montant = sum(ligne.montant for ligne in decompte.faits.lignes)
            self._paiements[_mois(decompte.faits.date_paiement)][decompte.payeur] += montant
            sums = self._payeurs[decompte.payeur]
            sums[0] += 1
            sums[1] += len(decompte.faits.lignes)
            sums[2] += montant
        for soin in dossier.soins.values():
            split, repartition = soin.repartition.split, soin.repartition
            sums = self._soins[_mois(repartition.date_soin)]
            sums[-1] += 1
            for index, field in enumerate(_FIELDS):
                sums[index] += getattr(split, field)
            self._provisoires += repartition.etat is Etat.PROVISOIRE
            for ligne in soin.lignes:
                if ligne.pour_compte_de is not None:
                    self._recouvrements[ligne.pour_compte_de] += ligne.montant

    def balance(self, *, position: int, enregistre_at: datetime | None) -> BalanceGenerale:
        """What was counted."""
        totals = [sum(sums) for sums in zip(*self._soins.values(), strict=True)] or [0] * (len(_FIELDS) + 1)
        total = Split(**dict(zip(_FIELDS, totals, strict=False)))
        paid = total.regime_obligatoire + total.smi + total.autre_mutuelle
        return BalanceGenerale(
            position=position,
            enregistre_at=enregistre_at,
            adherents=self._adherents,
            decomptes=self._decomptes,
            decomptes_annules=self._annules,
            annulations=self._annulations,
            soins=totals[-1],
            soins_provisoires=self._provisoires,
            total=total,
            ecart_invariant=total.depense - (paid - total.trop_percu + total.reste_a_charge),
            ecart_paiements=max(abs(self._payeurs[p][2] - getattr(total, p.value)) for p in PAYEURS_DU_SOIN),
            par_payeur=tuple(
                PayeurBalance(payeur=payeur, decomptes=sums[0], lignes=sums[1], montant=sums[2])
                for payeur, sums in self._payeurs.items()
            ),
            par_mois_de_soin=tuple(
                MoisDeSoin(mois=mois, soins=sums[-1], **dict(zip(_FIELDS, sums, strict=False)))
                for mois, sums in sorted(self._soins.items())
            ),
            par_mois_de_paiement=tuple(
                MoisDePaiement(mois=mois, **{payeur.value: paid[payeur] for payeur in Payeur})
                for mois, paid in sorted(self._paiements.items())
            ),
            recouvrements=Recouvrements(**{qui.value: self._recouvrements[qui] for qui in PourCompteDe}),
            anomalies=tuple(NombreAnomalie(code=code, nombre=count) for code, count in sorted(self._anomalies.items())),
        )


def _mois(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"
