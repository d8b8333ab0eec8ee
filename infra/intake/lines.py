"""From chunks of bytes to the numbered lines of a feed, in bounded memory."""

from commands.intake.take import Incoming

LINE_BYTES_MAX = 8 * 1024 * 1024
"""How much of one line is kept: far above what a message may be, so a longer one is refused all the same."""

_BLANKS = b" \t\r"


class LineReader:
    """Cuts a feed into messages. Blank lines are skipped but counted; the last line needs no newline.

    A carriage return before the newline belongs to the newline. Of a line longer than LINE_BYTES_MAX the first
    LINE_BYTES_MAX bytes are kept, and taken as the message: it is then refused as too large.
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._begun_bytes = 0
        self._ligne = 0

    def feed(self, chunk: bytes) -> list[Incoming]:
        """The lines that this chunk completes."""
        first, *others = chunk.split(b"\n")
        self._hold(first)
        if not others:
            return []
        rest = others.pop()
        ended = [self._end(), *[raw if len(raw) <= LINE_BYTES_MAX else raw[:LINE_BYTES_MAX] for raw in others]]
        numbers = range(self._ligne + 1, self._ligne + len(ended) + 1)
        self._ligne = numbers[-1]
        self._hold(rest)
        return [
            Incoming(raw[:-1] if raw[-1:] == b"\r" else raw, ligne)
            for raw, ligne in zip(ended, numbers, strict=True)
            if raw.strip(_BLANKS)
        ]

    def finish(self) -> list[Incoming]:
        """The last line, when no newline ended it."""
        return self.feed(b"\n") if self._begun else []

    def _hold(self, part: bytes) -> None:
        kept = part[: LINE_BYTES_MAX - self._begun_bytes]
        if kept:
            self._begun.append(kept)
            self._begun_bytes += len(kept)

    def _end(self) -> bytes:
        raw = self._begun[0] if len(self._begun) == 1 else b"".join(self._begun)
        self._begun, self._begun_bytes = [], 0
        return raw
