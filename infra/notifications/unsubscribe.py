"""The link that ends mails without signing in: it names one access, sealed, and does nothing else."""

import base64
import binascii
from uuid import UUID

from infra.journal.keyring import Keyring
from infra.journal.mapper import SealBroken, seal, unseal

JETON_CHARACTERS_MAX = 200
PATH = "/v1/desabonnement"
_USE = b"desabonnement"
_UUID_BYTES = 16


class Desabonnement:
    """Makes and reads the links. They hold for ever: a mail may be old when its reader has had enough."""

    def __init__(self, keyring: Keyring, public_url: str) -> None:
        self._cipher = keyring.desabonnement()
        self._public_url = public_url

    def url(self, sujet: UUID, beneficiaire: str | None) -> str:
        """The link of an access; None is the holder's."""
        sealed = seal(self._cipher, sujet.bytes + (beneficiaire or "").encode(), _USE)
        return f"{self._public_url}{PATH}?jeton={base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def read(self, jeton: str) -> tuple[UUID, str | None] | None:
        """Whose link it is; None when it is not one of ours."""
        if len(jeton) > JETON_CHARACTERS_MAX:
            return None
        try:
            sealed = base64.b64decode(jeton + "=" * (-len(jeton) % 4), altchars=b"-_", validate=True)
            content = unseal(self._cipher, sealed, _USE)
        except (binascii.Error, ValueError, SealBroken):
            return None
        return UUID(bytes=content[:_UUID_BYTES]), content[_UUID_BYTES:].decode() or None
