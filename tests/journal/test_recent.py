"""What is remembered of the streams that went by."""

import pytest

from infra.journal import recent
from infra.journal.placing import Wanted
from infra.journal.recent import RecentStreams
from infra.journal.sealed import SealedEvent


def test_the_latest_are_known_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "STREAMS_MAX", 4)
    groups = [[SealedEvent(bytes([number]) * 16, 1, "sujet.essai", b"{}")] for number in range(10)]
    seen = RecentStreams()
    seen.add(Wanted(groups))
    assert seen.known(Wanted(groups)) is None  # nothing has come twice yet
    seen.begin()
    for group in groups:
        assert seen.known(Wanted([group])) == set()
        seen.add(Wanted([group]))
        assert seen.known(Wanted([group])) == {group[0].stream}
    assert seen.known(Wanted(groups)) == {group[0].stream for group in groups[4:]}
