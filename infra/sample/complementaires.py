"""SMI and the other mutuelle settle what the régime obligatoire left, each in its rank."""

from datetime import date

from infra.sample.calendrier import next_payment_day, shift
from infra.sample.emission import Emetteur
from infra.sample.garanties import Niveau
from infra.sample.guichet import Guichet
from infra.sample.incidents import Incident, draw_smi_incident
from infra.sample.messages import ADHERENT, PROFESSIONNEL, Decompte, Ligne
from infra.sample.reglement import Part, pay_first_mutuelle, pay_smi, pay_surcomplementaire
from infra.sample.visite import Soin, Visite

_SANS_NOEMIE = 0.1
"""Share of the visits that the régime obligatoire does not pass on to SMI: the member sends the paper."""

_FACTURE_REPRISE_PAR_SMI = 0.8
"""Share of the invoices cancelled by the régime obligatoire that SMI takes back too."""

_DISCORDANCE_CENTIMES = 200


def settle_complementaires(guichet: Guichet, visite: Visite, parts: list[Part], incident_ro: Incident) -> None:
    """Send what the complementary insurers pay after the régime obligatoire, or alone, up to today."""
    autre, rang_smi = guichet.emission.autre, guichet.emission.smi.rang
    le = _draw_first_payment(guichet, visite)
    if autre is not None and autre.rang < rang_smi:
        lignes = _number([pay_first_mutuelle(part, 1) for part in parts])
        if lignes:
            _send_autre(guichet, visite, autre, lignes, le)
            le = next_payment_day(shift(le, guichet.alea.between(4, 12)))
    _settle_smi(guichet, visite, parts, incident_ro, le)
    if autre is not None and autre.rang > rang_smi:
        lignes = _number([pay_surcomplementaire(part, 1) for part in parts])
        if lignes:
            _send_autre(guichet, visite, autre, lignes, next_payment_day(shift(le, guichet.alea.between(4, 12))))


def _draw_first_payment(guichet: Guichet, visite: Visite) -> date:
    """The day on which the first complementary insurer pays: days after the régime obligatoire, weeks by paper."""
    if not visite.soins[0].is_pris_en_charge:
        return visite.paye_le
    is_papier = visite.sinistre is None and guichet.alea.chance(_SANS_NOEMIE)
    delai = (8, 25) if is_papier else (2, 6)
    return next_payment_day(shift(visite.paye_le, guichet.alea.between(*delai)))


def _send_autre(guichet: Guichet, visite: Visite, autre: Emetteur, lignes: list[Ligne], le: date) -> None:
    if le > guichet.fenetre.fin:
        return
    # A surcomplémentaire knows the member, not the professional: it never pays by tiers payant.
    is_premiere = autre.rang < guichet.emission.smi.rang
    destinataire = _recipient(visite) if is_premiere else ADHERENT
    decompte = guichet.emission.write_decompte(autre, lignes, le=le, destinataire=destinataire)
    guichet.courrier.send(decompte, le=le)
    guichet.sinistres.attach(visite, decompte)


def _settle_smi(guichet: Guichet, visite: Visite, parts: list[Part], incident_ro: Incident, le: date) -> None:
    incident = draw_smi_incident(guichet.alea, visite) if incident_ro is Incident.AUCUN else Incident.AUCUN
    deja_verse = parts[0].verse
    payees = lignes = _number([pay_smi(part, guichet.adherent.niveau, 1) for part in parts])
    if not lignes or le > guichet.fenetre.fin or incident is Incident.SANS_SUITE:
        return
    if incident is Incident.GARANTIE:
        payees = _pay_wrong_guarantee(Part(visite.soins[0], deja_verse), lignes)
    elif incident is Incident.DISCORDANCE:
        _state_another_depense(lignes[0], visite.soins[0])
    emetteur = guichet.emission.smi
    decompte = guichet.emission.write_decompte(emetteur, payees, le=le, destinataire=_recipient(visite))
    guichet.sinistres.attach(visite, decompte)
    _send_smi(guichet, decompte, incident, incident_ro)
    if payees is not lignes:
        guichet.suites.regularise(emetteur, decompte, lignes, motif="erreur_de_garantie")


def _send_smi(guichet: Guichet, decompte: Decompte, incident: Incident, incident_ro: Incident) -> None:
    emetteur, suites = guichet.emission.smi, guichet.suites
    if incident is Incident.REEMISSION:
        suites.reissue(emetteur, decompte)
    elif incident_ro is Incident.FACTURE_ANNULEE and guichet.alea.chance(_FACTURE_REPRISE_PAR_SMI):
        suites.cancel(emetteur, decompte, motif="facture_annulee", delai=(20, 80))
    else:
        guichet.courrier.send(decompte, le=decompte.date_paiement)
        if incident is Incident.DOUBLE:
            suites.pay_twice(emetteur, decompte)


def _pay_wrong_guarantee(part: Part, lignes: list[Ligne]) -> list[Ligne]:
    """What SMI would have paid at the level BASE; `lignes` itself when it would have been the same or nothing."""
    erronee = _number([pay_smi(part, Niveau.BASE, 1)])
    return erronee if erronee and erronee[0].montant < lignes[0].montant else lignes


def _recipient(visite: Visite) -> str:
    return PROFESSIONNEL if visite.has_tiers_payant_complementaire else ADHERENT


def _number(lignes: list[Ligne | None]) -> list[Ligne]:
    """The lines that exist, numbered from 1."""
    presentes = [ligne for ligne in lignes if ligne is not None]
    for numero, ligne in enumerate(presentes, start=1):
        ligne.ligne = str(numero)
    return presentes


def _state_another_depense(ligne: Ligne, soin: Soin) -> None:
    """SMI read another price on the invoice: still one that the professional could have asked for."""
    ecart, plancher = _DISCORDANCE_CENTIMES, 100 * soin.acte.prix_libre[0]
    ligne.depense = soin.depense - ecart if soin.depense - ecart >= plancher else soin.depense + ecart
