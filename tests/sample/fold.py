"""The reste à charge of every soin of a feed, by the text of section 3 of the domain notes, for tests of the sample.

Everything is read at once, whatever the order: the sample is judged by where it ends, not by how it arrives.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from tests.sample.feeds import Feed, Ligne, Message, read_feed

DEDUCTIONS = ("participation_forfaitaire", "franchise", "majoration_hors_parcours")
PAYERS = ("regime_obligatoire", "smi", "autre_mutuelle")

SoinKey = tuple[str, str]


@dataclass
class Split:
    """One soin: what each payer paid, its dépense, what stays; amounts in cents."""

    paid: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PAYERS, 0))
    non_couvert: int = 0
    depense: int = 0
    stated: dict[str, int] = field(default_factory=dict)
    acte: str = ""
    times_stated: int = 0
    """Décomptes of one payer that state the dépense: above 1, that payer paid or corrected it again."""

    @property
    def total_paid(self) -> int:
        return sum(self.paid.values())

    @property
    def trop_percu(self) -> int:
        return max(0, self.total_paid - (self.depense - self.non_couvert))

    @property
    def reste_a_charge(self) -> int:
        return self.depense - self.total_paid + self.trop_percu


@cache
def read_splits(seed: int, today: date, members: int) -> dict[SoinKey, Split]:
    """The splits of a feed, folded once for all tests."""
    return fold(read_feed(seed, today, members))


def fold(feed: Feed) -> dict[SoinKey, Split]:
    """The split of every soin over the décomptes in force."""
    in_force = decomptes_in_force(feed)
    lines = {(d["emetteur"], d["reference"], ligne["ligne"]): ligne for d in in_force for ligne in d["lignes"]}
    splits: dict[SoinKey, Split] = defaultdict(Split)
    expenses: dict[SoinKey, list[tuple[int, str, list[int]]]] = defaultdict(list)
    deductions: dict[SoinKey, int] = defaultdict(int)
    for decompte in in_force:
        of_decompte: dict[SoinKey, list[int]] = defaultdict(list)
        for ligne in decompte["lignes"]:
            if ligne["nature"] == "indemnite":
                continue
            key = (decompte["numero_adherent"], _soin_of(ligne, lines))
            splits[key].paid[decompte["payeur"]] += ligne["montant"]
            if ligne["nature"] in DEDUCTIONS:
                deductions[key] += ligne["montant"]
            if ligne["nature"] == "prestation":
                splits[key].acte = ligne["acte"]
                of_decompte[key].append(ligne["depense"])
        for key, amounts in of_decompte.items():
            expenses[key].append((decompte["rang"], decompte["payeur"], amounts))
    for key, split in splits.items():
        split.non_couvert = max(0, -deductions[key])
        split.stated = _stated(expenses[key])
        split.times_stated = max(Counter(payer for _, payer, _ in expenses[key]).values(), default=0)
        positive = [depense for depense in split.stated.values() if depense > 0]
        split.depense = positive[0] if positive else 0 if split.stated else split.total_paid + split.non_couvert
    return splits


def decomptes_in_force(feed: Feed) -> list[Message]:
    """The décomptes that no annulation took back."""
    cancelled = {(annulation["emetteur"], annulation["annule"]) for annulation in feed.annulations}
    return [d for d in feed.decomptes if (d["emetteur"], d["reference"]) not in cancelled]


def _soin_of(ligne: Ligne, lines: dict[tuple[str, str, str], Ligne]) -> str:
    if ligne["nature"] in DEDUCTIONS and "ligne_origine" in ligne:
        origine = ligne["ligne_origine"]
        source = lines.get((origine["emetteur"], origine["reference"], origine["ligne"]), ligne)
        return str(source["soin"])
    return str(ligne["soin"])


def _stated(expenses: list[tuple[int, str, list[int]]]) -> dict[str, int]:
    """The dépense of each payer that states one, by rang."""
    stated: dict[str, int] = {}
    for _, payer in sorted({(rang, payer) for rang, payer, _ in expenses}):
        amounts = [of_one for _, name, of_one in expenses if name == payer]
        signed = sum(sum(of_one) for of_one in amounts)
        largest = max(sum(depense for depense in of_one if depense > 0) for of_one in amounts)
        stated[payer] = min(signed, largest)
    return stated
