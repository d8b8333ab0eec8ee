"""The settings: environment variables `DECOMPTE_…`, read here and nowhere else."""

import base64
import binascii
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from infra.journal.keyring import MASTER_KEY_BYTES
from ledger.dates import civil_day


class BadSettings(Exception):
    """A setting is missing or wrong; the message says which and what it should be."""


class Settings(BaseModel):
    """What an operator may set. Field NAME is read from DECOMPTE_NAME."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: str | None = Field(None, description="URL d'un serveur PostgreSQL (15 à 18) à soi")
    master_key: bytes | None = Field(None, description="clé maître, 32 octets en base64 (avec DATABASE_URL)")
    data: Path = Field(Path("data"), description="dossier de la base embarquée et des secrets")
    postgres_bin: Path | None = Field(None, description="dossier d'autres binaires PostgreSQL pour la base embarquée")
    now: date | None = Field(None, description="« aujourd'hui » pour la fenêtre de deux ans : AAAA-MM-JJ ou instant")
    quarantaine_jours: int = Field(365, ge=1, le=3650, description="durée de garde de la quarantaine, en jours")
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

    @field_validator("now", mode="before")
    @classmethod
    def _read_now(cls, value: Any) -> Any:
        if isinstance(value, str) and "T" in value:
            return civil_day(datetime.fromisoformat(value))
        return value

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
        faults = "; ".join(f"DECOMPTE_{str(e['loc'][0]).upper()} : {e['msg']}" for e in error.errors())
        raise BadSettings(f"Réglage incorrect — {faults}") from None
