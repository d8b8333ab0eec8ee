"""What does not agree on a sinistre: too much recovered, shared otherwise than the rule says, a créance gone stale."""

from collections.abc import Sequence

from ledger.dossier import Dossier
from ledger.payeurs import PourCompteDe
from ledger.recours.charges import charges_of, recovered, recoveries_of
from ledger.recours.partage import Cle, borne, share_received, spread, total_by_party
from ledger.sinistre.sinistre import Creance
from readmodels.cout_net import concerned
from readmodels.sinistres_connus import SinistreConnu
from readmodels.vues_recours import CodeEcart, Ecart

_Gap = tuple[CodeEcart, PourCompteDe | None, int]


def ecarts(connu: SinistreConnu, dossier: Dossier) -> list[Ecart]:
    """What does not agree on a sinistre, as known."""
    sinistre = connu.sinistre
    recoveries = recoveries_of(dossier, sinistre.reference)
    shared = recovered(recoveries)
    by_party = total_by_party(shared)
    recu = sum(by_party.values())
    found: list[_Gap] = [
        (
            CodeEcart.INDEMNISATION_EXCEDENTAIRE
            if qui is PourCompteDe.VICTIME
            else CodeEcart.RECOUVREMENT_EXCEDENTAIRE,
            qui,
            excess,
        )
        for qui, excess in excess_by_party(dossier, concerned(sinistre, recoveries), by_party).items()
    ]
    creance = sinistre.creance
    if creance is not None:
        now = charges_of(dossier, sinistre.soins)
        if now != creance.charges:
            drift = sum(borne(now, qui) for qui in PourCompteDe) - creance.valeur
            found.append((CodeEcart.CREANCE_PERIMEE, None, drift))
        found += _compared(shared, recu, creance)
    accorde = sinistre.accorde_centimes
    if accorde is not None and recu > accorde:
        found.append((CodeEcart.ENCAISSEMENT_EXCEDENTAIRE, None, recu - accorde))
    return [
        Ecart(
            code=code,
            sinistre=sinistre.reference,
            numero_adherent=connu.numero,
            pour_compte_de=qui,
            montant=montant,
        )
        for code, qui, montant in found
    ]


def excess_by_party(
    dossier: Dossier, soins: Sequence[str], by_party: dict[PourCompteDe, int]
) -> dict[PourCompteDe, int]:
    """For whom more was recovered than they bore on these soins, net of corrections, and by how much."""
    charges = charges_of(dossier, soins)
    excess = {qui: montant - borne(charges, qui) for qui, montant in by_party.items()}
    return {qui: montant for qui, montant in excess.items() if montant > 0}


def _compared(shared: dict[Cle, int], recu: int, creance: Creance) -> list[_Gap]:
    """Where the shares of the ledger are not those of the rule: a feed shared otherwise, or the créance has changed.

    On one soin a cent more or less is no gap: of equal remainders, whoever shares chooses which soin gets it.
    """
    if not recu and not any(shared.values()):
        return []
    expected = spread(recu, creance.charges)
    rule = share_received(recu, creance.charges)
    actual = total_by_party(shared)
    code = CodeEcart.VENTILATION_DISCORDANTE
    differing: list[_Gap] = [(code, qui, actual[qui] - rule[qui]) for qui in PourCompteDe if actual[qui] != rule[qui]]
    is_elsewhere = any(abs(shared.get(cle, 0) - expected.get(cle, 0)) > 1 for cle in {*shared, *expected})
    return differing or ([(code, None, 0)] if is_elsewhere else [])
