"""The journal's promises: gapless order for a tailing reader, one winner per stream, an outcome per group."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresDatastore, PostgresSubscription

from infra.journal.keyring import Keyring
from infra.journal.recorder import COPY_FROM_EVENTS, JournalAltered, JournalRecorder, sealed_events
from infra.postgres.datastore import open_datastore
from tests.support.ledger import MASTER_KEY


@pytest.fixture
def datastore(database_url: str) -> Iterator[PostgresDatastore]:
    with open_datastore(database_url) as opened:
        yield opened


@pytest.fixture(params=["as usual", "copy alone", "statements alone"])
def recorder(
    request: pytest.FixtureRequest, datastore: PostgresDatastore, monkeypatch: pytest.MonkeyPatch
) -> JournalRecorder:
    """The recorder; each way of writing must keep every promise by itself."""
    copy_from = {"copy alone": 1, "statements alone": 2**31}.get(request.param, COPY_FROM_EVENTS)
    monkeypatch.setattr("infra.journal.recorder.COPY_FROM_EVENTS", copy_from)
    made = JournalRecorder(datastore, Keyring(MASTER_KEY))
    made.create_table()
    return made


def event(stream: UUID | None = None, version: int = 1) -> StoredEvent:
    return StoredEvent(stream or uuid4(), version, "sujet.essai", b'{"a": 1}')


def append(recorder: JournalRecorder, groups: Sequence[Sequence[StoredEvent]]) -> list[int | None]:
    return recorder.append([sealed_events(group) for group in groups])


def positions(recorder: JournalRecorder) -> list[int]:
    return [n.id for n in recorder.select_notifications(start=1, limit=1_000_000)]


@pytest.mark.parametrize("size", [1, COPY_FROM_EVENTS - 1, COPY_FROM_EVENTS, 1000])
def test_a_group_gets_the_next_positions_without_a_gap(recorder: JournalRecorder, size: int) -> None:
    recorder.insert_events([event()])
    assert recorder.insert_events([event() for _ in range(size)]) == list(range(2, size + 2))
    assert positions(recorder) == list(range(1, size + 2))


@pytest.mark.parametrize("size", [4, 400])
def test_one_repeat_in_a_batch_does_not_fail_its_neighbours(recorder: JournalRecorder, size: int) -> None:
    known = event()
    recorder.insert_events([known])
    groups = [[event()] for _ in range(size)]
    groups[size // 2] = [known]
    outcomes = append(recorder, groups)
    assert outcomes[size // 2] is None
    assert [p for p in outcomes if p is not None] == list(range(2, size + 1))
    assert positions(recorder) == list(range(1, size + 1))


@pytest.mark.parametrize("size", [4, 400])
def test_a_repeat_of_what_came_lately_is_asked_about_before_anything_fails(
    recorder: JournalRecorder, datastore: PostgresDatastore, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    failures: list[Exception] = []
    known, twice = event(), event()
    assert append(recorder, [[known]]) == [1]
    assert append(recorder, [[known]]) == [None]  # from here on it is known that things come twice
    monkeypatch.setattr(JournalRecorder, "_expect_a_repeat", lambda _, error: failures.append(error))
    assert append(recorder, [[event()] for _ in range(size)] + [[known], [twice], [twice]])[-3:] == [
        None,
        size + 2,
        None,
    ]
    assert append(recorder, [[known], [twice]]) == [None, None]
    assert failures == []
    other = JournalRecorder(datastore, Keyring(MASTER_KEY))  # knows nothing of what came before
    monkeypatch.undo()
    assert append(other, [[event()] for _ in range(size)] + [[known], [event()]])[-2:] == [None, 2 * size + 3]


@pytest.mark.parametrize("recorder", ["as usual"], indirect=True)
def test_a_feed_sent_again_fails_once_and_is_asked_about_from_then_on(
    recorder: JournalRecorder, datastore: PostgresDatastore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = JournalRecorder._expect_a_repeat, []

    def expect(self: JournalRecorder, error: IntegrityError) -> None:
        failures.append(error)
        real(self, error)

    monkeypatch.setattr(JournalRecorder, "_expect_a_repeat", expect)
    feed = [[[event()] for _ in range(COPY_FROM_EVENTS)] for _ in range(6)]
    for batch in feed[:5]:
        append(recorder, batch)
    other = JournalRecorder(datastore, Keyring(MASTER_KEY))
    for batch in feed[:5]:
        assert append(other, batch) == [None] * COPY_FROM_EVENTS
    assert len(failures) == 1
    assert append(other, feed[5]) == list(range(5 * COPY_FROM_EVENTS + 1, 6 * COPY_FROM_EVENTS + 1))
    assert append(recorder, feed[5]) == [None] * COPY_FROM_EVENTS


@pytest.mark.parametrize("recorder", ["as usual"], indirect=True)
def test_a_hundred_thousand_events_in_one_call(recorder: JournalRecorder) -> None:
    """No size hangs; one of them is known already, and does not fail its neighbours."""
    known = event()
    recorder.insert_events([known])
    many = [event() for _ in range(100_000)]
    assert recorder.insert_events(many) == list(range(2, 100_002))
    again = [*[event() for _ in range(99_999)], known]
    outcomes = append(recorder, [[one] for one in again])
    assert outcomes == [*range(100_002, 200_001), None]


def test_of_two_groups_that_begin_one_stream_the_first_wins(recorder: JournalRecorder) -> None:
    stream = uuid4()
    assert append(recorder, [[event(stream)], [event(stream)], [event()]]) == [1, None, 2]


def test_a_group_goes_in_whole_or_not_at_all(recorder: JournalRecorder) -> None:
    known = event()
    recorder.insert_events([known])
    other = event()
    assert append(recorder, [[other, known]]) == [None]
    assert append(recorder, [[other]]) == [2]


def test_a_refused_attempt_leaves_no_gap(recorder: JournalRecorder) -> None:
    known = event()
    recorder.insert_events([known])
    for _ in range(5):
        with pytest.raises(IntegrityError):
            recorder.insert_events([event(), known])
    assert recorder.insert_events([event()]) == [2]


def test_a_lost_acknowledgement_shows_as_already_there(
    recorder: JournalRecorder, datastore: PostgresDatastore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit went through, its answer did not come back: the attempt is repeated and finds its own work."""
    real = JournalRecorder._append
    losses = iter([True])

    def losing(self: JournalRecorder, *args: object, **kwargs: object) -> object:
        result = real(self, *args, **kwargs)  # type: ignore[arg-type]
        if next(losses, False):
            raise OperationalError("connection lost after COMMIT")
        return result

    monkeypatch.setattr(JournalRecorder, "_append", losing)
    assert append(recorder, [[event()], [event()]]) == [None, None]
    assert positions(recorder) == [1, 2]


def test_sixteen_writers_of_one_stream_leave_one_event(recorder: JournalRecorder) -> None:
    one = event()
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda _: append(recorder, [[one]])[0], range(16)))
    assert sorted(outcomes, key=lambda p: p is None) == [1, *[None] * 15]


@pytest.mark.parametrize("page", [1, 7, 100])
def test_a_tailing_reader_sees_every_committed_event_once_and_in_order(recorder: JournalRecorder, page: int) -> None:
    """Eight writers, singles and batches and failures mixed, while a reader follows by pages."""
    done = Event()
    known = event()
    recorder.insert_events([known])

    def write(writer: int) -> set[UUID]:
        written = set()
        for turn in range(25):
            batch = [event() for _ in range((1, 3, 40)[(writer + turn) % 3])]
            recorder.insert_events(batch)
            written |= {e.originator_id for e in batch if isinstance(e.originator_id, UUID)}
            with pytest.raises(IntegrityError):
                recorder.insert_events([event(), known])
        return written

    def tail() -> list[tuple[int, UUID | str]]:
        seen: list[tuple[int, UUID | str]] = []
        while True:
            is_last_turn = done.is_set()
            last = seen[-1][0] if seen else None
            found = recorder.select_notifications(start=last, limit=page, inclusive_of_start=False)
            seen += [(n.id, n.originator_id) for n in found]
            if is_last_turn and not found:
                return seen

    with ThreadPoolExecutor(9) as threads:
        reader = threads.submit(tail)
        written = set().union(*threads.map(write, range(8)))
        done.set()
        seen = reader.result()
    assert [position for position, _ in seen] == list(range(1, len(written) + 2))
    assert {stream for _, stream in seen} == written | {known.originator_id}


def test_instants_never_go_back_along_positions(recorder: JournalRecorder, datastore: PostgresDatastore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: recorder.insert_events([event()]), range(64)))
    with datastore.get_connection() as connection:
        rows = connection.execute("SELECT recorded_at FROM stored_events ORDER BY notification_id").fetchall()
    instants = [row["recorded_at"] for row in rows]
    assert instants == sorted(instants)


@pytest.mark.parametrize("change", ["position = position + 5", "position = 0", "recorded_at = now()", "mac = '\\x00'"])
def test_nothing_is_appended_behind_a_head_that_was_altered(
    recorder: JournalRecorder, datastore: PostgresDatastore, change: str
) -> None:
    recorder.insert_events([event()])
    with datastore.transaction(commit=True) as cursor:
        cursor.execute(f"UPDATE journal_head SET {change}")  # type: ignore[arg-type]
    with pytest.raises(JournalAltered):
        recorder.insert_events([event()])


def test_appending_does_not_wait_for_a_vacuum(recorder: JournalRecorder, database_url: str) -> None:
    """The lock is on the head's row: what autovacuum takes on the table does not stand in the way."""
    recorder.insert_events([event()])
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE stored_events IN SHARE UPDATE EXCLUSIVE MODE")
        other.execute("SELECT 1")
        assert recorder.insert_events([event()]) == [2]


def test_a_subscriber_meets_what_came_before_it_listened(
    recorder: JournalRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look is over and nobody listens yet: no notice of this event will ever come."""
    listen, is_recorded = PostgresSubscription._listen, Event()

    def listen_late(subscription: PostgresSubscription) -> None:
        is_recorded.wait(30)
        listen(subscription)

    monkeypatch.setattr(PostgresSubscription, "_listen", listen_late)
    recorder.insert_events([event()])
    with recorder.subscribe(gt=0) as subscription:
        assert next(subscription).id == 1
        recorder.insert_events([event()])
        is_recorded.set()
        assert next(subscription).id == 2
