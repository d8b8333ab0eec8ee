"""What the rest of the test suite stands on: fresh databases, and no test skipped in CI."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.embedded.processes import ROOT
from tests.support.postgres import DatabaseFactory


def test_each_database_is_new_and_empty_and_dropping_it_ends_open_sessions(databases_18: DatabaseFactory) -> None:
    first, second = databases_18.create(), databases_18.create()
    assert first != second
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE here (x int)")
        connection.commit()
        with psycopg.connect(second) as other:
            assert other.execute("SELECT to_regclass('here')").fetchone() == (None,)
        databases_18.drop(first)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    databases_18.drop(second)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(second)


def test_a_test_can_ask_for_each_version(database_url_each_version: str, request: pytest.FixtureRequest) -> None:
    with psycopg.connect(database_url_each_version) as connection:
        assert f"postgres{connection.info.server_version // 10000}" in request.node.name


def run_pytest(folder: Path, source: str, *, ci: str) -> subprocess.CompletedProcess[str]:
    packages = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "test_it.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={folder}", str(folder)],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": packages, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "source",
    [
        "import pytest\ndef test_x():\n    pytest.skip('the reason')\n",
        "import pytest\n@pytest.mark.skip(reason='the reason')\ndef test_x():\n    pass\n",
        "import pytest\n@pytest.fixture\ndef f():\n    pytest.skip('the reason')\ndef test_x(f):\n    pass\n",
        "import pytest\npytest.skip('the reason', allow_module_level=True)\n",
    ],
    ids=["call", "mark", "fixture", "module"],
)
def test_a_skip_fails_in_ci_with_its_reason_and_only_there(tmp_path: Path, source: str) -> None:
    in_ci = run_pytest(tmp_path, source, ci="true")
    assert in_ci.returncode != 0
    assert "Nothing may be skipped in CI" in in_ci.stdout
    assert "the reason" in in_ci.stdout
    elsewhere = run_pytest(tmp_path, source, ci="")
    assert elsewhere.returncode in (0, 5)  # 5: nothing was collected
    assert "1 skipped" in elsewhere.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    source = "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_x():\n    assert False\n"
    assert run_pytest(tmp_path, source, ci="true").returncode == 0
