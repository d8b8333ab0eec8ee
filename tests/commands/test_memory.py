"""The adapters in memory keep the promises that the real ones keep."""

import pytest

from tests.support.memory import MemoryJournal, MemoryQuarantine, MemorySujets
from tests.support.promises import JournalPromises, QuarantainePromises, SujetsPromises


class TestMemoryJournal(JournalPromises):
    @pytest.fixture
    def journal(self) -> MemoryJournal:
        return MemoryJournal()

    @pytest.fixture
    def sujets(self) -> MemorySujets:
        return MemorySujets()


class TestMemorySujets(SujetsPromises):
    @pytest.fixture
    def sujets(self) -> MemorySujets:
        return MemorySujets()


class TestMemoryQuarantine(QuarantainePromises):
    @pytest.fixture
    def quarantaine(self) -> MemoryQuarantine:
        return MemoryQuarantine()
