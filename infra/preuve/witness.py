"""Asking a witness to cosign a checkpoint (C2SP tlog-witness): it checks that the log only grew since it last looked.

A witness that knows a longer log than ours, or answers that our tree does not begin with the one that it knows, says
that the past was rewritten: that is an alarm, not a failure of the network.
"""

import base64
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from infra.preuve.merkle import consistency_proof
from infra.preuve.note import KIND_COSIGNATURE, Checkpoint, Note, NoteRefused, Vkey, with_signatures
from infra.preuve.store import TileReader, narrowed
from infra.preuve.tuiles import node_from

TIMEOUT_SECONDS = 5.0
ANSWER_BYTES_MAX = 16 * 1024
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class WitnessAway(Exception):
    """The witness did not answer as its protocol says: it is asked again later."""


class WitnessDisagrees(Exception):
    """The witness knows another past than this log's: an alarm."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a witness is asked, and the key of its cosignatures."""

    url: str
    vkey: Vkey

    @classmethod
    def parse(cls, text: str) -> Self:
        """From « URL CLÉ ». Raises ValueError, in French."""
        url, _, key = text.strip().partition(" ")
        if re.fullmatch(r"https?://[!-~]+", url) is None:
            raise ValueError("« URL CLÉ » attendu, l'URL en http(s)")
        try:
            vkey = Vkey.parse(key.strip())
        except NoteRefused as refused:
            raise ValueError(str(refused)) from None
        if vkey.kind != KIND_COSIGNATURE:
            raise ValueError("la clé d'un témoin est celle de cosignatures Ed25519 (type 4)")
        return cls(url.rstrip("/"), vkey)

    def cosign(self, point: Checkpoint, note: bytes, tile: TileReader, *, known: int) -> str:
        """The line of its cosignature of a checkpoint. `known`: the size that it cosigned last, as far as we know.

        Raises WitnessAway, WitnessDisagrees.
        """
        status, answer = self._ask(point, note, tile, known)
        if status == 409 and (told := _SIZE.fullmatch(answer)) is not None:
            known = int(told[1])
            if known > point.size:
                raise WitnessDisagrees(f"le témoin connaît {known} entrées, le journal n'en a que {point.size}")
            status, answer = self._ask(point, note, tile, known)
        if status == 422:
            raise WitnessDisagrees(f"le témoin ne retrouve pas ses {known} entrées au début du journal")
        if status != 200:
            raise WitnessAway(f"réponse {status}")
        return self._line_in(note, answer)

    def _ask(self, point: Checkpoint, note: bytes, tile: TileReader, known: int) -> tuple[int, bytes]:
        proof = consistency_proof(known, point.size, node_from(narrowed(tile, point.size)))
        body = b"old %d\n" % known + b"".join(base64.b64encode(each) + b"\n" for each in proof) + b"\n" + note
        request = urllib.request.Request(f"{self.url}/add-checkpoint", body, {"Content-Type": "text/plain"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - http(s) alone
                return response.status, response.read(ANSWER_BYTES_MAX)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            raise WitnessAway(type(error).__name__) from error

    def _line_in(self, note: bytes, answer: bytes) -> str:
        """Its own line of what it answered, verified; those of other keys are not ours to judge."""
        try:
            lines = answer.decode().splitlines(keepends=True)
            signed = Note.parse(with_signatures(note, lines))
            signed.signature_of(self.vkey)
        except (UnicodeDecodeError, NoteRefused) as refused:
            raise WitnessAway(f"cosignature refusée : {refused}") from None
        mine = f"— {self.vkey.name} {base64.b64encode(self.vkey.id).decode()[:5]}"
        return next(line for line in lines if line.startswith(mine))


def parse_witnesses(text: str) -> Sequence[Witness]:
    """From « URL CLÉ, URL CLÉ ». Raises ValueError."""
    return [Witness.parse(part) for part in text.split(",") if part.strip()]
