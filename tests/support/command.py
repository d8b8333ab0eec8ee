"""The command line, run as a user runs it."""

import base64
import os
import subprocess
import sys
from pathlib import Path

from tests.support.ledger import MASTER_KEY

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 60


def environment(url: str | None = None, **others: str) -> dict[str, str]:
    """The environment of a command; on this database when given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DECOMPTE_")}
    given = {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    if url is not None:
        given |= {"DECOMPTE_DATABASE_URL": url, "DECOMPTE_MASTER_KEY": base64.b64encode(MASTER_KEY).decode()}
    return kept | given | others


def run(
    *arguments: str, url: str | None = None, stdin: bytes | None = None, **others: str
) -> subprocess.CompletedProcess[bytes]:
    """Run `decompte ARGUMENTS…` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *arguments],
        env=environment(url, **others),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )
