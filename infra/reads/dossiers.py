"""From the read rows of one member, as known at a position, to her dossier."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, cast
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.journal.keyring import sealing_context
from infra.journal.mapper import unseal
from infra.reads.documents import Base
from ledger.adherent.events import AdherentFaits, AdherentPersonnel, AdherentRegistered
from ledger.annulation.events import AnnulationPersonnelle, AnnulationRecorded
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, DecompteFaits, DecomptePersonnel, LigneFaits
from ledger.dossier import AnnulationConnue, DecompteConnu, Dossier, build_dossier
from ledger.events import Personal
from ledger.payeurs import Destinataire, Payeur
from ledger.references import Stream, stream_of_identity
from ledger.registry import REGISTRY

LATEST = 2**62
"""« As known now »."""

_decode_lines = msgspec.json.Decoder(tuple[LigneFaits, ...]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRead:
    """What was read of one member: `is_known` says whether any recorded message names her.

    `is_erased`: her key is destroyed; what is left says amounts and dates. `base` is what a document made of it stands
    on; None for who is not known, or whose key is gone.
    """

    dossier: Dossier
    registration: AdherentPersonnel | None
    is_known: bool
    is_erased: bool
    projected: int
    base: Base | None


def read_member(rows: Iterable[Mapping[str, Any]], key: AESGCM | None) -> MemberRead:
    """The dossier of the rows of `member_rows`. Without its key, who and which care are missing; amounts are not.

    Raises SealBroken when a sealed part was altered.
    """
    decomptes: list[DecompteConnu] = []
    annulations: list[AnnulationConnue] = []
    adherents: list[tuple[AdherentFaits, int, AdherentPersonnel | None]] = []
    projected = generation = last = 0
    sujet: UUID | None = None
    for row in rows:
        nature = row["nature"]
        last = max(last, row["position"] or 0)
        if nature == "position":
            projected, generation, sujet = int(row["emetteur"]), int(row["reference"]), row["sujet"]
        elif nature == "decompte":
            decomptes.append(decompte_of(row, key))
        elif nature == "annulation":
            annulations.append(annulation_of(row, key))
        else:
            faits = AdherentFaits(emetteur=row["emetteur"], date_effet=row["jour"])
            stream = UUID(row["reference"]).bytes  # the registration's reference is personal: the row has its stream
            personal = cast("AdherentPersonnel | None", _personal(row, stream, AdherentRegistered.topic, key))
            adherents.append((faits, row["position"], personal))
    registered_at = min((position for _, position, _ in adherents), default=None)
    return MemberRead(
        dossier=build_dossier(decomptes, annulations, registered_at=registered_at),
        registration=_registration_in_force(adherents),
        is_known=last > 0,
        is_erased=key is None and sujet is not None,
        projected=projected,
        base=Base(sujet=sujet, key=key, generation=generation, position=last) if sujet and key and last else None,
    )


def _registration_in_force(
    adherents: Sequence[tuple[AdherentFaits, int, AdherentPersonnel | None]],
) -> AdherentPersonnel | None:
    """The highest `date_effet` wins, ties by reference."""
    if not adherents:
        return None
    return max(adherents, key=lambda a: (a[0].date_effet, a[2].reference if a[2] else "", a[0].emetteur))[2]


def decompte_of(row: Mapping[str, Any], key: AESGCM | None) -> DecompteConnu:
    """The décompte of a row that names its columns as `member_rows` does. Raises SealBroken."""
    payeur = Payeur(row["payeur"])
    personal = _personal(row, _stream(row), DECOMPTE_BY_PAYEUR[payeur].topic, key)
    return DecompteConnu(
        position=row["position"],
        enregistre_at=row["enregistre_at"].astimezone(UTC),
        payeur=payeur,
        faits=DecompteFaits(
            emetteur=row["emetteur"],
            reference=row["reference"],
            rang=row["rang"],
            date_paiement=row["jour"],
            destinataire=Destinataire(row["destinataire"]),
            total=row["total_centimes"],
            lignes=_decode_lines(row["lignes"]),
            virement=row["virement"],
            organisme=row["organisme"],
            sinistre=row["sinistre"],
        ),
        personnel=cast("DecomptePersonnel | None", personal),
    )


def annulation_of(row: Mapping[str, Any], key: AESGCM | None) -> AnnulationConnue:
    """The annulation of a row that names its columns as `member_rows` does. Raises SealBroken."""
    personal = cast("AnnulationPersonnelle | None", _personal(row, _stream(row), AnnulationRecorded.topic, key))
    return AnnulationConnue(
        position=row["position"],
        enregistre_at=row["enregistre_at"].astimezone(UTC),
        emetteur=row["emetteur"],
        reference=row["reference"],
        annule=row["annule"],
        date_annulation=row["jour"],
        motif=personal.motif if personal else None,
    )


def _stream(row: Mapping[str, Any]) -> Stream:
    return stream_of_identity(row["emetteur"], row["reference"])


def _personal(row: Mapping[str, Any], stream: Stream, topic: str, key: AESGCM | None) -> Personal | None:
    if key is None:
        return None
    content = unseal(key, bytes(row["scelle"]), sealing_context(stream, topic))
    return REGISTRY.read_personal(topic, row["version"], content)
