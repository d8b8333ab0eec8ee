"""What is remembered of the streams that went by."""

import pytest

from infra.journal import recent
from infra.journal.recent import RecentStreams


def test_the_latest_are_known_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "STREAMS_MAX", 4)
    streams = [bytes([number]) * 16 for number in range(10)]
    seen = RecentStreams()
    for stream in streams:
        assert seen.known([stream]) == set()
        seen.add([stream])
        assert seen.known([stream]) == {stream}
    assert seen.known(streams) == set(streams[4:])
