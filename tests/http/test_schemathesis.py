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

from infra.auth import outils
from infra.auth.roles import Role
from infra.http import examples
from tests.support.acces_http import enrolled
from tests.support.postgres import DatabaseFactory
from tests.support.schemathesis_hooks import POSITION
from tests.support.serving import Served, serving

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES_MAX, EXAMPLES_MAX_FULL_SIZE = 4, 100
CASES_MIN = 500
SECONDS_MAX = 900
OPERATIONS, STEPS = 55, 33
ACCES = "^/v1/acces/"
ENDING = (
    "end_session",
    "end_sessions",
    "prove_totp",
    "prove_recovery_code",
    "prove_passkey",
    "confirm_totp",
    "change_password",
)
"""What may end the session, or give it another secret."""

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


@pytest.fixture
def examples_max(is_full_size: bool) -> int:
    """How many random cases of each operation, beside those that its schema asks for."""
    return EXAMPLES_MAX_FULL_SIZE if is_full_size else EXAMPLES_MAX


@pytest.mark.parametrize("role", Role)
def test_whatever_is_asked_the_api_does_as_it_documents(
    target: Served, tmp_path: Path, role: Role, examples_max: int
) -> None:
    token = target.token(role, examples.NUMERO if role is Role.ADHERENT else None)
    done = schemathesis(target, tmp_path, examples_max, token, "--exclude-path-regex", ACCES)
    assert f"{OPERATIONS} selected / {OPERATIONS + STEPS} total" in done.stdout
    assert generated(done) >= CASES_MIN


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_whatever_is_asked_when_signing_in_is_answered_as_documented(
    target: Served, tmp_path: Path, is_signed_in: bool, monkeypatch: pytest.MonkeyPatch, examples_max: int
) -> None:
    monkeypatch.setattr(outils, "ANSWER_SECONDS", 0.0)
    if is_signed_in:
        # But for what ends the session: the rest of the run would only meet 401.
        token = enrolled(target, "S0000001").token
        left_out = [part for name in ENDING for part in ("--exclude-operation-id", name)]
        done = schemathesis(target, tmp_path, examples_max, token, "--include-path-regex", ACCES, *left_out)
    else:
        done = schemathesis(target, tmp_path, examples_max, "dcs_inconnu", "--include-path-regex", ACCES)
    selected = STEPS - (len(ENDING) if is_signed_in else 0)
    assert f"{selected} selected / {OPERATIONS + STEPS} total" in done.stdout
    assert generated(done) >= CASES_MIN


def schemathesis(
    target: Served, folder: Path, examples_max: int, token: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """A run with this token; nothing found."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run", f"{target.url}/openapi.json"),
            *("--header", f"Authorization:Bearer {token}"),
            *("--checks", "all", "--exclude-checks", CHECKS_LEFT_OUT),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples_max), "--continue-on-failure"),
            *("--seed", "1", "--generation-database", "none", "--suppress-health-check", "all"),
            *options,
        ],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def generated(done: subprocess.CompletedProcess[str]) -> int:
    """How many cases were made."""
    found = re.search(r"(\d+) generated", done.stdout)
    assert found is not None
    return int(found[1])
