"""The régime obligatoire settles a visite: it pays, deducts, takes back what tiers payant had deferred, and errs."""

from datetime import date

from infra.sample.calendrier import next_payment_day
from infra.sample.guichet import Guichet
from infra.sample.incidents import Incident, draw_ro_incident
from infra.sample.messages import ADHERENT, PROFESSIONNEL, Decompte, Ligne, LigneOrigine
from infra.sample.reglement import Part, deduction_line, pay_regime_obligatoire
from infra.sample.retenues import Plafonds, RetenueDifferee, RetenuesDifferees
from infra.sample.visite import Soin, Visite

_RETARD_LONG, _RETARD_COURT = 0.03, 0.05
"""Share of the notices that come weeks or months late, and of those that come some days after SMI's."""


class AssuranceMaladie:
    """The caisse of one member: the caps reached so far and the deductions that wait.

    Visits must come in the order of their payment.
    """

    def __init__(self, guichet: Guichet) -> None:
        self._guichet = guichet
        self._plafonds = Plafonds()
        self._differees = RetenuesDifferees()

    def settle(self, visite: Visite, parts: list[Part]) -> Incident:
        """Pay the soins of a visite, note in `parts` what was paid on each, and say what went wrong."""
        guichet, emetteur, le = self._guichet, self._guichet.emission.regime_obligatoire, visite.paye_le
        parts = [part for part in parts if part.soin.is_pris_en_charge]
        incident = draw_ro_incident(
            guichet.alea, visite, [part.soin for part in parts], self._plafonds, guichet.adherent
        )
        reference = guichet.emission.next_reference(emetteur, le)
        lignes: list[Ligne] = []
        for part in parts:
            versees = self._pay(part.soin, len(lignes) + 1, is_hors_parcours=visite.is_hors_parcours)
            part.verse = sum([ligne.montant for ligne in versees])
            lignes += versees
            origine = LigneOrigine(emetteur.emetteur, reference, versees[0].ligne)
            if visite.has_tiers_payant_ro:
                self._defer(part.soin, origine, le)
            else:
                lignes += self._deduct(part.soin, len(lignes) + 1)
        if not visite.has_tiers_payant_ro and incident is Incident.AUCUN and visite.sinistre is None:
            self._differees.take_from(lignes, le=le)
        decompte = guichet.emission.write_decompte(
            emetteur,
            lignes,
            le=le,
            reference=reference,
            destinataire=PROFESSIONNEL if visite.has_tiers_payant_ro else ADHERENT,
        )
        guichet.sinistres.attach(visite, decompte)
        self._send(visite, decompte, incident)
        return incident

    def claim_overdue(self, jusqu_au: date) -> None:
        """Claim by notices of their own, up to a day, the deductions that no payment could bear."""
        guichet = self._guichet
        while (echeance := self._differees.overdue_since) is not None and echeance <= jusqu_au:
            le = next_payment_day(echeance)
            if le > guichet.fenetre.fin:
                return
            decompte = guichet.emission.write_decompte(
                guichet.emission.regime_obligatoire,
                self._differees.claim_overdue(le),
                le=le,
                destinataire=ADHERENT,
            )
            guichet.courrier.send(decompte, le=le)

    def _pay(self, soin: Soin, numero: int, *, is_hors_parcours: bool) -> list[Ligne]:
        caisse = self._guichet.adherent.caisse
        return pay_regime_obligatoire(soin, caisse, numero, is_hors_parcours=is_hors_parcours)

    def _deduct(self, soin: Soin, numero: int) -> list[Ligne]:
        montant = self._plafonds.take(soin)
        if soin.acte.retenue is None or montant == 0:
            return []
        return [deduction_line(soin, numero, soin.acte.retenue.nature, montant)]

    def _defer(self, soin: Soin, origine: LigneOrigine, le: date) -> None:
        montant = self._plafonds.take(soin)
        if soin.acte.retenue is not None and montant > 0:
            self._differees.defer(RetenueDifferee(soin.acte.retenue.nature, montant, soin, origine, le))

    def _send(self, visite: Visite, decompte: Decompte, incident: Incident) -> None:
        guichet, emetteur = self._guichet, self._guichet.emission.regime_obligatoire
        if incident is Incident.REEMISSION:
            guichet.suites.reissue(emetteur, decompte)
            return
        guichet.courrier.send(decompte, le=decompte.date_paiement, retard_jours=self._draw_retard(visite))
        if incident is Incident.DOUBLE:
            guichet.suites.pay_twice(emetteur, decompte)
        elif incident is Incident.FACTURE_ANNULEE:
            guichet.suites.regularise(emetteur, decompte, [], motif="facture_annulee")
        elif incident is Incident.PARCOURS:
            soin = visite.soins[0]
            lignes = self._pay(soin, 1, is_hors_parcours=not visite.is_hors_parcours)
            lignes += self._deduct(soin, len(lignes) + 1)
            guichet.suites.regularise(emetteur, decompte, lignes, motif="parcours_de_soins")

    def _draw_retard(self, visite: Visite) -> int:
        """Days of delay of the notice; none on the soins of a sinistre, which Assia follows closely."""
        if visite.sinistre is not None:
            return 0
        tirage = self._guichet.alea.draw()
        if tirage < _RETARD_LONG:
            return self._guichet.alea.between(25, 95)
        return self._guichet.alea.between(8, 18) if tirage < _RETARD_LONG + _RETARD_COURT else 0
