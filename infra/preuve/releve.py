"""A statement with its proof: one file that says the figures, the events that they rest on, and that those are sealed.

It is checked without us, without the database and without any key of ours but the public one (docs/format.md). What it
cannot show: that no other event of the member was left out, and what is sealed under her key: who she is, which care.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec

from infra.journal.mapper import read_state
from infra.postgres.binary import instant_of
from infra.preuve.merkle import ProofWrong, check_inclusion, leaf_hash
from infra.preuve.note import NoteRefused, Vkey, open_checkpoint
from infra.preuve.reads import Inclusion
from infra.preuve.rows import event_entry
from ledger.annulation.events import AnnulationFaits, AnnulationRecorded
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, DecompteFaits
from ledger.dossier import AnnulationConnue, DecompteConnu, build_dossier
from ledger.events import UnreadableEvent
from ledger.registry import REGISTRY
from readmodels.releve import releve

FORMAT = "decompte/releve-prouve/1"
SEALED_FIELDS = frozenset({"numero_adherent", "acte", "libelle", "categorie", "motif_annulation", "position"})
"""What a statement says that stands in no clear part of an event; `position` may be that of a label's last change."""

_PAYEUR_BY_TOPIC = {event.topic: payeur for payeur, event in DECOMPTE_BY_PAYEUR.items()}


class StatementRefused(Exception):
    """The file does not prove what it says; the message, in French, names the first thing that fails."""


class EvenementProuve(msgspec.Struct, frozen=True, kw_only=True):
    """A stored row (base64, packed as it is hashed), and the way from it to the root of the checkpoint."""

    position: int
    ligne: str
    chemin: list[str]


class JournalDePreuve(msgspec.Struct, frozen=True, kw_only=True):
    """The log, and the key that checks its checkpoints, for the reader's comfort: the one to trust came another way."""

    origine: str
    cle: str


class ReleveProuve(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    format: str
    releve: msgspec.Raw
    evenements: list[EvenementProuve]
    point_de_controle: str
    journal: JournalDePreuve


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found right."""

    annee: int
    evenements: int
    taille: int
    is_key_given: bool


def proven_statement(
    content: bytes, rows: dict[int, bytes], inclusions: Sequence[Inclusion], note: bytes, vkey: Vkey
) -> bytes:
    """The file of a statement, whose bytes are `content`."""
    return msgspec.json.encode(
        ReleveProuve(
            format=FORMAT,
            releve=msgspec.Raw(content),
            evenements=[
                EvenementProuve(
                    position=inclusion.index + 1,
                    ligne=_encode(rows[inclusion.index + 1]),
                    chemin=[_encode(each) for each in inclusion.path],
                )
                for inclusion in inclusions
            ],
            point_de_controle=note.decode(),
            journal=JournalDePreuve(origine=vkey.name, cle=str(vkey)),
        )
    )


def check_statement(content: bytes, *, checkpoint: bytes | None = None, vkey: Vkey | None = None) -> Checked:
    """Check a file. `checkpoint`: the one to prove under, that of the file without it; `vkey`: the log's key, likewise.

    Raises StatementRefused at the first thing that fails.
    """
    try:
        file = msgspec.json.decode(content, type=ReleveProuve)
        key = vkey or Vkey.parse(file.journal.cle)
        point, _ = open_checkpoint(checkpoint or file.point_de_controle.encode(), key)
        own, _ = open_checkpoint(file.point_de_controle.encode(), key)
    except msgspec.MsgspecError as error:
        raise StatementRefused(f"le fichier n'est pas un relevé avec sa preuve : {error}") from None
    except NoteRefused as refused:
        raise StatementRefused(f"point de contrôle : {refused}") from None
    if file.format != FORMAT:
        raise StatementRefused(f"format inconnu : {file.format}")
    if own.size != point.size:
        raise StatementRefused(
            f"le fichier prouve sous le point de {own.size} entrées, pas sous celui de {point.size} : "
            f"redemander le relevé avec taille={point.size}"
        )
    decomptes: list[DecompteConnu] = []
    annulations: list[AnnulationConnue] = []
    sujets: set[UUID] = set()
    last = 0
    for proven in file.evenements:
        place = f"événement de la position {proven.position}"
        try:
            row = base64.b64decode(proven.ligne, validate=True)
            leaf = leaf_hash(event_entry(proven.position, row))
            path = [base64.b64decode(each, validate=True) for each in proven.chemin]
            check_inclusion(leaf, proven.position - 1, point.size, path, point.root)
        except (ValueError, OverflowError, ProofWrong):
            raise StatementRefused(f"{place} : la ligne n'est pas dans le journal sous ce point") from None
        if proven.position <= last:
            raise StatementRefused(f"{place} : les événements ne se suivent pas")
        last = proven.position
        try:
            sujets.add(_read(row, proven.position, decomptes, annulations))
        except (ValueError, UnreadableEvent, msgspec.MsgspecError):
            raise StatementRefused(f"{place} : l'événement est illisible") from None
    if len(sujets) > 1:
        raise StatementRefused("les événements sont de plusieurs adhérents")
    stated = msgspec.json.decode(file.releve)
    annee = stated.get("annee") if isinstance(stated, dict) else None
    if not isinstance(annee, int):
        raise StatementRefused("le relevé ne dit pas son année")
    dossier = build_dossier(decomptes, annulations, registered_at=None)
    computed = msgspec.to_builtins(releve(dossier, numero_adherent="", annee=annee))
    difference = _difference(stated, msgspec.json.decode(msgspec.json.encode(computed)), "")
    if difference is not None:
        raise StatementRefused(f"le relevé ne dit pas ce que donnent ses événements : {difference}")
    return Checked(annee=annee, evenements=len(file.evenements), taille=point.size, is_key_given=vkey is not None)


def _read(row: bytes, position: int, decomptes: list[DecompteConnu], annulations: list[AnnulationConnue]) -> UUID:
    """The event in a packed row, which goes to one of the lists; whose it is. Raises ValueError."""
    topic, stored, at, micros = unpack_row(row)
    if at != position:
        raise ValueError("another position")
    state = read_state(stored)
    faits = REGISTRY.read_facts(topic, state.v, state.faits)
    enregistre_at = instant_of(micros).astimezone(UTC)
    if isinstance(faits, DecompteFaits):
        decomptes.append(
            DecompteConnu(
                position=position,
                enregistre_at=enregistre_at,
                payeur=_PAYEUR_BY_TOPIC[topic],
                faits=faits,
                personnel=None,
            )
        )
    elif topic == AnnulationRecorded.topic and isinstance(faits, AnnulationFaits):
        annulations.append(
            AnnulationConnue(
                position=position,
                enregistre_at=enregistre_at,
                emetteur=faits.emetteur,
                reference=faits.reference,
                annule=faits.annule,
                date_annulation=faits.date,
                motif=None,
            )
        )
    else:
        raise ValueError("no event that a statement rests on")
    return state.sujet


def unpack_row(row: bytes) -> tuple[str, bytes, int, int]:
    """Topic, state, position and instant (microseconds) of a packed row. Raises ValueError."""
    columns, start = [], 2
    for _ in range(6):
        end = start + 4 + int.from_bytes(row[start : start + 4], "big")
        columns.append(row[start + 4 : end])
        start = end
    if row[:2] != b"\0\7" or start != len(row) or [len(columns[i]) for i in (0, 1, 4, 5)] != [16, 8, 8, 8]:
        raise ValueError("not a packed row")
    return (
        columns[2].decode(),
        columns[3],
        int.from_bytes(columns[4], "big"),
        int.from_bytes(columns[5], "big", signed=True),
    )


def _difference(stated: Any, computed: Any, place: str) -> str | None:
    """Where two JSON values differ first, sealed fields aside; None when nowhere."""
    if isinstance(stated, dict) and isinstance(computed, dict):
        for name in sorted(stated.keys() | computed.keys()):
            if name in SEALED_FIELDS and name in stated and name in computed:
                continue
            found = _difference(stated.get(name, "absent"), computed.get(name, "absent"), f"{place}/{name}")
            if found is not None:
                return found
        return None
    if isinstance(stated, list) and isinstance(computed, list) and len(stated) == len(computed):
        pairs = enumerate(zip(stated, computed, strict=True))
        return next((d for i, (a, b) in pairs if (d := _difference(a, b, f"{place}/{i}")) is not None), None)
    if stated == computed and type(stated) is type(computed):
        return None
    shown = [value if isinstance(value, str | int | None) else "autre chose" for value in (stated, computed)]
    return f"{place or '/'} dit {shown[0]}, le calcul donne {shown[1]}"


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()
