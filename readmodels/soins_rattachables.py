"""The soins of a member as the Assia team looks for them: what may be attached, and what looks like an accident."""

from collections.abc import Iterable

from ledger.dossier import Dossier, Soin
from ledger.recours.charges import charges_of
from ledger.recours.detection import SoinVu, propose
from readmodels.cout_net import supporte_by_party
from readmodels.sinistres_connus import SinistreConnu
from readmodels.vues_recours import SoinRattachable, Suggestion


def soin_rattachable(dossier: Dossier, soin: Soin, *, sinistre: str | None) -> SoinRattachable:
    """A soin as the team looks for it."""
    said = soin.repartition
    return SoinRattachable(
        soin=soin.soin,
        date_soin=said.date_soin,
        beneficiaire=said.beneficiaire,
        acte=said.acte,
        libelle=said.libelle,
        categorie=said.categorie,
        etat=said.etat,
        depense=soin.split.depense,
        supporte=supporte_by_party(charges_of(dossier, [soin.soin])),
        sinistre=sinistre,
    )


def suggestions(dossier: Dossier, sinistres: Iterable[SinistreConnu]) -> list[Suggestion]:
    """What looks like an accident among the soins of a member that no open sinistre holds.

    Nothing for one whose key has been destroyed: which care it was is lost.
    """
    numero = next((d.personnel.numero_adherent for d in dossier.decomptes.values() if d.personnel is not None), None)
    if numero is None:
        return []
    held = {soin for connu in sinistres if not connu.sinistre.is_closed for soin in connu.sinistre.soins}
    seen = [
        SoinVu(
            soin=soin.soin,
            beneficiaire=soin.repartition.beneficiaire,
            date_soin=soin.repartition.date_soin,
            categorie=soin.repartition.categorie,
            acte=soin.repartition.acte,
            libelle=soin.repartition.libelle,
        )
        for soin in dossier.soins.values()
        if soin.soin not in held
    ]
    return [
        Suggestion(
            numero_adherent=numero,
            beneficiaire=found.beneficiaire,
            date_accident=found.date_accident,
            soins=found.soins,
            raisons=found.raisons,
        )
        for found in propose(seen)
    ]
