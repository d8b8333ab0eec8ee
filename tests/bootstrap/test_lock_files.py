"""The locks pin every file by its hash and name no place to take it from."""

import re

import pytest

from tests.bootstrap.project import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-bootstrap.txt")
REQUIREMENT = re.compile(r"^[a-z0-9._-]+==[^\s;]+( ; .+)?( --hash=sha256:[0-9a-f]{64})+$")


def requirements(lock: str) -> list[str]:
    """The requirements of a lock, each on one line, without comments."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def test_these_are_all_the_locks_of_the_project() -> None:
    assert sorted(path.name for path in ROOT.glob("requirements*.txt")) == sorted(LOCKS)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_one_version_with_its_hashes(lock: str) -> None:
    assert requirements(lock)
    assert [line for line in requirements(lock) if not REQUIREMENT.match(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    assert [line for line in text.splitlines() if re.match(r"\s*-(?!-hash=)", line)] == []


def test_the_lock_of_the_tests_holds_the_one_of_the_program() -> None:
    assert set(requirements("requirements.txt")) <= set(requirements("requirements-dev.txt"))
