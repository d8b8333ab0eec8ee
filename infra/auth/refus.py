"""Why a step of the access is refused: one class per reason, with a public code and words for the person.

Nothing here tells whether an account exists: an unknown number, a wrong date of birth, a wrong password and a blocked
access all get the same refusal.
"""

from typing import ClassVar


class AccesRefuse(Exception):
    """A step was refused. `code` is stable and public; the text of the exception is for the person, in French."""

    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.message)


class IdentifiantsRefuses(AccesRefuse):
    """Number or password wrong, access blocked, or no such account: try again, reset, or unblock."""

    code = "identifiants_refuses"
    message = (
        "Le numéro ou le mot de passe n'est pas le bon. Après plusieurs échecs l'accès se bloque par sécurité : "
        "vous le débloquez avec un code."
    )


class DefiInvalide(AccesRefuse):
    """The way begun with a code is unknown, past its time, not confirmed or used already: begin again."""

    code = "defi_invalide"
    message = "Cette démarche n'est plus valable : elle est trop ancienne, ou déjà terminée. Recommencez-la."


class CodeRefuse(AccesRefuse):
    """The code sent, or printed on a letter, is not this one: enter it again, or begin again after five tries."""

    code = "code_refuse"
    message = "Ce code n'est pas le bon, ou n'est plus valable. Après cinq essais, demandez-en un autre."


class SecondFacteurRefuse(AccesRefuse):
    """The code of the second factor is wrong, or was used already: wait for the next one."""

    code = "second_facteur_refuse"
    message = "Ce code n'est pas le bon, ou il a déjà servi. Attendez le suivant, puis saisissez-le."


class SecondFacteurRequis(AccesRefuse):
    """The second factor must be proved first."""

    code = "second_facteur_requis"
    message = "Cette page montre des données de santé : saisissez d'abord votre code de sécurité."


class CodeEnrolementRequis(AccesRefuse):
    """A first second factor is enrolled after a code sent to the member only: a password alone must not do."""

    code = "code_enrolement_requis"
    message = "Pour protéger vos données, confirmez d'abord que c'est vous avec le code que nous vous envoyons."


class SecondFacteurAbsent(AccesRefuse):
    """This account has no such second factor: enrol one."""

    code = "second_facteur_absent"
    message = "Aucun second facteur de ce genre n'est en place sur cet accès. Ajoutez-en un."


class MotDePasseFaible(AccesRefuse):
    """The password does not follow the rule: 12 characters of 4 kinds, or a phrase that is hard to guess."""

    code = "mot_de_passe_faible"
    message = (
        "Ce mot de passe est trop facile à deviner. Choisissez au moins 12 caractères avec majuscule, minuscule, "
        "chiffre et signe, ou une phrase longue qui ne parle pas de vous."
    )

    def __init__(self, conseils: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.conseils = conseils


class SessionTerminee(AccesRefuse):
    """The session is unknown, past its time or revoked: sign in again."""

    code = "session_terminee"
    message = "Vous n'êtes plus connecté. Connectez-vous à nouveau."


class SessionInconnue(AccesRefuse):
    """There is no such open session of this account."""

    code = "session_inconnue"
    message = "Cette connexion n'est plus ouverte."


class PasskeyRefusee(AccesRefuse):
    """The passkey's answer does not verify: try again, or use a code."""

    code = "passkey_refusee"
    message = "La clé d'accès n'a pas pu être vérifiée. Recommencez, ou utilisez un code."


class ConsentementImpossible(AccesRefuse):
    """This person may not give that consent: paperless statements are the holder's, sharing an adult beneficiary's."""

    code = "consentement_impossible"
    message = "Ce choix ne vous appartient pas."


class TropDEssais(AccesRefuse):
    """Too many attempts: wait."""

    code = "trop_d_essais"
    message = "Trop d'essais ont été faits. Attendez quelques minutes, puis recommencez."

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


class AccesSature(AccesRefuse):
    """Too many passwords are being checked at once: try again in a moment."""

    code = "acces_sature"
    message = "Trop de connexions sont en cours. Recommencez dans un instant."


class MotifRequis(AccesRefuse):
    """A person of the house looks at a member without saying why."""

    code = "motif_requis"
    message = "Dites pourquoi vous consultez cet adhérent."
