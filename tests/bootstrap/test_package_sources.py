"""Packages come from where this machine's pip takes them; what is set for uv itself wins."""

import os
from pathlib import Path

import pytest

from infra.environment.indexes import configured_source, uv_environment, uv_options

MIRROR = "http://127.0.0.1:1/simple"
OTHER = "http://127.0.0.1:2/simple"


def uv_settings(**environ: str) -> dict[str, str]:
    environ.setdefault("PIP_CONFIG_FILE", os.devnull)
    environ.setdefault("XDG_CONFIG_HOME", "/nonexistent")
    return uv_environment(configured_source(environ), environ)


@pytest.fixture
def pip_conf(tmp_path: Path) -> Path:
    return tmp_path / "pip.conf"


def test_the_index_of_pip_becomes_the_index_of_uv() -> None:
    assert uv_settings(PIP_INDEX_URL=MIRROR)["UV_DEFAULT_INDEX"] == MIRROR


def test_the_index_of_a_pip_file_does_too(pip_conf: Path) -> None:
    pip_conf.write_text(f"[global]\nindex_url = {OTHER}\n[install]\nindex-url = {MIRROR}\n")

    assert uv_settings(PIP_CONFIG_FILE=str(pip_conf))["UV_DEFAULT_INDEX"] == MIRROR


def test_a_variable_wins_over_a_file(pip_conf: Path) -> None:
    pip_conf.write_text(f"[global]\nindex-url = {OTHER}\n")

    assert uv_settings(PIP_CONFIG_FILE=str(pip_conf), PIP_INDEX_URL=MIRROR)["UV_DEFAULT_INDEX"] == MIRROR


def test_the_file_of_the_user_is_read_and_the_one_named_by_the_variable_wins_over_it(
    tmp_path: Path, pip_conf: Path
) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip.conf").write_text(f"[global]\nindex-url = {OTHER}\ntimeout = 7\n")
    pip_conf.write_text(f"[global]\nindex-url = {MIRROR}\n")

    settings = uv_settings(PIP_CONFIG_FILE=str(pip_conf), XDG_CONFIG_HOME=str(tmp_path))

    assert settings["UV_DEFAULT_INDEX"] == MIRROR
    assert settings["UV_HTTP_TIMEOUT"] == "7"


def test_what_is_set_for_uv_itself_wins() -> None:
    settings = uv_settings(PIP_INDEX_URL=OTHER, UV_INDEX_URL=MIRROR, PIP_CERT="/pip.pem", SSL_CERT_FILE="/uv.pem")

    assert "UV_DEFAULT_INDEX" not in settings
    assert settings["UV_INDEX_URL"] == MIRROR
    assert settings["SSL_CERT_FILE"] == "/uv.pem"


def test_an_index_named_in_a_file_of_uv_wins_too(tmp_path: Path) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text(f'[[index]]\nurl = "{MIRROR}"\ndefault = true\n')

    assert "UV_DEFAULT_INDEX" not in uv_settings(PIP_INDEX_URL=OTHER, XDG_CONFIG_HOME=str(tmp_path))


def test_further_indexes_are_all_asked_as_pip_does() -> None:
    settings = uv_settings(PIP_EXTRA_INDEX_URL=f"{MIRROR}\n{OTHER}")

    assert settings["UV_INDEX"] == f"{MIRROR} {OTHER}"
    assert settings["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_certificates_proxy_and_trusted_hosts_follow() -> None:
    settings = uv_settings(PIP_CERT="/a.pem", PIP_CLIENT_CERT="/b.pem", PIP_PROXY=MIRROR, PIP_TRUSTED_HOST="x y:8080")

    assert settings["SSL_CERT_FILE"] == "/a.pem"
    assert settings["SSL_CLIENT_CERT"] == "/b.pem"
    assert settings["ALL_PROXY"] == MIRROR
    assert settings["UV_INSECURE_HOST"] == "x y:8080"


def test_a_missing_folder_of_packages_is_passed_over_and_the_others_are_named_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paquets").mkdir()
    source = configured_source(
        {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": f"absent paquets {MIRROR}", "PIP_NO_INDEX": "true"}
    )

    assert uv_options(source) == [
        *("--no-index",),
        *("--find-links", str(tmp_path / "paquets")),
        *("--find-links", MIRROR),
    ]


def test_what_would_install_elsewhere_is_not_passed_on() -> None:
    settings = uv_settings(UV_SYSTEM_PYTHON="1", UV_TARGET="/x", VIRTUAL_ENV="/y", UV_OFFLINE="1")

    assert settings.keys() & {"UV_SYSTEM_PYTHON", "UV_TARGET", "VIRTUAL_ENV"} == set()
    assert settings["UV_OFFLINE"] == "1"
    assert settings["UV_PYTHON_DOWNLOADS"] == "never"
