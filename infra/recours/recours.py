"""Sinistres and recoveries in one place: the commands and the reads, wired."""

from commands.recours.bordereau import BordereauHandler

from commands.ports import Journal, Sujets
from commands.sinistre.declare import DeclareSinistreHandler
from commands.sinistre.follow import FollowSinistreHandler
from commands.sinistre.hold import HoldSoinsHandler
from commands.sinistre.recover import RecoverHandler
from infra.recours.lectures import RecoursReads


class Recours:
    """What routes and pages work with. Synchronous: called in a thread."""

    def __init__(self, journal: Journal, sujets: Sujets, reads: RecoursReads) -> None:
        self.reads = reads
        self.declarations = DeclareSinistreHandler(journal, sujets)
        self.follow = FollowSinistreHandler(journal)
        self.hold = HoldSoinsHandler(journal, reads)
        self.recover = RecoverHandler(journal, reads)
        self.bordereaux = BordereauHandler(journal, sujets, reads)
