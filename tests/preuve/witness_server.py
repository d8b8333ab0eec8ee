"""A witness as C2SP tlog-witness describes one, for the tests: it knows one log, and cosigns what only grew."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.preuve.merkle import EMPTY_ROOT, ProofWrong, check_consistency
from infra.preuve.note import KIND_COSIGNATURE, NoteRefused, Signer, Vkey, open_checkpoint

NAME = "temoin.example/w1"
AT = 1_700_000_000


class WitnessServer:
    """What it remembers of the log, and how it is asked."""

    def __init__(self, log: Vkey) -> None:
        self.log = log
        self.signer = Signer(NAME, Ed25519PrivateKey.from_private_bytes(bytes(32)), kind=KIND_COSIGNATURE)
        self.size, self.root = 0, EMPTY_ROOT
        self.url = ""
        self.asked = 0

    @property
    def setting(self) -> str:
        """As DECOMPTE_TEMOINS names it."""
        return f"{self.url} {self.signer.vkey}"

    def answer(self, body: bytes) -> tuple[int, bytes]:
        self.asked += 1
        head, _, note = body.partition(b"\n\n")
        old, *lines = head.decode().split("\n")
        known = int(old.removeprefix("old "))
        try:
            point, _ = open_checkpoint(note, self.log)
        except NoteRefused:
            return 403, b""
        if known != self.size:
            return 409, b"%d\n" % self.size
        try:
            proof = [base64.b64decode(line, validate=True) for line in lines]
            check_consistency(self.size, self.root, point.size, point.root, proof)
        except ProofWrong:
            return 422, b""
        self.size, self.root = point.size, point.root
        return 200, self.signer.cosign(point.body, AT).encode()


@contextmanager
def witnessing(log: Vkey) -> Iterator[WitnessServer]:
    """A witness of this log, on a port of its own."""
    witness = WitnessServer(log)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, content = witness.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status if self.path == "/add-checkpoint" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    witness.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield witness
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
