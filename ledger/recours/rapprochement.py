"""Where a line of a bordereau lands: reference, amount and date, compared with what is known *(project)*."""

from datetime import date

from ledger.bordereau.events import Classe
from ledger.sinistre.sinistre import Sinistre


def classify(
    sinistre: Sinistre | None,
    *,
    montant: int,
    date_encaissement: date,
    reference_paiement: str,
    recu_ailleurs: int,
    today: date,
) -> tuple[Classe, str | None]:
    """The class of a line, and why it is not simply booked. `recu_ailleurs` is what feeds brought for the sinistre."""
    if sinistre is None:
        return Classe.NON_RAPPROCHE, "sinistre_inconnu"
    if any(e.reference_paiement == reference_paiement and e.retire_le is None for e in sinistre.encaissements):
        return Classe.DOUBLE, "paiement_deja_encaisse"
    if sinistre.is_closed:
        return Classe.NON_RAPPROCHE, "sinistre_ferme"
    if sinistre.creance is None:
        return Classe.NON_RAPPROCHE, "creance_absente"
    if not sinistre.reclame_centimes:
        return Classe.NON_RAPPROCHE, "rien_de_reclame"
    if not sinistre.date_accident <= date_encaissement <= today:
        return Classe.NON_RAPPROCHE, "date_incoherente"
    attendu = expected(sinistre) - sinistre.recu_centimes - recu_ailleurs
    if montant > attendu:
        return Classe.EXCEDENTAIRE, "au_dela_de_l_attendu"
    return (Classe.RAPPROCHE if montant == attendu else Classe.PARTIEL), None


def expected(sinistre: Sinistre) -> int:
    """What the third party is expected to pay in all: what was agreed, or else what was claimed."""
    accorde = sinistre.accorde_centimes
    return sinistre.reclame_centimes if accorde is None else accorde
