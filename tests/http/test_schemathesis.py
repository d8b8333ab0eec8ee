"""The API against its own documentation: generated requests, right and wrong, by every role.

It is schemathesis as one runs it by hand, in a process of its own: examples, boundaries, then random cases.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.auth.roles import Role
from infra.http import examples
from tests.support.postgres import DatabaseFactory
from tests.support.schemathesis_hooks import POSITION
from tests.support.serving import Served, serving

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES_MAX = 12
CASES_MIN = 500
SECONDS_MAX = 900

# Two checks are left out because the feed has rules that no schema says (a total is a sum, a cursor is one that we
# gave), and because unknown parameters are ignored, as the web does.
CHECKS_LEFT_OUT = "positive_data_acceptance,negative_data_rejection"


@pytest.fixture(scope="module")
def target(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server that knows the member of the documentation's examples, and keeps a refused message."""
    url = databases_18.create()
    with serving(url) as running:
        assert running.record(*examples.MESSAGES.values()) == POSITION
        running.get("/v1/adherents/X/accueil", after=POSITION)
        running.post(b"{")
        yield running
    databases_18.drop(url)


@pytest.mark.parametrize("role", Role)
def test_whatever_is_asked_the_api_does_as_it_documents(target: Served, tmp_path: Path, role: Role) -> None:
    token = target.token(role, examples.NUMERO if role is Role.ADHERENT else None)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run", f"{target.url}/openapi.json"),
            *("--header", f"Authorization:Bearer {token}"),
            *("--checks", "all", "--exclude-checks", CHECKS_LEFT_OUT),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES_MAX), "--continue-on-failure"),
            *("--seed", "1", "--generation-database", "none", "--suppress-health-check", "all"),
        ],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "28 selected / 28 total" in done.stdout
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) >= CASES_MIN
