"""The answers about proof logs. Hashes and entries are base64, as in the formats of C2SP."""

from dataclasses import dataclass

from readmodels.vues import Releve


@dataclass(frozen=True, slots=True, kw_only=True)
class ClePreuve:
    """A log, and the key that checks its checkpoints."""

    journal: str
    origine: str
    cle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreuveInclusion:
    """That an entry is in the log: `index` is its position less one; `document` is the same as a tlog-proof."""

    position: int
    index: int
    entree: str
    chemin: tuple[str, ...]
    point_de_controle: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreuveCoherence:
    """That the first `de` entries begin the first `a`."""

    de: int
    a: int
    chemin: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenementProuve:
    """A stored row, and its way to the root."""

    position: int
    ligne: str
    chemin: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalDePreuve:
    """Which log, and its key."""

    origine: str
    cle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleveProuve:
    """A statement with its proof."""

    format: str
    releve: Releve
    evenements: tuple[EvenementProuve, ...]
    point_de_controle: str
    journal: JournalDePreuve
