"""Fixtures for the whole test suite, and the rule that a skipped test fails in CI."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from infra.bootstrap import Services
from tests.support.ledger import services_on
from tests.support.postgres import POSTGRES_15_ABSENT, DatabaseFactory, postgres_15_bin


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full-size`: what the suite shows on a small scale, at the size that the documentation reports."""
    parser.addoption("--full-size", action="store_true", help="les démonstrations à pleine taille")


@pytest.fixture
def is_full_size(request: pytest.FixtureRequest) -> bool:
    """Whether demonstrations run at their full size, which takes minutes."""
    return bool(request.config.getoption("--full-size"))


def pytest_configure() -> None:
    """Ctrl-C works in the programs that tests start, also where this run was itself started with it ignored.

    A shell without job control ignores SIGINT for what it puts in the background, and that is inherited.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def databases_18(run_folder: Path) -> Iterator[DatabaseFactory]:
    """Databases on the PostgreSQL that we bring along."""
    factory = DatabaseFactory(run_folder / "postgres-18")
    yield factory
    factory.close()


@pytest.fixture(scope="session")
def databases_15(run_folder: Path) -> Iterator[DatabaseFactory]:
    """Databases on the oldest PostgreSQL that we support; skips where it is not installed."""
    bin_dir = postgres_15_bin()
    if bin_dir is None:
        pytest.skip(POSTGRES_15_ABSENT)
    factory = DatabaseFactory(run_folder / "postgres-15", bin_dir=bin_dir)
    yield factory
    factory.close()


@pytest.fixture
def database_url(databases_18: DatabaseFactory) -> Iterator[str]:
    """The address of a database that is migrated and holds nothing."""
    url = databases_18.create()
    yield url
    databases_18.drop(url)


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    """Everything wired on an empty ledger."""
    with services_on(database_url) as opened:
        yield opened


@pytest.fixture(params=["databases_18", "databases_15"], ids=["postgres18", "postgres15"])
def database_url_each_version(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database; the test runs once on each PostgreSQL."""
    factory: DatabaseFactory = request.getfixturevalue(request.param)
    url = factory.create()
    yield url
    factory.drop(url)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, a test that skips itself fails."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI, a module that skips itself fails."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """What is not run is not known to work. An expected failure was run, and stays what it is."""
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {reason}"
