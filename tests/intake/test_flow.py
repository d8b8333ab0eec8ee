"""A whole feed: batches of bounded size, totals that always add up, progress."""

from hypothesis import given
from hypothesis import strategies as st

from commands.intake.take import Incoming, Outcome, Statut
from infra.bootstrap import Services
from infra.intake.flow import BATCH_BYTES_MAX, BATCH_LINES_MAX, REJETS_SHOWN_MAX, Batches, Totals, take_flow
from ledger.errors import JsonInvalide, TotalIncoherent
from tests.support.ledger import PROVENANCE, SOURCE, annulation, decompte, encode


def take(services: Services, *chunks: bytes, dry_run: bool = False) -> Totals:
    return take_flow(chunks, intake=services.intake, source=SOURCE, provenance=PROVENANCE, dry_run=dry_run)


def test_a_feed_is_taken_with_every_outcome_counted(services: Services) -> None:
    lines = [encode(decompte()), b"{", encode(decompte()), encode(annulation("R-9")), encode(decompte(total=1)), b""]
    totals = take(services, b"\n".join(lines))
    assert (totals.enregistres, totals.deja_enregistres, totals.en_attente, totals.en_quarantaine) == (1, 1, 1, 2)
    assert totals.recus == 5
    assert totals.par_code == {"json_invalide": 1, "total_incoherent": 1}
    assert [(rejet.ligne, rejet.code) for rejet in totals.rejets] == [(2, "json_invalide"), (5, "total_incoherent")]


def test_a_feed_cut_into_single_bytes_is_the_same_feed(services: Services) -> None:
    content = b"\n".join(encode(decompte(f"R-{number}")) for number in range(3))
    totals = take(services, *(content[index : index + 1] for index in range(len(content))))
    assert (totals.recus, totals.enregistres, totals.octets) == (3, 3, len(content))


def test_a_rehearsal_counts_and_records_nothing(services: Services) -> None:
    totals = take(services, encode(decompte()) + b"\n{", dry_run=True)
    assert (totals.enregistres, totals.en_quarantaine) == (1, 1)
    assert services.journal.position() == 0
    assert services.quarantine.page(limit=1).elements == []


def test_progress_is_told_after_every_batch(services: Services) -> None:
    lines = [encode(decompte(f"R-{number}")) + b"\n" for number in range(BATCH_LINES_MAX + 1)]
    told: list[int] = []
    take_flow(lines, intake=services.intake, source=SOURCE, provenance=PROVENANCE, progress=told.append)
    assert told == [sum(map(len, lines[:BATCH_LINES_MAX])), sum(map(len, lines))]


def test_a_batch_is_bounded_in_lines_and_in_bytes() -> None:
    batches = Batches()
    many = list(batches.feed(b"{}\n" * (2 * BATCH_LINES_MAX + 1)))
    assert [len(batch) for batch in many] == [BATCH_LINES_MAX, BATCH_LINES_MAX]
    large = b"x" * (BATCH_BYTES_MAX // 2)
    assert [len(batch) for batch in batches.feed((large + b"\n") * 4)] == [3, 2]
    assert list(batches.finish()) == []


_OUTCOMES = st.builds(
    lambda statut, ligne: Outcome(
        statut=statut,
        ligne=ligne,
        refusal=(JsonInvalide() if ligne % 2 else TotalIncoherent()) if statut is Statut.EN_QUARANTAINE else None,
    ),
    st.sampled_from(Statut),
    st.integers(1, 10**6),
)


@given(st.lists(st.lists(_OUTCOMES, max_size=80), max_size=5))
def test_totals_always_add_up(batches: list[list[Outcome]]) -> None:
    totals = Totals()
    for batch in batches:
        totals.add(batch)
    assert totals.recus == sum(map(len, batches))
    assert totals.recus == (totals.enregistres + totals.deja_enregistres + totals.en_attente + totals.en_quarantaine)
    assert totals.par_code.total() == totals.en_quarantaine
    assert len(totals.rejets) == min(totals.en_quarantaine, REJETS_SHOWN_MAX)


@given(st.lists(st.binary(min_size=1, max_size=5).map(lambda raw: b"{" + raw.replace(b"\n", b"n")), max_size=1200))
def test_no_line_is_lost_between_batches(lines: list[bytes]) -> None:
    batches = Batches()
    taken: list[Incoming] = [i for batch in batches.feed(b"\n".join(lines)) for i in batch]
    taken += [i for batch in batches.finish() for i in batch]
    assert [incoming.ligne for incoming in taken] == list(range(1, len(lines) + 1))
