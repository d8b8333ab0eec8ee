"""Why a message is refused. The base class says the kind, the class says the reason, `code` is public and permanent."""

from typing import ClassVar, NamedTuple


class Erreur(NamedTuple):
    """One fault of a message, at its place. `message` never repeats the value: it may be personal."""

    chemin: str
    message: str


class Refusal(Exception):
    """A message that the ledger does not record. It is kept in quarantine, whole."""

    code: ClassVar[str]
    detail: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)


class Malformed(Refusal):
    """The message itself is wrong: mend it and send it again."""


class Conflict(Refusal):
    """The message contradicts what is recorded: a person must look."""


class EncodageInvalide(Malformed):
    """The bytes are not UTF-8: encode them again."""

    code = "encodage_invalide"
    detail = "Le message n'est pas de l'UTF-8."


class JsonInvalide(Malformed):
    """The text is not JSON (NaN and lone surrogates included)."""

    code = "json_invalide"
    detail = "Le message n'est pas du JSON."


class MessageTropGrand(Malformed):
    """More than 256 KiB or 500 lines: split the décompte."""

    code = "message_trop_grand"
    detail = "Le message dépasse 256 Kio ou 500 lignes."


class TypeInconnu(Malformed):
    """The type is none of decompte, annulation, adherent."""

    code = "type_inconnu"
    detail = "Ce type de message est inconnu ; types connus : decompte, annulation, adherent."


class VersionInconnue(Malformed):
    """The version of the feed is not one that this ledger reads."""

    code = "version_inconnue"
    detail = "Cette version du flux est inconnue ; version connue : 1."


class MessageInvalide(Malformed):
    """A field is missing, unknown, doubled or out of its rule; `erreurs` names each one by its JSON pointer."""

    code = "message_invalide"
    detail = "Le message ne respecte pas le format du flux."

    def __init__(self, erreurs: list[Erreur]) -> None:
        super().__init__()
        self.erreurs = erreurs


class TotalIncoherent(Malformed):
    """`total` is not the sum of the lines."""

    code = "total_incoherent"
    detail = "Le total n'est pas la somme des montants des lignes."


class EmetteurInterdit(Malformed):
    """This source may not speak for that emetteur: use the token of the emetteur."""

    code = "emetteur_interdit"
    detail = "Cette source ne peut pas parler au nom de cet émetteur."


class DecompteEnConflit(Conflict):
    """Same emetteur and reference, other content: send an annulation and a new décompte instead."""

    code = "decompte_en_conflit"
    detail = "Cette référence est déjà enregistrée avec un autre contenu."

    def __init__(self, differences: list[str]) -> None:
        super().__init__()
        self.differences = differences


class AnnulationIncoherente(Conflict):
    """The annulation names another member's décompte, or something that is not a décompte."""

    code = "annulation_incoherente"
    detail = "L'annulation désigne le décompte d'un autre adhérent, ou ce qui n'est pas un décompte."


class InscriptionEffacee(Conflict):
    """A registration names a member who was forgotten: give who comes back a number of her own."""

    code = "inscription_effacee"
    detail = "Cet adhérent a été effacé : rien ne s'inscrit plus sous ce numéro ; en donner un autre."
