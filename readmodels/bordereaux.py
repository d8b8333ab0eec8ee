"""What became of a bordereau: its lines by class, the gaps that wait for a person, how others were resolved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ledger.bordereau.events import (
    CLASSES_ENCAISSEES,
    BordereauEvent,
    BordereauReceived,
    Classe,
    EcartBordereauResolved,
    LigneBordereauClassed,
    Resolution,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneBordereauVue:
    """A line: as it was read, where it landed, how it was resolved. `is_ouverte`: it waits for a person."""

    ligne: str
    sinistre: str
    reference_paiement: str
    date_encaissement: date
    montant: int
    classe: Classe
    raison: str | None
    encaissement: int | None
    is_ouverte: bool
    resolution: Resolution | None
    resolu_sur: str | None
    resolu_par: str | None
    motif: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompteClasse:
    """How many lines landed in a class, and what they add up to, in cents."""

    classe: Classe
    nombre: int
    montant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauVue:
    """A bordereau; `prises` of its `lignes` are taken: fewer when the import was interrupted: send it again."""

    reference: str
    recu_at: datetime | None
    lignes: int
    prises: int
    total: int
    classes: tuple[CompteClasse, ...]
    ouvertes: int
    elements: tuple[LigneBordereauVue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeBordereau:
    """A bordereau in the list: `ouvertes` of its lines wait for a person."""

    reference: str
    recu_at: datetime
    lignes: int
    total: int
    prises: int
    ouvertes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeBordereaux:
    """The bordereaux, the newest first."""

    elements: tuple[ResumeBordereau, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauConnu:
    """A recorded step of a bordereau."""

    enregistre_at: datetime
    event: BordereauEvent


def bordereau(steps: Iterable[BordereauConnu]) -> BordereauVue | None:
    """The bordereau that these steps make, in order; None for none."""
    received: BordereauConnu | None = None
    classed: dict[str, LigneBordereauClassed] = {}
    resolved: dict[str, EcartBordereauResolved] = {}
    for step in steps:
        match step.event:
            case BordereauReceived():
                received = step
            case LigneBordereauClassed() as line:
                classed[line.faits.ligne] = line
            case EcartBordereauResolved() as gap:
                resolved[gap.faits.ligne] = gap
    if received is None or not isinstance(received.event, BordereauReceived):
        return None
    elements = tuple(_ligne(line, resolved.get(name)) for name, line in classed.items())
    faits = received.event.faits
    return BordereauVue(
        reference=faits.bordereau,
        recu_at=received.enregistre_at,
        lignes=faits.lignes,
        prises=len(elements),
        total=faits.total,
        classes=count_classes((element.classe, element.montant) for element in elements),
        ouvertes=sum(element.is_ouverte for element in elements),
        elements=elements,
    )


def count_classes(lines: Iterable[tuple[Classe, int]]) -> tuple[CompteClasse, ...]:
    """How many lines of each class, and what they add up to; every class is there."""
    counts = {classe: [0, 0] for classe in Classe}
    for classe, montant in lines:
        counts[classe][0] += 1
        counts[classe][1] += montant
    return tuple(
        CompteClasse(classe=classe, nombre=nombre, montant=montant) for classe, (nombre, montant) in counts.items()
    )


def _ligne(line: LigneBordereauClassed, resolved: EcartBordereauResolved | None) -> LigneBordereauVue:
    faits = line.faits
    return LigneBordereauVue(
        ligne=faits.ligne,
        sinistre=faits.sinistre,
        reference_paiement=faits.reference_paiement,
        date_encaissement=faits.date_encaissement,
        montant=faits.montant,
        classe=faits.classe,
        raison=faits.raison,
        encaissement=resolved.faits.encaissement if resolved else faits.encaissement,
        is_ouverte=faits.classe not in CLASSES_ENCAISSEES and resolved is None,
        resolution=resolved.faits.resolution if resolved else None,
        resolu_sur=resolved.faits.sinistre if resolved else None,
        resolu_par=resolved.faits.acteur if resolved else None,
        motif=resolved.personnel.motif if resolved and resolved.personnel else None,
    )
