"""Care in town: doctors, midwives, pharmacies, laboratories, imaging, transport, osteopaths."""

from datetime import date

from infra.sample import bareme
from infra.sample.actes import ADI, AMB, CS, OST, PH1, SF, VSL, Acte, B, G
from infra.sample.bareme import AGE_ADULTE
from infra.sample.calendrier import next_care_day, shift
from infra.sample.foyer import Personne
from infra.sample.garanties import SEANCES_OSTEOPATHIE
from infra.sample.medicaments import CHRONIQUES, COURANTS, IRREMPLACABLES, Medicament
from infra.sample.visite import Contexte, Soin, build_soin

_EN_RAPPORT_AVEC_ALD = 0.7
_AGE_PEDIATRE_MAX = 12
_DELAI_TELETRANSMIS, _DELAI_PAPIER = (4, 9), (12, 28)
_PAS_DE_TIERS_PAYANT, _TIERS_PAYANT_RO, _TIERS_PAYANT = (False, False), (True, False), (True, True)


def plan_generaliste(contexte: Contexte, personne: Personne) -> None:
    """A general practitioner, then often the pharmacy."""
    jour = contexte.draw_day()
    _consult(contexte, personne, G, jour, libelle=None)
    if contexte.alea.chance(0.42):
        plan_pharmacie(contexte, personne, jour=next_care_day(shift(jour, contexte.alea.between(0, 1))))


def plan_specialiste(contexte: Contexte, personne: Personne) -> None:
    """A specialist, who sets the price; a paediatrician for a child."""
    jour = contexte.draw_day()
    is_enfant = personne.age(jour) < _AGE_PEDIATRE_MAX
    libelle = "Consultation pédiatre" if is_enfant else contexte.alea.pick(CS.libelles)
    if libelle == "Consultation gynécologue" and not personne.is_femme:
        libelle = CS.libelles[0]
    _consult(contexte, personne, CS, jour, libelle=libelle)


def plan_sage_femme(contexte: Contexte, personne: Personne) -> None:
    """A midwife, for young women."""
    if personne.is_femme:
        _consult(contexte, personne, SF, contexte.draw_day(), libelle=contexte.alea.pick(SF.libelles))


def plan_care_of_last_december(contexte: Contexte) -> None:
    """A consultation of the December before the two years, paid in January."""
    avant = contexte.fenetre.debut.year - 1
    jour = next_care_day(date(avant, 12, contexte.alea.between(15, 30)))
    personne = contexte.alea.pick(contexte.adherent.personnes)
    soin = build_soin(G, personne, jour, contexte.numeros.next_facture() + "-1")
    contexte.add_visite([soin], delai_jours=(18, 30), tiers_payant=_PAS_DE_TIERS_PAYANT)


def plan_pharmacie(contexte: Contexte, personne: Personne, *, jour: date | None = None) -> None:
    """What a doctor prescribed that day or, without a day, the renewal of a lasting treatment."""
    alea = contexte.alea
    is_renouvellement = jour is None
    jour = jour or contexte.draw_day()
    is_exonere = is_renouvellement and personne.is_ald
    if is_exonere and alea.chance(0.06):
        liste: tuple[Medicament, ...] = IRREMPLACABLES
    else:
        liste = CHRONIQUES if is_renouvellement else COURANTS
    facture = contexte.numeros.next_facture()
    soins: list[Soin] = []
    depart = alea.between(0, len(liste) - 1)
    for rang in range(alea.between(1, min(3, len(liste)))):
        medicament = liste[(depart + rang * 3) % len(liste)]
        boites = alea.between(1, medicament.boites_max)
        soins.append(
            build_soin(
                medicament.acte,
                personne,
                jour,
                f"{facture}-{rang + 1}",
                libelle=medicament.libelle,
                quantite=boites,
                depense=boites * medicament.prix_boite,
                is_exonere=is_exonere and medicament.acte is not PH1,
            )
        )
    tiers_payant = _TIERS_PAYANT if alea.chance(0.9) else _PAS_DE_TIERS_PAYANT
    contexte.add_visite(soins, delai_jours=_DELAI_TELETRANSMIS, tiers_payant=tiers_payant)


def plan_biologie(contexte: Contexte, personne: Personne) -> None:
    """One to three analyses at the laboratory, which is nearly always paid directly."""
    alea, jour = contexte.alea, contexte.draw_day()
    facture, depart = contexte.numeros.next_facture(), alea.between(0, len(B.libelles) - 1)
    is_exonere = _is_about_ald(contexte, personne)
    soins = [
        build_soin(
            B,
            personne,
            jour,
            f"{facture}-{rang + 1}",
            libelle=B.libelles[(depart + rang) % len(B.libelles)],
            is_exonere=is_exonere,
        )
        for rang in range(alea.pick_weighted(((1, 0.5), (2, 0.35), (3, 0.15))))
    ]
    tiers_payant = _TIERS_PAYANT if alea.chance(0.85) else _PAS_DE_TIERS_PAYANT
    contexte.add_visite(soins, delai_jours=_DELAI_TELETRANSMIS, tiers_payant=tiers_payant)


def plan_imagerie(contexte: Contexte, personne: Personne) -> None:
    """An x-ray; mammography for women from 40 on only."""
    alea, jour = contexte.alea, contexte.draw_day()
    libelles = ADI.libelles if personne.is_femme and personne.age(jour) >= 40 else ADI.libelles[:-1]
    soin = build_soin(ADI, personne, jour, contexte.numeros.next_facture() + "-1", libelle=alea.pick(libelles))
    tiers_payant = _TIERS_PAYANT if alea.chance(0.5) else _PAS_DE_TIERS_PAYANT
    contexte.add_visite([soin], delai_jours=_DELAI_TELETRANSMIS, tiers_payant=tiers_payant)


def plan_osteopathie(contexte: Contexte, personne: Personne) -> None:
    """Sessions that SMI alone pays, within the number of its guarantee; none is announced without a guarantee."""
    plafond = SEANCES_OSTEOPATHIE[contexte.adherent.niveau]
    jour = contexte.draw_day()
    depense = 100 * contexte.alea.between(*OST.prix_libre)
    for _ in range(contexte.alea.between(1, 3)):
        if contexte.count_soins(personne, (OST.code,), jour.year) >= plafond:
            return
        if jour > contexte.fenetre.fin:
            return
        soin = build_soin(OST, personne, jour, contexte.numeros.next_facture() + "-1", depense=depense)
        contexte.add_visite([soin], delai_jours=(6, 25), tiers_payant=_PAS_DE_TIERS_PAYANT)
        jour = next_care_day(shift(jour, contexte.alea.between(14, 28)))


def plan_transport(contexte: Contexte, personne: Personne) -> None:
    """There and back by VSL, or an ambulance called by the SAMU: it owes no franchise.

    Only the ambulance, for members in ALD, until the day from which the barème knows the franchise of a transport.
    """
    jour = contexte.draw_day()
    facture = contexte.numeros.next_facture()
    is_vsl_known = jour >= bareme.FRANCHISE_TRANSPORT.valeurs[0][0]
    if not is_vsl_known and not personne.is_ald:
        return
    if is_vsl_known and contexte.alea.chance(0.8):
        is_exonere = _is_about_ald(contexte, personne)
        soins = [build_soin(VSL, personne, jour, f"{facture}-{n}", is_exonere=is_exonere) for n in (1, 2)]
    else:
        soins = [build_soin(AMB, personne, jour, f"{facture}-1", is_exonere=personne.is_ald)]
    contexte.add_visite(soins, delai_jours=(10, 25), tiers_payant=_TIERS_PAYANT)


def consult_after_accident(contexte: Contexte, personne: Personne, jour: date, sinistre: str) -> None:
    """A general practitioner and an x-ray, paid by the member: nothing is deferred on the soins of a sinistre."""
    for acte, decalage, libelle in ((G, 1, None), (ADI, 3, "Radiographie de la cheville")):
        le = next_care_day(shift(jour, decalage))
        soin = build_soin(acte, personne, le, contexte.numeros.next_facture() + "-1", libelle=libelle)
        contexte.add_visite(
            [soin], delai_jours=_DELAI_TELETRANSMIS, tiers_payant=_PAS_DE_TIERS_PAYANT, sinistre=sinistre
        )


def _consult(contexte: Contexte, personne: Personne, acte: Acte, jour: date, *, libelle: str | None) -> None:
    alea = contexte.alea
    depense = 100 * alea.between(*acte.prix_libre)
    is_exonere = acte is not SF and _is_about_ald(contexte, personne)
    soin = build_soin(
        acte,
        personne,
        jour,
        contexte.numeros.next_facture() + "-1",
        libelle=libelle,
        depense=depense,
        is_exonere=is_exonere,
    )
    is_hors_parcours = (
        not is_exonere
        and acte is not SF
        and personne.age(jour) >= AGE_ADULTE
        and not contexte.adherent.caisse.is_locale
        and alea.chance(0.06)
    )
    contexte.add_visite(
        [soin],
        delai_jours=_DELAI_PAPIER if alea.chance(0.08) else _DELAI_TELETRANSMIS,
        tiers_payant=_TIERS_PAYANT_RO if alea.chance(0.9 if is_exonere else 0.2) else _PAS_DE_TIERS_PAYANT,
        is_hors_parcours=is_hors_parcours,
    )


def _is_about_ald(contexte: Contexte, personne: Personne) -> bool:
    return personne.is_ald and contexte.alea.chance(_EN_RAPPORT_AVEC_ALD)
