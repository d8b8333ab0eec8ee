"""Who the members are: the registrations that SMI sends, most before the two years, some late, some never."""

from datetime import date

from infra.sample.alea import Alea
from infra.sample.calendrier import Fenetre, shift
from infra.sample.courrier import Courrier
from infra.sample.foyer import Adherent, Personne
from infra.sample.identites import write_email
from infra.sample.messages import VERSION, BeneficiaireInscrit, Inscription

_CHANGE_EMAIL, _INSCRIT_TARD = 0.07, 0.03
_NUMERO_NOUVELLE_ADRESSE = 5_000_000
"""Added to the number in an address, so that the new one belongs to nobody else."""


def register(adherent: Adherent, fenetre: Fenetre, alea: Alea, courrier: Courrier) -> None:
    """Send the registrations of a member, unless the feed never says who it is.

    A second message follows when somebody is born, or when the member changes e-mail.
    """
    if not adherent.is_inscrit:
        return
    nes_avant = [p for p in adherent.personnes if p.date_naissance < fenetre.debut]
    depuis = date(fenetre.debut.year - alea.between(1, 9), 1, 1)
    premiere = _write(adherent, nes_avant, rang=1, date_effet=depuis, email=adherent.email)
    retard_jours = alea.between(20, 150) if alea.chance(_INSCRIT_TARD) else 0
    if retard_jours:
        courrier.send(premiere, le=fenetre.debut, retard_jours=retard_jours)
    else:
        courrier.send_first(premiere)
    rang, email = 1, adherent.email
    changements = sorted((p.date_naissance, p) for p in adherent.personnes if p not in nes_avant)
    connus = list(nes_avant)
    for naissance, enfant in changements:
        rang += 1
        connus.append(enfant)
        message = _write(adherent, connus, rang=rang, date_effet=naissance, email=email)
        courrier.send(message, le=naissance, retard_jours=alea.between(5, 30))
    if alea.chance(_CHANGE_EMAIL):
        dernier = changements[-1][0] if changements else fenetre.debut
        jours = (fenetre.fin - dernier).days
        le = shift(dernier, alea.between(0, jours))
        email = write_email(adherent.prenom, adherent.nom, _NUMERO_NOUVELLE_ADRESSE + adherent.indice)
        courrier.send(_write(adherent, connus, rang=rang + 1, date_effet=le, email=email), le=le)


def _write(
    adherent: Adherent, connus: list[Personne], *, rang: int, date_effet: date, email: str | None
) -> Inscription:
    autres = [
        BeneficiaireInscrit(p.beneficiaire, p.prenom, p.date_naissance)
        for p in connus
        if p is not adherent.personnes[0]
    ]
    return Inscription(
        version=VERSION,
        emetteur="smi",
        reference=f"AD-{adherent.numero}-{rang}",
        numero_adherent=adherent.numero,
        date_effet=date_effet,
        nom=adherent.nom,
        prenom=adherent.prenom,
        date_naissance=adherent.date_naissance,
        email=email,
        telephone=adherent.telephone,
        beneficiaires=autres or None,
    )
