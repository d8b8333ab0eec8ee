"""Sinistres and recoveries in one place: the commands and the reads, wired."""

from typing import Any

from commands.ports import Journal
from commands.recours.bordereau import MAISON, BordereauHandler
from commands.sinistre.declare import DeclareSinistreHandler
from commands.sinistre.follow import FollowSinistreHandler
from commands.sinistre.hold import HoldSoinsHandler
from commands.sinistre.recover import RecoverHandler
from commands.sinistre.streams import SinistreStreams
from infra.journal.members import MemberKeys
from infra.recours.lectures import MembreRecours, RecoursReads
from infra.recours.tenus import RecoursTenus
from readmodels.bordereaux import BordereauVue, ListeBordereaux, bordereau


class Recours:
    """What routes and pages work with. Synchronous: called in a thread."""

    def __init__(self, journal: Journal, members: MemberKeys, reads: RecoursReads, tenus: RecoursTenus) -> None:
        self.reads = reads
        self.tenus = tenus
        self._members = members
        self._streams = SinistreStreams(journal)
        self.declarations = DeclareSinistreHandler(journal, members)
        self.follow = FollowSinistreHandler(journal)
        self.hold = HoldSoinsHandler(journal, reads)
        self.recover = RecoverHandler(journal, reads)
        self.bordereaux = BordereauHandler(journal, members, reads)

    def member(self, numero: str) -> MembreRecours | None:
        """A member by her number, as known now; None for one that was never seen."""
        sujet = self._members.find(numero)
        return None if sujet is None else self.reads.members([sujet])[0]

    def state_of(self, reference: str) -> dict[str, Any]:
        """A sinistre as it stands in the journal now, for who was refused: version, state, attached soins."""
        sinistre = self._streams.load_all([reference])[reference].sinistre
        return {"version": sinistre.version, "etat": sinistre.etat, "soins": list(sinistre.soins)}

    def bordereau(self, reference: str) -> BordereauVue | None:
        """What became of a bordereau; None for an unknown one."""
        maison = self._members.find(MAISON)
        return None if maison is None else bordereau(self.reads.bordereau(maison, reference))

    def liste_bordereaux(self, limit: int) -> ListeBordereaux:
        """The bordereaux, the newest first."""
        maison = self._members.find(MAISON)
        return ListeBordereaux(elements=tuple(self.reads.bordereaux(maison, limit)) if maison is not None else ())
