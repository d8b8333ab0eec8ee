"""Why a step of a sinistre is refused."""

from ledger.recours.errors import Contradiction, Forgotten, Inadmissible, Outdated, Unknown


class SinistreInconnu(Unknown):
    """No sinistre has this reference, or it is another member's."""

    code = "sinistre_inconnu"
    detail = "Il n'y a pas de sinistre à cette référence."


class CreanceInconnue(Unknown):
    """The sinistre has no créance of this number."""

    code = "creance_inconnue"
    detail = "Ce sinistre n'a pas de relevé de créance à ce numéro."


class EncaissementInconnu(Unknown):
    """The sinistre has no receipt of this number."""

    code = "encaissement_inconnu"
    detail = "Ce sinistre n'a pas d'encaissement à ce numéro."


class SinistreEnConflit(Contradiction):
    """The same key or reference was used for another declaration: use a new one."""

    code = "sinistre_en_conflit"
    detail = "Une autre déclaration porte déjà cette clé ou cette référence."


class SinistreFerme(Contradiction):
    """The sinistre is closed or dropped: reopen it first."""

    code = "sinistre_ferme"
    detail = "Ce sinistre est clôturé ou classé sans suite ; le rouvrir d'abord."


class TransitionRefusee(Contradiction):
    """The step does not follow from where the sinistre stands: docs/recours.md says what follows what."""

    code = "transition_refusee"
    detail = "Cette étape ne suit pas de l'état du sinistre."


class SoinDejaRattache(Contradiction):
    """Another open sinistre holds one of these soins: detach it there first."""

    code = "soin_deja_rattache"
    detail = "Un de ces soins est déjà rattaché à un sinistre ouvert."

    def __init__(self, soins: list[str]) -> None:
        super().__init__()
        self.soins = soins


class SoinNonRattache(Contradiction):
    """One of these soins is not attached to this sinistre."""

    code = "soin_non_rattache"
    detail = "Un de ces soins n'est pas rattaché à ce sinistre."

    def __init__(self, soins: list[str]) -> None:
        super().__init__()
        self.soins = soins


class SoinInconnu(Contradiction):
    """The ledger knows no such soin of this member."""

    code = "soin_inconnu"
    detail = "Cet adhérent n'a pas un de ces soins."

    def __init__(self, soins: list[str]) -> None:
        super().__init__()
        self.soins = soins


class AucunSoin(Contradiction):
    """No soin is attached, so there is nothing to claim or to share: attach the soins first."""

    code = "aucun_soin_rattache"
    detail = "Aucun soin n'est rattaché : il n'y a rien à réclamer ni à partager."


class CreanceAbsente(Contradiction):
    """There is no créance yet, so nothing says how a receipt is shared: draw one up first."""

    code = "creance_absente"
    detail = "Aucun relevé de créance n'est établi."


class CreanceInchangee(Contradiction):
    """Nothing has changed since the last version: there is no next one to draw up."""

    code = "creance_inchangee"
    detail = "Rien n'a changé depuis le dernier relevé de créance."


class EncaissementDejaRetire(Contradiction):
    """The receipt was taken back already."""

    code = "encaissement_deja_retire"
    detail = "Cet encaissement est déjà retiré."


class PaiementDejaEncaisse(Contradiction):
    """A receipt with this payment reference is already booked on this sinistre."""

    code = "paiement_deja_encaisse"
    detail = "Un encaissement de ce sinistre porte déjà cette référence de paiement."


class VersionPerimee(Outdated):
    """The version given is not the last one: read the sinistre again, and decide again."""

    code = "version_perimee"
    detail = "Le sinistre a changé depuis la version donnée ; le relire."


class EtapeInvalide(Inadmissible):
    """An amount, a date or a rate of the step is out of its rule."""

    code = "etape_invalide"
    detail = "Une valeur de cette étape n'est pas admise."


class SinistreEfface(Forgotten):
    """The member of this sinistre was forgotten: what was booked stays, and no step follows."""

    code = "adherent_efface"
    detail = "Cet adhérent a été effacé : ses données ne sont plus lisibles et rien ne s'inscrit plus sous son numéro."
