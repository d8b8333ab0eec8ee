"""The master key of a folder: made once, private, never replaced by one that opens nothing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.secrets_file import FILE, SecretLost, master_key


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert master_key(data) == master_key(data)
    assert (data / FILE).stat().st_mode & 0o777 == 0o600
    assert [f.name for f in data.iterdir()] == [FILE], "no draft is left"


def test_commands_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(lambda _: master_key(tmp_path), range(16)))) == 1


def test_a_lost_key_is_said_rather_than_replaced(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(SecretLost, match=FILE):
        master_key(tmp_path)
