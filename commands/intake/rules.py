"""What a message must respect beyond the shape of each field: which fields go with which payer and nature."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from commands.intake.schema import AdherentMessage, DecompteMessage, LigneMessage, Message
from ledger.errors import Erreur
from ledger.payeurs import Nature, Payeur

_OF_PRESTATION_REQUIRED = ("quantite", "acte", "libelle", "categorie")
_OF_PRESTATION_ONLY = (*_OF_PRESTATION_REQUIRED, "base", "taux_pb")


def broken_rules(message: Message) -> Iterator[Erreur]:
    """Every rule between fields that the message breaks, at its JSON pointer."""
    if isinstance(message, DecompteMessage):
        yield from broken_rules_of_decompte(
            message.payeur, has_sinistre=message.sinistre is not UNSET, lignes=message.lignes
        )
    elif isinstance(message, AdherentMessage) and message.beneficiaires is not UNSET:
        yield from _doubled("beneficiaires", "beneficiaire", [b.beneficiaire for b in message.beneficiaires])


def broken_rules_of_decompte(
    payeur: Payeur | None, *, has_sinistre: bool, lignes: Sequence[LigneMessage | None]
) -> Iterator[Erreur]:
    """The rules of a décompte; what is None is already known to be wrong, and is not judged again."""
    is_recours = None if payeur is None else payeur is Payeur.RECOURS_TIERS
    if is_recours and not has_sinistre:
        yield Erreur("/sinistre", "champ obligatoire pour un recours contre tiers")
    if is_recours is False and has_sinistre:
        yield Erreur("/sinistre", "champ réservé aux recours contre tiers")
    seen = set()
    for index, ligne in enumerate(lignes):
        if ligne is None:
            continue
        if ligne.ligne in seen:
            yield Erreur(f"/lignes/{index}/ligne", "numéro de ligne en double dans le message")
        seen.add(ligne.ligne)
        yield from _of_ligne(f"/lignes/{index}", ligne, is_recours=is_recours)


def _of_ligne(chemin: str, ligne: LigneMessage, *, is_recours: bool | None) -> Iterator[Erreur]:
    if is_recours and ligne.nature is not Nature.INDEMNITE:
        yield Erreur(f"{chemin}/nature", "une ligne de recours contre tiers est toujours une indemnite")
    if is_recours is False and ligne.nature is Nature.INDEMNITE:
        yield Erreur(f"{chemin}/nature", "indemnite est réservée aux recours contre tiers")
    if is_recours and ligne.pour_compte_de is UNSET:
        yield Erreur(f"{chemin}/pour_compte_de", "champ obligatoire pour un recours contre tiers")
    if is_recours is False and ligne.pour_compte_de is not UNSET:
        yield Erreur(f"{chemin}/pour_compte_de", "champ réservé aux recours contre tiers")
    if ligne.nature is Nature.PRESTATION:
        for name in _OF_PRESTATION_REQUIRED:
            if getattr(ligne, name) is UNSET:
                yield Erreur(f"{chemin}/{name}", "champ obligatoire pour une prestation")
        if ligne.quantite == 0:
            yield Erreur(f"{chemin}/quantite", "la quantité n'est jamais 0")
    else:
        for name in _OF_PRESTATION_ONLY:
            if getattr(ligne, name) is not UNSET:
                yield Erreur(f"{chemin}/{name}", "champ réservé aux prestations")


def _doubled(liste: str, champ: str, values: list[str]) -> Iterator[Erreur]:
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Erreur(f"/{liste}/{index}/{champ}", "valeur en double dans le message")
        seen.add(value)
