"""A mail as bytes: one text part, headers that nothing can forge, the same bytes each time it is made."""

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr

from infra.mail.contents import Contenu, address


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header that must stay as it is: the library would fold a long address into encoded words, which nobody reads.

    Its length is bounded where it is put (`URL_CHARACTERS_MAX`).
    """

    max_count = 1

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("List-Unsubscribe", "Message-ID"):
    _HEADERS.map_to_type(_name, _Unfolded)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def sender_address(mail_from: str) -> str:
    """The bare address of « Name <address> »."""
    return address(parseaddr(mail_from)[1])


def message_id_of(cle: bytes, mail_from: str) -> str:
    """The Message-ID of the mail of this key."""
    return f"<{cle.hex()}@{sender_address(mail_from).rpartition('@')[2]}>"


def message_bytes(contenu: Contenu, *, mail_from: str, message_id: str, cree_at: datetime) -> bytes:
    """The message, ready for DATA but for its dots."""
    name, _ = parseaddr(mail_from)
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(name, addr_spec=sender_address(mail_from))
    message["To"] = Address(addr_spec=contenu.destinataire)
    message["Subject"] = contenu.objet
    message["Date"] = format_datetime(cree_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "fr"
    if contenu.list_unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{contenu.list_unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(contenu.texte, charset="utf-8", cte="quoted-printable")
    return message.as_bytes()
