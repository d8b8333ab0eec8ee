"""Members to render: those of the sample portfolio, folded in memory, and one whose every text is odd."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from commands.events_of import event_of
from commands.intake.parse import parse
from ledger.adherent.events import AdherentPersonnel, AdherentRegistered
from ledger.dossier import Dossier, Identite
from ledger.events import Event
from readmodels.pieces import pieces_of
from readmodels.releve import releve
from readmodels.renderings.titulaire import Titulaire, titulaire_of
from readmodels.vues import Piece, Releve
from tests.sample.feeds import read_feed
from tests.support.examples import NUMERO, adherent, annulation, prestation, ro, smi
from tests.support.feed import encode
from tests.support.given import given

SEED, TODAY = 4, date(2026, 11, 22)
SAMPLE = 100
ANNEES = (2025, 2026)

ODD = (
    '=HYPERLINK("http://x","y")',
    "+33600000000",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "<script>alert(1)</script>",
    '#import "x.typ"',
    "*gras* _souligné_ $x^2$ `brut` #sys.inputs <ref> @ref // = titre",
    '"; \\ "',
    "a;b;c",
    "Élodie d'Arc — « œuvre » 1\u202f234 €",
    "שלום עולם",
    "مرحبا",
    "\u202eevil\u202c",
    "😀 👩\u200d⚕️",
    "中文",
    "ｗｉｄｅ",
    "e\u0301\u0323 \u0489",
    "_x0041_ \ufffe",
    " ",
    "\u0000\u0007",
    "https://exemple.fr/clic",
    "mailto:a@b.fr",
    "{{ 7*7 }} ${x} %s",
    "’’–…",
)
"""Texts that a format may run, break on, or lack the letters of. Each is short enough for every field of the feed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendered:
    """Everything that a rendering takes. Each is itself, so that a statement is made once for all tests."""

    numero: str
    dossier: Dossier
    registration: AdherentPersonnel | None

    @property
    def titulaire(self) -> Titulaire | None:
        return titulaire_of(self.registration)

    def releve(self, annee: int = 2026) -> Releve:
        return _releve(self, annee)

    def pieces(self, annee: int = 2026) -> dict[Identite, Piece]:
        return pieces_of(self.dossier, self.releve(annee))


@cache
def _releve(member: Rendered, annee: int) -> Releve:
    return releve(member.dossier, numero_adherent=member.numero, annee=annee)


def rendered(*events: Event, numero: str = NUMERO) -> Rendered:
    """A member of whom these are recorded; of several registrations the last one holds."""
    registrations = [event.personnel for event in events if isinstance(event, AdherentRegistered)]
    return Rendered(
        numero=numero,
        dossier=given(*events).dossier,
        registration=registrations[-1] if registrations else None,
    )


@cache
def sample_members() -> Sequence[Rendered]:
    """The first members of the sample portfolio, every message of theirs recorded."""
    feed = read_feed(SEED, TODAY, SAMPLE)
    return [_sample_member(numero, messages) for numero, messages in feed.by_member().items()][:SAMPLE]


def largest_member() -> Rendered:
    """The one with most décomptes."""
    return max(sample_members(), key=lambda member: len(member.dossier.decomptes))


def _sample_member(numero: str, messages: list[dict[str, Any]]) -> Rendered:
    events = {}
    for message in messages:
        # As the ledger does: the first one of an identity is recorded.
        events.setdefault((message["emetteur"], message["reference"]), event_of(parse(encode(message))))
    return rendered(*events.values(), numero=numero)


def odd_member(texte: str) -> Rendered:
    """A member with this text in every free field of the feed: names, act, label, reasons, display name."""
    paid = ro(prestation(acte=texte[:20], libelle=texte), organisme=texte)
    more = smi(prestation(900, acte=texte[:20], libelle=texte, motif=texte), organisme=texte, virement=texte)
    return rendered(
        paid,
        more,
        annulation(more, motif=texte),
        adherent(nom=texte, prenom=texte),
    )


def every_line(view: Releve) -> Iterator[tuple[Any, Any]]:
    """Each line of a statement with its décompte."""
    return ((decompte, ligne) for decompte in view.decomptes for ligne in decompte.lignes)
