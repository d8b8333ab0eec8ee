"""What goes wrong with a payment and how payers put it right: how often, and the messages that follow."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from infra.sample import bareme
from infra.sample.actes import COUL, CS, EEP, OPB, PSS, G
from infra.sample.alea import Alea
from infra.sample.bareme import AGE_ADULTE
from infra.sample.calendrier import Fenetre, next_payment_day, shift
from infra.sample.courrier import Courrier
from infra.sample.emission import Emetteur, Emission
from infra.sample.foyer import Adherent
from infra.sample.messages import ADHERENT, PROFESSIONNEL, Decompte, Ligne, renumber_lines, reverse_lines
from infra.sample.retenues import Plafonds
from infra.sample.visite import Soin, Visite


class Incident(Enum):
    """One thing that goes wrong with one payment."""

    AUCUN = auto()
    PARCOURS = auto()  # the parcours de soins was wrong: régularisation with a replacement
    FACTURE_ANNULEE = auto()  # the professional billed by mistake: régularisation without one
    REEMISSION = auto()  # annulation, then the same payment again as it should have been
    DOUBLE = auto()  # paid twice, the second payment often cancelled
    GARANTIE = auto()  # SMI applied the wrong guarantee: régularisation with a replacement
    DISCORDANCE = auto()  # SMI states another expense than the régime obligatoire
    SANS_SUITE = auto()  # SMI never heard of the care


_DOUBLE_ANNULE = 0.6
_ANNULATION_EN_AVANCE = 0.35


@dataclass(slots=True)
class Suites:
    """Writes and sends what follows an incident of one member."""

    adherent: Adherent
    fenetre: Fenetre
    alea: Alea
    emission: Emission
    courrier: Courrier

    def cancel(self, emetteur: Emetteur, decompte: Decompte, *, motif: str, delai: tuple[int, int]) -> date | None:
        """Send a décompte and, some days later, its annulation; the day of the annulation, None when it is yet to come.

        The annulation sometimes arrives before the décompte, which is then late.
        """
        le = shift(decompte.date_paiement, self.alea.between(*delai))
        if le > self.fenetre.fin:
            self.courrier.send(decompte, le=decompte.date_paiement)
            return None
        retard_jours = 0
        if self.alea.chance(_ANNULATION_EN_AVANCE):
            retard_jours = (le - decompte.date_paiement).days + self.alea.between(4, 25)
        self.courrier.send(decompte, le=decompte.date_paiement, retard_jours=retard_jours)
        annulation = self.emission.write_annulation(emetteur, decompte, le=le, motif=motif)
        self.courrier.send(annulation, le=le)
        return le

    def reissue(self, emetteur: Emetteur, decompte: Decompte) -> None:
        """Send a décompte that was wrong, its annulation, and the payment as it should have been.

        Either it went to the wrong recipient, or it named another person of the household.
        """
        autres = [
            p.beneficiaire
            for p in self.adherent.personnes
            if p.beneficiaire != decompte.lignes[0].beneficiaire and p.date_naissance <= decompte.lignes[0].date_soin
        ]
        motif = "erreur_destinataire"
        is_psy = any(ligne.acte in (EEP.code, PSS.code) for ligne in decompte.lignes)
        if autres and not is_psy and self.alea.chance(0.5):
            motif = "erreur_beneficiaire"
            wrong = self._write_again(emetteur, decompte, le=decompte.date_paiement)
            for ligne in wrong.lignes:
                ligne.beneficiaire = autres[0]
        else:
            wrong = self._write_again(emetteur, decompte, le=decompte.date_paiement, is_redirected=True)
        le = self.cancel(emetteur, wrong, motif=motif, delai=(5, 25))
        if le is None:
            return
        encore = next_payment_day(shift(le, self.alea.between(1, 5)))
        if encore <= self.fenetre.fin:
            right = self._write_again(emetteur, decompte, le=encore)
            self.courrier.send(right, le=encore)

    def pay_twice(self, emetteur: Emetteur, decompte: Decompte) -> None:
        """Send a second payment of the same soins to the other recipient; it is cancelled more often than not."""
        encore = next_payment_day(shift(decompte.date_paiement, self.alea.between(2, 12)))
        if encore > self.fenetre.fin:
            return
        second = self._write_again(emetteur, decompte, le=encore, is_redirected=True)
        if self.alea.chance(_DOUBLE_ANNULE):
            self.cancel(emetteur, second, motif="double_paiement", delai=(8, 40))
        else:
            self.courrier.send(second, le=encore)

    def regularise(self, emetteur: Emetteur, decompte: Decompte, remplacement: list[Ligne], *, motif: str) -> None:
        """Send the régularisation of a whole décompte, with its replacement if any, unless it is yet to come."""
        le = next_payment_day(shift(decompte.date_paiement, self.alea.between(15, 70)))
        if le > self.fenetre.fin:
            return
        lignes = renumber_lines([*reverse_lines(decompte.lignes, decompte, motif=motif), *remplacement])
        regularisation = self.emission.write_decompte(emetteur, lignes, le=le, destinataire=decompte.destinataire)
        self.courrier.send(regularisation, le=le)

    def _write_again(
        self, emetteur: Emetteur, decompte: Decompte, *, le: date, is_redirected: bool = False
    ) -> Decompte:
        destinataire = decompte.destinataire
        if is_redirected:
            destinataire = PROFESSIONNEL if destinataire == ADHERENT else ADHERENT
        return self.emission.write_decompte(emetteur, renumber_lines(decompte.lignes), le=le, destinataire=destinataire)


def draw_ro_incident(alea: Alea, visite: Visite, soins: list[Soin], plafonds: Plafonds, adherent: Adherent) -> Incident:
    """What goes wrong with a payment of the régime obligatoire.

    Never on the soins of a sinistre, whose recovery is shared on what was paid; never where a deduction is deferred, so
    that no deduction is left on a payment taken back.
    """
    tirage = alea.draw()
    if visite.sinistre is not None:
        return Incident.AUCUN
    has_retenue = any(s.acte.retenue is not None and s.personne.age(s.jour) >= AGE_ADULTE for s in soins)
    if not has_retenue:
        if tirage < 0.012:
            return Incident.REEMISSION
        return Incident.DOUBLE if tirage < 0.017 else Incident.AUCUN
    if visite.has_tiers_payant_ro or not all(plafonds.has_room_for(soin) for soin in soins):
        return Incident.AUCUN
    soin = soins[0]
    is_parcours = (
        soin.acte in (G, CS) and not adherent.caisse.is_locale and soin.taux_pb == bareme.TAUX_MEDECIN.at(soin.jour)
    )
    if is_parcours and tirage < 0.05:
        return Incident.PARCOURS
    return Incident.FACTURE_ANNULEE if 0.05 <= tirage < 0.058 else Incident.AUCUN


def draw_smi_incident(alea: Alea, visite: Visite) -> Incident:
    """What goes wrong with a payment of SMI; never on the soins of a sinistre."""
    tirage = alea.draw()
    if visite.sinistre is not None:
        return Incident.AUCUN
    for incident, limite in (
        (Incident.DOUBLE, 0.010),
        (Incident.REEMISSION, 0.022),
        (Incident.SANS_SUITE, 0.034),
    ):
        if tirage < limite:
            return incident
    if visite.soins[0].acte in (CS, COUL, OPB):
        if tirage < 0.074:
            return Incident.GARANTIE
        return Incident.DISCORDANCE if tirage < 0.11 else Incident.AUCUN
    return Incident.AUCUN
