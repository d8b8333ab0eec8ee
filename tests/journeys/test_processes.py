"""Many processes on one database: two serve, two import, two project, one is killed; nothing is lost or double."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg

from infra.auth.roles import Role
from infra.projections.rebuild import rebuild
from infra.verify.verify import verify
from tests.http.test_server import process
from tests.projections.sharing import held, positions, shares, until
from tests.support.command import ROOT, environment
from tests.support.ledger import decompte, encode, services_on

MEMBERS = 40
OF_A_FILE = 1_000
REPEATED = 200
OF_A_CLIENT = 20
TAKE_OVER_SECONDS_MAX = 3.0
"""A fifth of a second on a machine at rest; this one may have much else to do."""


@contextmanager
def command(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command at work."""
    running = subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", *arguments],
        cwd=ROOT,
        env=environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def write_and_read(server: str, name: str, tokens: dict[Role, str], missed: list[str]) -> None:
    """Post décomptes one by one, and read each back from what its position promises."""
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as client:
        for number in range(OF_A_CLIENT):
            numero, reference = f"{number % MEMBERS:08d}", f"{name}-{number}"
            posted = client.post(
                "/v1/messages",
                content=encode(decompte(reference, numero_adherent=numero)),
                headers={"Authorization": f"Bearer {tokens[Role.SOURCE]}"},
            )
            answer = client.get(
                f"/v1/adherents/{numero}/decomptes/cpam-751/{reference}",
                params={"attendre_position": posted.json()["position"]},
                headers={"Authorization": f"Bearer {tokens[Role.PORTAIL]}"},
            )
            if answer.status_code != 200 or int(answer.headers["Ledger-Position"]) < posted.json()["position"]:
                missed.append(f"{reference}: {answer.status_code} {answer.text}")


def test_processes_of_every_kind_share_one_database(database_url: str, tmp_path: Path) -> None:
    def lines(first: int) -> list[bytes]:
        return [
            encode(decompte(f"F-{n}", numero_adherent=f"{n % MEMBERS:08d}")) for n in range(first, first + OF_A_FILE)
        ]

    files = [tmp_path / "un.ndjson", tmp_path / "deux.ndjson"]
    for file, first in zip(files, (0, OF_A_FILE - REPEATED), strict=True):
        file.write_bytes(b"\n".join(lines(first)))
    with services_on(database_url) as services:
        tokens = {role: services.tokens.create(role) for role in (Role.SOURCE, Role.PORTAIL)}
    missed: list[str] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(process(database_url))[1] for _ in range(2)]
        projecting = [stack.enter_context(command(database_url, "project")) for _ in range(2)]
        until(lambda: shares(database_url) == [4, 4, 4, 4], "four workers share evenly", seconds_max=60)
        assert "".join(sorted("".join(held(database_url).values()))) == "0123456789abcdef", "each bucket is one's"
        clients = [
            threading.Thread(target=write_and_read, args=(server, f"C{n}", tokens, missed))
            for n, server in enumerate(servers)
        ]
        imports = [stack.enter_context(command(database_url, "import", str(file))) for file in files]
        for client in clients:
            client.start()
        until(lambda: min(positions(database_url).values()) > REPEATED, "all follow")
        projecting[0].send_signal(signal.SIGKILL)
        took = until(lambda: shares(database_url) == [6, 5, 5], "the others take what the killed one had")
        assert took < TAKE_OVER_SECONDS_MAX
        for client in clients:
            client.join()
        said = [done.communicate(timeout=60)[1] for done in imports]
        assert [done.returncode for done in imports] == [0, 0], said
        projecting[1].send_signal(signal.SIGTERM)
        _, told = projecting[1].communicate(timeout=30)
        assert "Seaux " in told
        assert "4 sur 16" in told
        assert projecting[1].returncode == 0
        until(lambda: shares(database_url) == [8, 8], "the workers of the two servers are left")

    assert missed == []
    expected = 2 * OF_A_FILE - REPEATED + 2 * OF_A_CLIENT
    with services_on(database_url) as services, psycopg.connect(database_url, autocommit=True) as connection:
        assert services.journal.position() == expected
        services.projection_worker().catch_up()
        recorded = connection.execute("SELECT count(*), count(DISTINCT reference) FROM read_decompte").fetchone()
        assert recorded == (expected, expected)
        assert verify(services).faults == []
        assert rebuild(database_url).differing == []
