"""Import a bordereau of encaissements: a line is compared, booked when it fits, kept for a person when it does not.

Each line has a stream of its own, and its class, the receipt, its ventilation and the recovery of the ledger are one
group: a line is taken whole or not at all, once. So an import that was killed resumes by being sent again, and a second
import of the same bordereau changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast
from uuid import UUID, uuid4

from commands.ports import Dossiers, Fact, Journal, Provenance, RecordedFact, Sujets
from commands.sinistre.recover import Cadre, RecoverHandler, cadre_of
from commands.sinistre.streams import Loaded, SinistreStreams
from ledger.bordereau.errors import (
    BordereauEnConflit,
    BordereauInconnu,
    EcartDejaResolu,
    LigneInconnue,
    LigneSansEcart,
)
from ledger.bordereau.events import (
    CLASSES_ENCAISSEES,
    BordereauReceived,
    BordereauRecuFaits,
    Classe,
    EcartBordereauResolved,
    EcartResoluFaits,
    EcartResoluPersonnel,
    LigneBordereauClassed,
    LigneBordereauFaits,
    Resolution,
)
from ledger.recours.rapprochement import classify
from ledger.references import stream_of_bordereau, stream_of_bordereau_line
from ledger.sinistre.decision import Etape, receive
from ledger.sinistre.errors import EtapeInvalide, SinistreInconnu, VersionPerimee
from ledger.sinistre.sinistre import evolve

MAISON = "assia/bordereaux"
"""Whose the events of bordereaux are: no member's number has a `/`, so the house's token is nobody's."""

LIGNES_MAX = 50_000
BLOCK_LINES = 200
"""How many lines are looked up together, and appended in one transaction at most."""

TRIES_MAX = 20
"""How often a line is decided anew because its sinistre changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneLue:
    """A line as it was read. `montant` is in cents, above 0."""

    ligne: str
    sinistre: str
    reference_paiement: str
    date_encaissement: date
    montant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bordereau:
    """A bordereau as it was read: at most LIGNES_MAX lines, no number twice."""

    reference: str
    lignes: tuple[LigneLue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneClassee:
    """Where a line landed; `is_new` is False when it was taken before."""

    lue: LigneLue
    classe: Classe
    raison: str | None
    encaissement: int | None
    is_new: bool


@dataclass(slots=True)
class _Open:
    """A sinistre under import: as it stands after the lines before, and what of its member receipts need."""

    loaded: Loaded
    cadre: Cadre


class BordereauHandler:
    """Takes bordereaux. Every method raises RecoursRefusal."""

    def __init__(self, journal: Journal, sujets: Sujets, dossiers: Dossiers) -> None:
        self._journal = journal
        self._sujets = sujets
        self._dossiers = dossiers
        self._streams = SinistreStreams(journal)
        self._recover = RecoverHandler(journal, dossiers)

    def preview(self, bordereau: Bordereau, provenance: Provenance, *, today: date) -> list[LigneClassee]:
        """Where each line would land; nothing is recorded. Raises BordereauEnConflit."""
        maison = self._sujets.resolve([MAISON], create=False).get(MAISON) or uuid4()
        self._receipt(bordereau, maison, provenance, is_recorded=False)
        taken: list[LigneClassee] = []
        opened: dict[str, _Open] = {}
        for block in _blocks(bordereau.lignes):
            known = self._known(bordereau, block)
            self._open(opened, [ligne for ligne in block if ligne.ligne not in known])
            for ligne in block:
                taken.append(
                    known[ligne.ligne]
                    if ligne.ligne in known
                    else self._take(bordereau, ligne, opened, provenance, maison, today)[0]
                )
        return taken

    def commit(
        self,
        bordereau: Bordereau,
        provenance: Provenance,
        *,
        today: date,
        progress: Callable[[int], None] = lambda _: None,
    ) -> list[LigneClassee]:
        """Take every line that was not taken before. Raises BordereauEnConflit.

        `progress` is called with how many lines are done.
        """
        maison = self._sujets.resolve([MAISON], create=True)[MAISON]
        self._receipt(bordereau, maison, provenance, is_recorded=True)
        taken: list[LigneClassee] = []
        opened: dict[str, _Open] = {}
        for block in _blocks(bordereau.lignes):
            known = self._known(bordereau, block)
            self._open(opened, [ligne for ligne in block if ligne.ligne not in known])
            new = [ligne for ligne in block if ligne.ligne not in known]
            for together in _apart(new):
                known |= self._append(bordereau, together, opened, provenance, maison, today)
            taken += [known[ligne.ligne] for ligne in block]
            progress(len(taken))
        return taken

    def resolve(
        self,
        bordereau: str,
        ligne: str,
        provenance: Provenance,
        *,
        resolution: Resolution,
        motif: str,
        sinistre: str | None = None,
    ) -> int | None:
        """Resolve a gap: book the line all the same (on `sinistre`, by default its own), or set it aside.

        Returns the number of the receipt, if any. Raises LigneSansEcart, EcartDejaResolu, and what booking raises.
        """
        if not motif.strip():
            raise EtapeInvalide("Dire pourquoi : résoudre un écart demande un motif.")
        facts = self._recorded_line(bordereau, ligne)
        classed = cast(LigneBordereauClassed, facts[0].event).faits
        if classed.classe in CLASSES_ENCAISSEES:
            raise LigneSansEcart
        if len(facts) > 1:
            raise EcartDejaResolu
        group: list[Fact] = []
        numero = None
        if resolution is Resolution.ENCAISSE:
            target = sinistre or classed.sinistre
            loaded = self._streams.load(target)
            cadre = cadre_of(self._dossiers.read(loaded.sujet).dossier, loaded.sinistre)
            # A person says that a double is a payment of its own: the line gives it a name.
            is_double = classed.classe is Classe.DOUBLE and target == classed.sinistre
            paiement = f"{bordereau}.{ligne}" if is_double else classed.reference_paiement
            etape = Etape(acteur=provenance.actor, le=classed.date_encaissement, motif=motif)
            recouvrement = receive(
                loaded.sinistre, classed.montant, etape, reference_paiement=paiement, ailleurs=cadre.ailleurs
            )
            group = self._recover.booking(loaded, cadre, recouvrement, provenance, paiement).facts
            numero = len(loaded.sinistre.encaissements) + 1
        resolved = EcartBordereauResolved(
            faits=EcartResoluFaits(
                bordereau=bordereau,
                acteur=provenance.actor,
                ligne=ligne,
                resolution=resolution,
                sinistre=(sinistre or classed.sinistre) if numero is not None else None,
                encaissement=numero,
            ),
            personnel=EcartResoluPersonnel(motif=motif),
        )
        stream = stream_of_bordereau_line(bordereau, ligne)
        own = self._streams.fact(resolved, provenance, stream=stream, sujet=facts[0].sujet, version=2)
        try:
            self._streams.append([own, *group], provenance)
        except VersionPerimee:
            if len(self._recorded_line(bordereau, ligne)) > 1:
                raise EcartDejaResolu from None
            raise
        return numero

    def _recorded_line(self, bordereau: str, ligne: str) -> Sequence[RecordedFact]:
        """The events of a line. Raises BordereauInconnu, LigneInconnue."""
        stream, of_bordereau = stream_of_bordereau_line(bordereau, ligne), stream_of_bordereau(bordereau)
        recorded = self._journal.load([stream, of_bordereau])
        if of_bordereau not in recorded:
            raise BordereauInconnu
        if stream not in recorded:
            raise LigneInconnue
        return recorded[stream]

    def _receipt(self, bordereau: Bordereau, maison: UUID, provenance: Provenance, *, is_recorded: bool) -> None:
        """Record that the bordereau came, or find that it had. Raises BordereauEnConflit for other content."""
        faits = BordereauRecuFaits(
            bordereau=bordereau.reference,
            acteur=provenance.actor,
            lignes=len(bordereau.lignes),
            total=sum(ligne.montant for ligne in bordereau.lignes),
        )
        stream = stream_of_bordereau(bordereau.reference)
        content = repr(sorted(bordereau.lignes, key=lambda ligne: ligne.ligne)).encode()
        fact = self._streams.fact(
            BordereauReceived(faits=faits), provenance, stream=stream, sujet=maison, version=1, content=content
        )
        recorded = self._journal.load([stream]).get(stream)
        if recorded is None and is_recorded:
            [position] = self._journal.append(self._journal.seal([[fact]], [provenance]))
            recorded = None if position is not None else self._journal.load([stream])[stream]
        if recorded is not None and recorded[0].empreinte != fact.empreinte:
            raise BordereauEnConflit

    def _known(self, bordereau: Bordereau, block: Sequence[LigneLue]) -> dict[str, LigneClassee]:
        """The lines that were taken before, by their number."""
        streams = {stream_of_bordereau_line(bordereau.reference, ligne.ligne): ligne for ligne in block}
        recorded = self._journal.load(list(streams))
        return {
            streams[stream].ligne: _classed(streams[stream], cast(LigneBordereauClassed, facts[0].event).faits)
            for stream, facts in recorded.items()
        }

    def _open(self, opened: dict[str, _Open], lignes: Sequence[LigneLue]) -> None:
        """Load the sinistres of these lines that are not at hand."""
        missing = {ligne.sinistre for ligne in lignes} - opened.keys()
        if not missing:
            return
        loaded = self._streams.load_all(missing)
        lectures = self._dossiers.read_all({found.sujet for found in loaded.values()})
        for reference, found in loaded.items():
            cadre = cadre_of(lectures[found.sujet].dossier, found.sinistre)
            opened[reference] = _Open(loaded=found, cadre=cadre)

    def _take(
        self,
        bordereau: Bordereau,
        ligne: LigneLue,
        opened: Mapping[str, _Open],
        provenance: Provenance,
        maison: UUID,
        today: date,
    ) -> tuple[LigneClassee, list[Fact]]:
        """A line's class and its group; the sinistre at hand goes on as if it were recorded."""
        at_hand = opened.get(ligne.sinistre)
        classe, raison = classify(
            at_hand.loaded.sinistre if at_hand else None,
            montant=ligne.montant,
            date_encaissement=ligne.date_encaissement,
            reference_paiement=ligne.reference_paiement,
            recu_ailleurs=sum(at_hand.cadre.ailleurs.values()) if at_hand else 0,
            today=today,
        )
        group: list[Fact] = []
        numero = None
        if at_hand is not None and classe in CLASSES_ENCAISSEES:
            numero = len(at_hand.loaded.sinistre.encaissements) + 1
            try:
                group = self._book(bordereau, ligne, at_hand, provenance)
            except SinistreInconnu:
                classe, raison, numero = Classe.NON_RAPPROCHE, "adherent_efface", None
        faits = LigneBordereauFaits(
            bordereau=bordereau.reference,
            acteur=provenance.actor,
            ligne=ligne.ligne,
            sinistre=ligne.sinistre,
            reference_paiement=ligne.reference_paiement,
            date_encaissement=ligne.date_encaissement,
            montant=ligne.montant,
            classe=classe,
            raison=raison,
            encaissement=numero,
        )
        stream = stream_of_bordereau_line(bordereau.reference, ligne.ligne)
        own = self._streams.fact(LigneBordereauClassed(faits=faits), provenance, stream=stream, sujet=maison, version=1)
        return replace(_classed(ligne, faits), is_new=True), [own, *group]

    def _book(self, bordereau: Bordereau, ligne: LigneLue, at_hand: _Open, provenance: Provenance) -> list[Fact]:
        etape = Etape(acteur=provenance.actor, le=ligne.date_encaissement, motif=f"bordereau {bordereau.reference}")
        loaded = at_hand.loaded
        recouvrement = receive(
            loaded.sinistre,
            ligne.montant,
            etape,
            reference_paiement=ligne.reference_paiement,
            ailleurs=at_hand.cadre.ailleurs,
        )
        booking = self._recover.booking(loaded, at_hand.cadre, recouvrement, provenance, ligne.reference_paiement)
        sinistre = loaded.sinistre
        for event in booking.steps:
            sinistre = evolve(sinistre, event)
        at_hand.loaded = replace(loaded, sinistre=sinistre)
        return booking.facts

    def _append(
        self,
        bordereau: Bordereau,
        lignes: Sequence[LigneLue],
        opened: dict[str, _Open],
        provenance: Provenance,
        maison: UUID,
        today: date,
    ) -> dict[str, LigneClassee]:
        """Record lines of different sinistres in one transaction; those whose sinistre had changed are decided anew."""
        taken: dict[str, LigneClassee] = {}
        waiting = list(lignes)
        for _ in range(TRIES_MAX):
            decided = [self._take(bordereau, ligne, opened, provenance, maison, today) for ligne in waiting]
            sealed = self._journal.seal([group for _, group in decided], [provenance] * len(decided))
            positions = self._journal.append(sealed)
            taken |= {
                classee.lue.ligne: classee
                for (classee, _), position in zip(decided, positions, strict=True)
                if position is not None
            }
            waiting = [ligne for ligne in waiting if ligne.ligne not in taken]
            if not waiting:
                return taken
            # Somebody took the line, or changed its sinistre: what is at hand of it is no longer true.
            for ligne in waiting:
                opened.pop(ligne.sinistre, None)
            self._open(opened, waiting)
            taken |= self._known(bordereau, waiting)
            waiting = [ligne for ligne in waiting if ligne.ligne not in taken]
        raise VersionPerimee


def _classed(ligne: LigneLue, faits: LigneBordereauFaits) -> LigneClassee:
    return LigneClassee(
        lue=ligne, classe=faits.classe, raison=faits.raison, encaissement=faits.encaissement, is_new=False
    )


def _blocks(lignes: Sequence[LigneLue]) -> Iterator[Sequence[LigneLue]]:
    for start in range(0, len(lignes), BLOCK_LINES):
        yield lignes[start : start + BLOCK_LINES]


def _apart(lignes: Sequence[LigneLue]) -> Iterator[list[LigneLue]]:
    """Lines in order, cut so that no sinistre comes twice in one piece.

    Of two groups of one sinistre in one transaction, the second would stand without the first where that one fails.
    """
    together: list[LigneLue] = []
    seen: set[str] = set()
    for ligne in lignes:
        if ligne.sinistre in seen:
            yield together
            together, seen = [], set()
        together.append(ligne)
        seen.add(ligne.sinistre)
    if together:
        yield together
