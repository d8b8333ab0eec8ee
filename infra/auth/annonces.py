"""What the access writes to people: codes, and what happened to their access. Put in the outbox with what they tell.

Of what anybody can cause without knowing anything, one mail an hour of each kind: an attack must not become a flood.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import structlog
from psycopg import Cursor

from infra.auth.comptes import Compte
from infra.auth.defis import CODE_MINUTES, Usage
from infra.auth.registre import Registre
from infra.mail.contents import CourrielInvalide
from infra.mail.outbox import Outbox
from ledger.dates import PARIS

log = structlog.get_logger(__name__)
Curseur = Cursor[Any]

_SIGNATURE = "\n\nVotre espace adhérent SMI\n"
_NOT_YOU = (
    "\n\nSi ce n'est pas vous, changez votre mot de passe et fermez les autres connexions, page Sécurité : {espace}"
)

_OBJET_CODE = {
    Usage.ACTIVATION: "Votre code pour activer votre accès",
    Usage.REINITIALISATION: "Votre code pour choisir un nouveau mot de passe",
    Usage.DEBLOCAGE: "Votre code pour débloquer votre accès",
    Usage.ENROLEMENT: "Votre code pour ajouter un second facteur",
}


@dataclass(frozen=True, slots=True)
class Texte:
    """Subject and text; `{espace}` is the address of the member space, `{le}` when it happened."""

    objet: str
    texte: str


class Fait(Enum):
    """What is announced."""

    ACCES_EXISTE = Texte(
        "Vous avez déjà un accès",
        "Bonjour,\n\nQuelqu'un a demandé à activer l'accès à votre espace adhérent, qui est déjà activé. Pour vous "
        "connecter, ou choisir un nouveau mot de passe : {espace}\n\nSi ce n'est pas vous, vous n'avez rien à faire.",
    )
    ACCES_ABSENT = Texte(
        "Votre accès n'est pas encore activé",
        "Bonjour,\n\nQuelqu'un a demandé un code pour votre espace adhérent, qui n'est pas encore activé. Pour "
        "l'activer : {espace}\n\nSi ce n'est pas vous, vous n'avez rien à faire.",
    )
    PAS_BLOQUE = Texte(
        "Votre accès n'est pas bloqué",
        "Bonjour,\n\nVous avez demandé à débloquer votre accès ; il n'est pas bloqué. Pour vous connecter, ou choisir "
        "un nouveau mot de passe : {espace}",
    )
    MOT_DE_PASSE = Texte(
        "Votre mot de passe a été choisi",
        "Bonjour,\n\nLe mot de passe de votre espace adhérent a été choisi ou changé le {le}." + _NOT_YOU,
    )
    SECOND_FACTEUR = Texte(
        "Un second facteur a été ajouté",
        "Bonjour,\n\nUn second facteur a été ajouté à votre espace adhérent le {le}. Il sera demandé pour voir vos "
        "données de santé." + _NOT_YOU,
    )
    SECOND_FACTEUR_RETIRE = Texte(
        "Un second facteur a été retiré",
        "Bonjour,\n\nUn second facteur de votre espace adhérent a été retiré le {le}." + _NOT_YOU,
    )
    SECOURS = Texte(
        "Un code de secours a servi",
        "Bonjour,\n\nUn code de secours de votre espace adhérent a servi le {le}." + _NOT_YOU,
    )
    CONNEXION = Texte(
        "Connexion inhabituelle",
        "Bonjour,\n\nUne connexion à votre espace adhérent a eu lieu le {le}, depuis un appareil ou un réseau que "
        "nous ne connaissions pas, ou à un rythme inhabituel.\n\nSi c'est vous, vous n'avez rien à faire." + _NOT_YOU,
    )
    ECHECS = Texte(
        "Essais de connexion refusés",
        "Bonjour,\n\nPlusieurs essais de connexion à votre espace adhérent ont été refusés, le dernier le {le}.\n\nSi "
        "c'est vous, vous pouvez choisir un nouveau mot de passe : {espace}\nSinon, vous n'avez rien à faire : "
        "l'accès se bloque de lui-même si les essais continuent.",
    )
    BLOCAGE = Texte(
        "Votre accès est bloqué par sécurité",
        "Bonjour,\n\nAprès des essais inhabituels, votre espace adhérent a été bloqué le {le}. Personne ne peut plus "
        "s'y connecter, vous non plus.\n\nPour le débloquer, avec un code et votre second facteur : {espace}",
    )
    DEBLOCAGE = Texte(
        "Votre accès est débloqué",
        "Bonjour,\n\nVotre espace adhérent a été débloqué le {le}." + _NOT_YOU,
    )


_HOURLY = frozenset({Fait.ACCES_EXISTE, Fait.ACCES_ABSENT, Fait.PAS_BLOQUE, Fait.ECHECS})


class Annonces:
    """Writes in the caller's transaction. Who has no address on file is told nothing, and may look at her sessions."""

    def __init__(self, outbox: Outbox, registre: Registre, *, public_url: str) -> None:
        self._outbox = outbox
        self._registre = registre
        self._espace = f"{public_url}/espace"

    def send_code(
        self, cursor: Curseur, compte: Compte, *, email: str, usage: Usage, defi: UUID, code: str, expire_at: datetime
    ) -> None:
        """The code of a way begun."""
        self._put(
            cursor,
            cle=f"code:{defi}",
            email=email,
            objet=_OBJET_CODE[usage],
            texte=f"Bonjour,\n\nVotre code est :\n\n    {code[:4]} {code[4:]}\n\nIl est valable {CODE_MINUTES} "
            "minutes et ne sert qu'une fois. Ne le donnez à personne : nous ne le demandons jamais par téléphone.\n\n"
            "Si vous n'avez rien demandé, vous n'avez rien à faire.",
            sujet=compte.sujet,
            expire_at=expire_at,
        )

    def tell(self, cursor: Curseur, compte: Compte, fait: Fait, *, now: datetime, email: str | None = None) -> None:
        """Tell the owner of an account what happened; of what anybody can cause, once an hour."""
        to = email or self.email_of(compte)
        if to is None:
            return
        at = now.replace(minute=0, second=0, microsecond=0) if fait in _HOURLY else now
        self._put(
            cursor,
            cle=f"acces:{compte.id}:{fait.name}:{at.isoformat()}",
            email=to,
            objet=fait.value.objet,
            texte=fait.value.texte.format(espace=self._espace, le=now.astimezone(PARIS).strftime("%d/%m/%Y à %H:%M")),
            sujet=compte.sujet,
            expire_at=now + timedelta(days=2),
        )

    def email_of(self, compte: Compte) -> str | None:
        """The address on file: an account of the house has its own, a beneficiary none."""
        if compte.is_house:
            return compte.identite.email
        if compte.beneficiaire is not None or compte.identite.numero is None:
            return None
        fiche = self._registre.read(compte.identite.numero)
        return fiche.registration.email if fiche is not None else None

    def _put(
        self,
        cursor: Curseur,
        *,
        cle: str,
        email: str,
        objet: str,
        texte: str,
        sujet: UUID | None,
        expire_at: datetime,
    ) -> None:
        try:
            self._outbox.put(
                cursor,
                cle=cle,
                destinataire=email,
                objet=objet,
                texte=texte + _SIGNATURE,
                sujet=sujet,
                expire_at=expire_at,
            )
        except CourrielInvalide:
            log.warning("adresse_inutilisable", sujet=str(sujet) if sujet else None)
