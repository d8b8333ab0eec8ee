"""The payers of one member, and the notices that they write."""

from dataclasses import dataclass
from datetime import date

from infra.sample.alea import Alea
from infra.sample.foyer import Adherent
from infra.sample.messages import (
    ADHERENT,
    AUTRE_MUTUELLE,
    RECOURS_TIERS,
    REGIME_OBLIGATOIRE,
    SMI,
    VERSION,
    Annulation,
    Decompte,
    Ligne,
)
from infra.sample.numerotation import Numerotation


@dataclass(frozen=True, slots=True)
class Emetteur:
    """One payer of a member: its name in the feed, how its references begin, its rank for this member."""

    emetteur: str
    prefixe: str
    organisme: str
    payeur: str
    rang: int


ASSIA = Emetteur("assia", "ASSIA", "Assia", RECOURS_TIERS, 9)
_PREFIXES = {"mutuelle-b": "MB", "mutuelle-horizon": "MH"}


class Emission:
    """Writes the notices about one member, each with a reference of its own."""

    __slots__ = ("_alea", "_numero", "_numeros", "autre", "regime_obligatoire", "smi")

    def __init__(self, adherent: Adherent, numeros: Numerotation, alea: Alea) -> None:
        self._numero, self._numeros, self._alea = adherent.numero, numeros, alea
        caisse, autre = adherent.caisse, adherent.autre
        self.regime_obligatoire = Emetteur(caisse.emetteur, caisse.code, caisse.organisme, REGIME_OBLIGATOIRE, 1)
        self.smi = Emetteur("smi", "SMI", "SMI", SMI, 3 if autre is not None and autre.rang == 2 else 2)
        self.autre = (
            None
            if autre is None
            else Emetteur(autre.emetteur, _PREFIXES[autre.emetteur], autre.organisme, AUTRE_MUTUELLE, autre.rang)
        )

    def next_reference(self, emetteur: Emetteur, le: date) -> str:
        """The reference of the next notice of a payer."""
        return self._numeros.next_reference(emetteur.prefixe, le)

    def write_decompte(
        self,
        emetteur: Emetteur,
        lignes: list[Ligne],
        *,
        le: date,
        destinataire: str,
        reference: str | None = None,
        sinistre: str | None = None,
    ) -> Decompte:
        """A notice paid on a day, with its total; a complementary insurer names its transfer to the member."""
        virement = None
        if destinataire == ADHERENT and emetteur.rang > 1:
            virement = f"VIR-{le.isoformat()}-{self._alea.between(1, 999_999):06d}"
        return Decompte(
            version=VERSION,
            emetteur=emetteur.emetteur,
            reference=reference or self.next_reference(emetteur, le),
            organisme=emetteur.organisme,
            payeur=emetteur.payeur,
            rang=emetteur.rang,
            numero_adherent=self._numero,
            date_paiement=le,
            destinataire=destinataire,
            virement=virement,
            sinistre=sinistre,
            total=sum([ligne.montant for ligne in lignes]),
            lignes=lignes,
        )

    def write_annulation(self, emetteur: Emetteur, decompte: Decompte, *, le: date, motif: str) -> Annulation:
        """The notice that takes a décompte back."""
        return Annulation(
            version=VERSION,
            emetteur=emetteur.emetteur,
            reference=self._numeros.next_reference(f"A-{emetteur.prefixe}", le),
            annule=decompte.reference,
            numero_adherent=self._numero,
            date=le,
            motif=motif,
        )
