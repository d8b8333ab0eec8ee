"""Passkeys (WebAuthn) as a second factor, beside TOTP or instead of it."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import structlog
import webauthn
from psycopg import Cursor
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from infra.auth.annonces import Fait
from infra.auth.comptes import Compte
from infra.auth.outils import Outils
from infra.auth.refus import AccesRefuse, PasskeyRefusee, SecondFacteurAbsent, SecondFacteurRequis, SessionTerminee
from infra.auth.second_facteur import SecondFacteur
from infra.auth.sessions import Client, Enrolled, Facteurs, Opened, Passkey, Session
from infra.journal.mapper import seal, unseal
from infra.postgres.sql import statements

RP_NAME = "SMI Décompte"
CHALLENGE_MINUTES = 5
PASSKEYS_MAX = 10
NOM_CHARACTERS_MAX = 60
IDENTIFIER_BYTES_MAX = 1_023
_SQL = statements("infra.auth", "passkeys.sql")
_USE = b"passkey"
Curseur = Cursor[Any]
log = structlog.get_logger(__name__)


class Passkeys:
    """Passkeys of the accounts; the site that they are of is that of the public address."""

    def __init__(self, outils: Outils, second: SecondFacteur) -> None:
        self._outils = outils
        self._second = second
        self._origin = outils.public_url
        self._rp_id = urlsplit(outils.public_url).hostname or ""

    def factors(self, session: Session) -> Facteurs:
        """What protects the account."""
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            return Facteurs(
                has_totp=compte.totp is not None,
                passkeys=tuple(self._view(row) for row in self._rows(cursor, compte)),
                recovery_codes_left=outils.secours.left(cursor, compte),
                can_enrol=session.may_enrol(now),
            )

    def begin_registration(self, session: Session) -> dict[str, Any]:
        """The options for the browser. Raises as `begin_totp`."""
        self._second.check_may_enrol(session)
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            options = webauthn.generate_registration_options(
                rp_id=self._rp_id,
                rp_name=RP_NAME,
                user_id=compte.id.bytes,
                user_name=compte.identite.email or compte.identite.numero or "",
                exclude_credentials=self._descriptors(cursor, compte),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.DISCOURAGED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
            )
            outils.ouvertures.keep_challenge(cursor, session, options.challenge, now=now)
        return _plain(options_to_json(options))

    def finish_registration(
        self, session: Session, credential: dict[str, Any], *, nom: str, client: Client
    ) -> Enrolled:
        """Keep the passkey. Raises PasskeyRefusee, TropDEssais."""
        self._second.check_may_enrol(session)
        outils = self._outils
        outils.count_second(session.compte, client)
        challenge = self._take_challenge(session)
        try:
            verified = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise _refused(error) from None
        identifier = uuid4()
        sealed = seal(
            outils.keyring.acces(), nom.strip()[:NOM_CHARACTERS_MAX].encode() or b"-", _USE + identifier.bytes
        )
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            added = cursor.execute(
                _SQL["insert"],
                {
                    "id": identifier,
                    "compte": compte.id,
                    "identifiant": verified.credential_id,
                    "cle_publique": verified.credential_public_key,
                    "compteur": verified.sign_count,
                    "nom_scelle": sealed,
                    "now": now,
                },
            ).rowcount
            # Taken already, by anybody, or one too many.
            if not added or compte.passkeys >= PASSKEYS_MAX or len(verified.credential_id) > IDENTIFIER_BYTES_MAX:
                raise PasskeyRefusee
            return self._second.enrolled(cursor, session, compte)

    def begin_proof(self, session: Session) -> dict[str, Any]:
        """The options for the browser. Raises SecondFacteurAbsent."""
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            if not compte.passkeys:
                raise SecondFacteurAbsent
            options = webauthn.generate_authentication_options(
                rp_id=self._rp_id,
                allow_credentials=self._descriptors(cursor, compte),
                user_verification=UserVerificationRequirement.PREFERRED,
            )
            outils.ouvertures.keep_challenge(cursor, session, options.challenge, now=now)
        return _plain(options_to_json(options))

    def finish_proof(self, session: Session, credential: dict[str, Any], *, client: Client) -> Opened:
        """Prove the second factor. Raises PasskeyRefusee, SecondFacteurAbsent, TropDEssais, SessionTerminee."""
        outils = self._outils
        outils.count_second(session.compte, client)
        challenge = self._take_challenge(session)
        refusal: AccesRefuse
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            if not compte.passkeys:
                raise SecondFacteurAbsent
            if self._is_proved(cursor, compte, credential, challenge):
                outils.comptes.clear_failures(cursor, compte, is_second=True)
                return outils.ouvertures.rotate(cursor, session, now=now, is_proved=True)
            outils.fail_second(cursor, compte, now=now)
            is_over = not outils.ouvertures.is_live(cursor, session, now=now)
            refusal = SessionTerminee() if is_over else PasskeyRefusee()
        raise refusal

    def remove(self, session: Session, identifier: UUID) -> None:
        """Remove one passkey. Raises SecondFacteurRequis, SecondFacteurAbsent."""
        outils = self._outils
        if not session.has_medical_access(outils.clock()):
            raise SecondFacteurRequis
        with outils.transaction() as cursor:
            now = outils.clock()
            compte = outils.locked(cursor, session, now=now)
            if not cursor.execute(_SQL["remove"], {"compte": compte.id, "id": identifier}).rowcount:
                raise SecondFacteurAbsent
            outils.annonces.tell(cursor, compte, Fait.SECOND_FACTEUR_RETIRE, now=now)

    def _is_proved(self, cursor: Curseur, compte: Compte, credential: dict[str, Any], challenge: bytes) -> bool:
        try:
            identifiant = base64url_to_bytes(credential["rawId"])
            row = cursor.execute(_SQL["find"], {"compte": compte.id, "identifiant": identifiant}).fetchone()
            if row is None:
                return False
            verified = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=bytes(row["cle_publique"]),
                credential_current_sign_count=row["compteur"],
            )
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
            log.info("passkey_refusee", exc_info=error)
            return False
        cursor.execute(_SQL["use"], {"id": row["id"], "compteur": verified.new_sign_count, "now": self._outils.clock()})
        return True

    def _take_challenge(self, session: Session) -> bytes:
        outils = self._outils
        with outils.transaction() as cursor:
            since = outils.clock() - timedelta(minutes=CHALLENGE_MINUTES)
            challenge = outils.ouvertures.take_challenge(cursor, session, since=since)
        if challenge is None:
            raise PasskeyRefusee
        return challenge

    def _descriptors(self, cursor: Curseur, compte: Compte) -> list[PublicKeyCredentialDescriptor]:
        return [PublicKeyCredentialDescriptor(id=bytes(row["identifiant"])) for row in self._rows(cursor, compte)]

    @staticmethod
    def _rows(cursor: Curseur, compte: Compte) -> list[Any]:
        return cursor.execute(_SQL["listing"], {"compte": compte.id}).fetchall()

    def _view(self, row: Any) -> Passkey:
        nom = unseal(self._outils.keyring.acces(), bytes(row["nom_scelle"]), _USE + row["id"].bytes).decode()
        return Passkey(id=row["id"], nom=nom, created_at=row["cree_at"], used_at=row["utilisee_at"])


def _refused(error: Exception) -> PasskeyRefusee:
    log.info("passkey_refusee", exc_info=error)
    return PasskeyRefusee()


def _plain(options: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(options)
    return read
