"""Declare a sinistre: by the member, by Assia, or by a person who takes up a suggestion of the detection."""

import base64
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commands.ports import Journal, Provenance, Sujets
from commands.sinistre.streams import SinistreStreams, Taken
from ledger.references import stream_of_sinistre
from ledger.sinistre.decision import declare
from ledger.sinistre.errors import SinistreEfface, SinistreEnConflit
from ledger.sinistre.etats import Circonstance, OrigineSinistre
from ledger.sinistre.events import SinistreDeclareFaits, SinistreDeclarePersonnel, TiersResponsable

_REFERENCE_CHARACTERS = 12
"""60 bits of a keyed hash: two declarations never meet by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareSinistre:
    """What is told of an accident. The same `cle` of the same member names one declaration, however often it is sent.

    `reference`: the name that Assia, or a feed, already gave it; by default one is made from the key.
    """

    numero_adherent: str
    cle: str
    origine: OrigineSinistre
    le: date
    beneficiaire: str
    date_accident: date
    circonstance: Circonstance
    lieu: str | None = None
    recit: str | None = None
    blessures: str | None = None
    tiers: TiersResponsable | None = None
    soins: tuple[str, ...] = ()
    reference: str | None = None


class DeclareSinistreHandler:
    """Records declarations."""

    def __init__(self, journal: Journal, sujets: Sujets) -> None:
        self._journal = journal
        self._sujets = sujets
        self._streams = SinistreStreams(journal)

    def handle(self, command: DeclareSinistre, provenance: Provenance) -> Taken:
        """Record the declaration, or find it. Raises SinistreEnConflit for another one under the key or reference.

        Raises SinistreEfface for a member who was forgotten.
        """
        sujet = self._sujets.resolve([command.numero_adherent], create=True)[command.numero_adherent]
        if self._sujets.is_erased(sujet):
            raise SinistreEfface
        reference = command.reference or self.reference_of(sujet, command.cle)
        event = declare(
            SinistreDeclareFaits(
                sinistre=reference,
                acteur=provenance.actor,
                date=command.le,
                origine=command.origine,
                beneficiaire=command.beneficiaire,
                date_accident=command.date_accident,
                soins=command.soins,
            ),
            SinistreDeclarePersonnel(
                numero_adherent=command.numero_adherent,
                circonstance=command.circonstance,
                lieu=command.lieu,
                recit=command.recit,
                blessures=command.blessures,
                tiers=command.tiers,
            ),
        )
        stream = stream_of_sinistre(reference)
        fact = self._streams.fact(
            event, provenance, stream=stream, sujet=sujet, version=1, content=_content(sujet, command)
        )
        [position] = self._journal.append(self._journal.seal([[fact]], [provenance]))
        if position is not None:
            return Taken(reference=reference, version=1, position=position)
        recorded = self._journal.load([stream])[stream]
        if recorded[0].empreinte != fact.empreinte:
            raise SinistreEnConflit
        return Taken(reference=reference, version=recorded[-1].version, position=None)

    def reference_of(self, sujet: UUID, cle: str) -> str:
        """The reference of a member's declaration under a key: keyed, so that nobody guesses another's."""
        empreinte = self._journal.empreinte(b"sinistre/" + sujet.bytes + cle.encode())
        return "SIN-" + base64.b32encode(empreinte).decode()[:_REFERENCE_CHARACTERS]


def _content(sujet: UUID, command: DeclareSinistre) -> bytes:
    """What makes two declarations the same: all but who sent it and on which day."""
    told = (
        command.origine,
        command.beneficiaire,
        command.date_accident,
        command.circonstance,
        command.lieu,
        command.recit,
        command.blessures,
        command.tiers,
        sorted(command.soins),
    )
    return sujet.bytes + repr(told).encode()
