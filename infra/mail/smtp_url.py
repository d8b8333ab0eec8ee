"""The address of a mail server, as a setting says it: `smtp://`, `smtp+starttls://` or `smtps://`."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class Chiffrement(StrEnum):
    """How the connection is protected; the name is the scheme of the address."""

    AUCUN = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


PORT_BY_CHIFFREMENT = {Chiffrement.AUCUN: 25, Chiffrement.STARTTLS: 587, Chiffrement.TLS: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mails are handed over. `ca` is the file of a private authority, instead of those of the machine."""

    chiffrement: Chiffrement
    host: str
    port: int
    user: str | None
    password: str | None
    ca: Path | None


def parse_smtp_url(url: str) -> SmtpServer:
    """The server of an address, `SCHEME://[USER:PASSWORD@]HOST[:PORT][?ca=FILE]`. Raises ValueError, in French."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("adresse illisible") from None
    try:
        chiffrement = Chiffrement(parts.scheme)
    except ValueError:
        raise ValueError("smtp://, smtp+starttls:// ou smtps:// attendu") from None
    options = parse_qs(parts.query)
    if not parts.hostname or parts.path not in ("", "/") or set(options) - {"ca"}:
        raise ValueError("SCHEMA://[UTILISATEUR:MOT_DE_PASSE@]HÔTE[:PORT][?ca=FICHIER] attendu")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (user is None) != (password is None):
        raise ValueError("utilisateur et mot de passe vont ensemble")
    if user is not None and chiffrement is Chiffrement.AUCUN and not _is_loopback(parts.hostname):
        raise ValueError("un mot de passe ne passe pas en clair : smtp+starttls:// ou smtps://")
    return SmtpServer(
        chiffrement=chiffrement,
        host=parts.hostname,
        port=port or PORT_BY_CHIFFREMENT[chiffrement],
        user=user,
        password=password,
        ca=Path(options["ca"][0]) if "ca" in options else None,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
