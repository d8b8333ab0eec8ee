"""Random draws that are fetched many at a time: each is used once, whoever draws."""

from concurrent.futures import ThreadPoolExecutor

from infra.draws import Draws
from infra.trace import new_trace_id


def test_no_draw_comes_twice_in_one_thread_or_in_several() -> None:
    draws = Draws(size=12, at_once=5)
    with ThreadPoolExecutor(4) as threads:
        taken = [
            draw for drawn in threads.map(lambda _: [draws.draw() for _ in range(23)], range(40)) for draw in drawn
        ]
    assert {len(draw) for draw in taken} == {12}
    assert len(set(taken)) == len(taken) == 40 * 23


def test_trace_ids_are_thirty_two_digits_and_never_the_same() -> None:
    ids = [new_trace_id() for _ in range(1_000)]
    assert {len(bytes.fromhex(one)) for one in ids} == {16}
    assert len(set(ids)) == len(ids)
