"""The settings: environment variables `DECOMPTE_…`, read here and nowhere else."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Self

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from infra.journal.keyring import MASTER_KEY_BYTES
from infra.kafka.settings import KafkaSettings
from infra.mail.contents import address
from infra.mail.smtp_url import parse_smtp_url
from infra.preuve.witness import Witness, parse_witnesses
from ledger.dates import civil_day


class BadSettings(Exception):
    """A setting is missing or wrong; the message says which and what it should be."""


class Settings(KafkaSettings):
    """What an operator may set. Field NAME is read from DECOMPTE_NAME."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: str | None = Field(None, description="URL d'un serveur PostgreSQL (15 à 18) à soi")
    master_key: bytes | None = Field(None, description="clé maître, 32 octets en base64 (avec DATABASE_URL)")
    data: Path = Field(Path("data"), description="dossier de la base embarquée et des secrets")
    postgres_bin: Path | None = Field(None, description="dossier d'autres binaires PostgreSQL pour la base embarquée")
    now: date | None = Field(None, description="« aujourd'hui » pour la fenêtre de deux ans : AAAA-MM-JJ ou instant")
    quarantaine_jours: int = Field(365, ge=1, le=3650, description="durée de garde de la quarantaine, en jours")
    public_url: str = Field("http://127.0.0.1:8000", description="adresse publique du service, sans / final")
    smtp_url: str | None = Field(None, repr=False, description="serveur SMTP : smtp://, smtp+starttls:// ou smtps://")
    mail_from: str | None = Field(None, description="expéditeur des courriels : adresse, ou « Nom <adresse> »")
    courriels_jours: int = Field(30, ge=1, le=3650, description="durée de garde du contenu des courriels, en jours")
    journal_acces_jours: int = Field(365, ge=184, le=366, description="durée de garde du journal des accès, en jours")
    preuve_origine: str | None = Field(None, description="nom du journal de preuve, pour toujours (avant de commencer)")
    preuve_export: Path | None = Field(None, description="dossier de l'auditeur où tout point de contrôle est écrit")
    temoins: tuple[Witness, ...] = Field(
        (), description="témoins qui cosignent les points de contrôle : « URL CLÉ », séparés par des virgules"
    )
    mandataires: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="réseaux des mandataires dont X-Forwarded-For est cru, séparés par des virgules"
    )
    otlp_url: str | None = Field(
        None, description="collecteur OpenTelemetry (OTLP sur HTTP), par exemple http://127.0.0.1:4318"
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="niveau du journal technique")

    @field_validator("master_key", mode="before")
    @classmethod
    def _decode_key(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            key = base64.b64decode(value, validate=True)
        except binascii.Error:
            raise ValueError("base64 attendu") from None
        if len(key) != MASTER_KEY_BYTES:
            raise ValueError(f"{MASTER_KEY_BYTES} octets attendus")
        return key

    @field_validator("mandataires", mode="before")
    @classmethod
    def _split_mandataires(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("temoins", mode="before")
    @classmethod
    def _read_temoins(cls, value: Any) -> Any:
        return parse_witnesses(value) if isinstance(value, str) else value

    @field_validator("now", mode="before")
    @classmethod
    def _read_now(cls, value: Any) -> Any:
        if isinstance(value, str) and "T" in value:
            return civil_day(datetime.fromisoformat(value))
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        value = value.rstrip("/")
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?", value):
            raise ValueError("http(s)://HÔTE[:PORT] attendu")
        return value

    @field_validator("otlp_url")
    @classmethod
    def _check_otlp_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+(/[^\s?#]*)?", value):
            raise ValueError("http(s)://HÔTE[:PORT][/CHEMIN] attendu")
        return value.rstrip("/") if value is not None else None

    @field_validator("preuve_origine")
    @classmethod
    def _check_preuve_origine(cls, value: str | None) -> str | None:
        if value is not None and re.fullmatch(r"[A-Za-z0-9./:_-]{1,200}", value) is None:
            raise ValueError("une adresse sans schéma attendue, comme exemple.fr/preuve")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: str | None) -> str | None:
        if value is not None:
            parse_smtp_url(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str | None) -> str | None:
        if value is not None:
            if not value.isprintable():
                raise ValueError("caractère de contrôle")
            address(parseaddr(value)[1])
        return value

    @model_validator(mode="after")
    def _check_sender(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("avec DECOMPTE_SMTP_URL, donner aussi DECOMPTE_MAIL_FROM")
        return self

    def today(self) -> date:
        """Today in Paris: what the two-year window is about. `DECOMPTE_NOW` changes this and nothing else."""
        return self.now or civil_day(datetime.now(UTC))


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises BadSettings."""
    given = {
        name: environment[key] for name in Settings.model_fields if (key := f"DECOMPTE_{name.upper()}") in environment
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        faults = "; ".join(_fault(e["loc"], e["msg"]) for e in error.errors())
        raise BadSettings(f"Réglage incorrect — {faults}") from None


def _fault(place: tuple[int | str, ...], message: str) -> str:
    return f"DECOMPTE_{str(place[0]).upper()} : {message}" if place else message
