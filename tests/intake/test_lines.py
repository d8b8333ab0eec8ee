"""From bytes cut anywhere to numbered lines, in bounded memory."""

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from infra.intake.lines import LINE_BYTES_MAX, LineReader


def read(*chunks: bytes) -> list[tuple[int | None, bytes]]:
    reader = LineReader()
    found = [incoming for chunk in chunks for incoming in reader.feed(chunk)]
    return [(incoming.ligne, incoming.raw) for incoming in [*found, *reader.finish()]]


def test_blank_lines_are_skipped_but_counted() -> None:
    assert read(b"a\n\n \t\r\n\r\nb\n") == [(1, b"a"), (5, b"b")]


def test_the_last_line_needs_no_newline() -> None:
    assert read(b"a\nb") == read(b"a\nb\n") == [(1, b"a"), (2, b"b")]


def test_a_carriage_return_goes_with_its_newline() -> None:
    assert read(b"a\r\nb\r\r\n") == [(1, b"a"), (2, b"b\r")]


def test_nothing_gives_nothing() -> None:
    assert read() == read(b"") == read(b"\n") == []


@given(st.binary(max_size=200).map(lambda raw: raw.replace(b"x", b"\n")), st.data())
def test_where_the_chunks_are_cut_changes_nothing(content: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=10).map(sorted))
    chunks = [content[start:end] for start, end in pairwise([0, *cuts, len(content)])]
    assert b"".join(chunks) == content
    assert read(*chunks) == read(content)


@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda raw: b"\n" not in raw and raw.strip(b" \t\r"))))
def test_every_line_comes_out_as_it_went_in(lines: list[bytes]) -> None:
    expected = [(number, line.removesuffix(b"\r")) for number, line in enumerate(lines, 1)]
    assert read(b"\n".join(lines)) == expected


def test_a_line_at_the_limit_is_whole_and_one_above_is_cut() -> None:
    at, above = b"a" * LINE_BYTES_MAX, b"b" * (LINE_BYTES_MAX + 1)
    assert read(at + b"\n" + above + b"\nc") == [(1, at), (2, above[:-1]), (3, b"c")]


def test_an_endless_line_takes_bounded_memory() -> None:
    reader = LineReader()
    chunk = b"a" * 65536
    tracemalloc.start()
    for _ in range(2000):
        assert not list(reader.feed(chunk))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * LINE_BYTES_MAX
    [line] = reader.finish()
    assert len(line.raw) == LINE_BYTES_MAX
