"""What an operator sets about Kafka; `infra/settings.py` reads it with the rest."""

import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

_ADDRESS = re.compile(r"[A-Za-z0-9._-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}")
_TOPIC = r"^[A-Za-z0-9._-]{1,249}$"


class KafkaSettings(BaseModel):
    """Where the brokers are, who we are to them, what the topics are called."""

    kafka_serveurs: tuple[str, ...] = Field((), description="courtiers Kafka : hôte:port, séparés par des virgules")
    kafka_protocole: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT ou SASL_SSL"
    )
    kafka_ca: Path | None = Field(None, description="fichier PEM des autorités qui signent les courtiers")
    kafka_certificat: Path | None = Field(None, description="fichier PEM du certificat présenté aux courtiers")
    kafka_cle: Path | None = Field(None, description="fichier PEM de la clé de ce certificat")
    kafka_mecanisme: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="mécanisme SASL : PLAIN, SCRAM-SHA-256 ou SCRAM-SHA-512"
    )
    kafka_utilisateur: str | None = Field(None, description="compte SASL")
    kafka_mot_de_passe: str | None = Field(None, repr=False, description="mot de passe SASL")
    kafka_flux: str = Field("decompte.flux", pattern=_TOPIC, description="topic lu par « consume »")
    kafka_rejets: str = Field("decompte.rejets", pattern=_TOPIC, description="topic où les refus sont annoncés")
    kafka_journal: str = Field("decompte.journal", pattern=_TOPIC, description="topic écrit par « publish »")
    kafka_emetteurs: tuple[str, ...] = Field(
        (), description="émetteurs admis sur le topic du flux, séparés par des virgules (aucun : tous)"
    )

    kafka_personnel: bool = Field(
        False, description="publier aussi les champs personnels, en clair et hors de portée d'un effacement"
    )

    @field_validator("kafka_serveurs", "kafka_emetteurs", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("kafka_serveurs")
    @classmethod
    def _check_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ADDRESS.fullmatch(address) for address in value):
            raise ValueError("hôte:port attendu, séparés par des virgules")
        return value

    @model_validator(mode="after")
    def _check_account(self) -> Self:
        is_sasl = self.kafka_protocole.startswith("SASL")
        if is_sasl and (self.kafka_utilisateur is None or self.kafka_mot_de_passe is None):
            raise ValueError(
                f"avec DECOMPTE_KAFKA_PROTOCOLE={self.kafka_protocole}, donner aussi DECOMPTE_KAFKA_UTILISATEUR et "
                "DECOMPTE_KAFKA_MOT_DE_PASSE"
            )
        if (self.kafka_certificat is None) != (self.kafka_cle is None):
            raise ValueError("DECOMPTE_KAFKA_CERTIFICAT et DECOMPTE_KAFKA_CLE vont ensemble")
        return self
