"""The whole history of one member: every visite settled by each payer in turn, and what follows."""

from datetime import date

from infra.sample.agenda import plan_care
from infra.sample.alea import Alea
from infra.sample.assurance_maladie import AssuranceMaladie
from infra.sample.calendrier import Fenetre
from infra.sample.complementaires import settle_complementaires
from infra.sample.emission import Emission
from infra.sample.foyer import Adherent
from infra.sample.guichet import Guichet
from infra.sample.incidents import Incident
from infra.sample.inscription import register
from infra.sample.numerotation import Numerotation
from infra.sample.recours import recover
from infra.sample.reglement import Part
from infra.sample.visite import Contexte


def write_history(adherent: Adherent, *, seed: int, today: date) -> list[tuple[int, bytes]]:
    """Every message about a member up to today: (minute of arrival, line of the feed), in no order."""
    fenetre = Fenetre.ending(today)
    alea = Alea(f"dossier/{seed}/{today.isoformat()}/{adherent.indice}")
    numeros = Numerotation(adherent.indice)
    guichet = Guichet.open(adherent, fenetre, alea, Emission(adherent, numeros, alea))
    caisse = AssuranceMaladie(guichet)
    register(adherent, fenetre, alea, guichet.courrier)
    for visite in plan_care(Contexte(adherent, fenetre, alea, numeros)):
        if visite.paye_le > fenetre.fin:
            break
        caisse.claim_overdue(visite.paye_le)
        parts = [Part(soin) for soin in visite.soins]
        guichet.sinistres.declare(visite)
        incident = Incident.AUCUN
        if visite.soins[0].is_pris_en_charge:
            incident = caisse.settle(visite, parts)
        settle_complementaires(guichet, visite, parts, incident)
    caisse.claim_overdue(fenetre.fin)
    for decompte in recover(guichet.sinistres, guichet.emission, alea, fenetre):
        guichet.courrier.send(decompte, le=decompte.date_paiement)
    return guichet.courrier.envois
