"""Where packages come from: what this machine's pip is configured with, said again to uv.

A machine behind a mirror is configured for pip, seldom for uv; the lock names no index, so the mirror is enough. What
is set for uv itself always wins. The files are read here rather than through `pip config`, which may be missing.
"""

import configparser
import os
import ssl
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class PackageSource(NamedTuple):
    """Settings shared by pip and uv, in pip's meaning; empty means not configured."""

    index_url: str = ""
    extra_indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    is_index_refused: bool = False
    certificate: str = ""
    client_certificate: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy: str = ""
    timeout_seconds: str = ""


def configured_source(environ: Mapping[str, str]) -> PackageSource:
    """What pip would use for an installation, from its files and its environment variables."""
    options = _pip_options(environ)

    def words(name: str) -> tuple[str, ...]:
        return tuple(options.get(name, "").split())

    return PackageSource(
        index_url=options.get("index-url", "").strip() or _uv_index(environ),
        extra_indexes=words("extra-index-url"),
        find_links=tuple(_reachable_links(words("find-links"))),
        is_index_refused=options.get("no-index", "").strip().lower() in ("1", "true", "yes", "on", "t", "y"),
        certificate=options.get("cert", "").strip() or environ.get("SSL_CERT_FILE", ""),
        client_certificate=options.get("client-cert", "").strip(),
        trusted_hosts=words("trusted-host"),
        proxy=options.get("proxy", "").strip(),
        timeout_seconds=options.get("timeout", options.get("default-timeout", "")).strip(),
    )


def names_a_place(source: PackageSource) -> bool:
    """Whether the settings say where packages are; only pip and uv know where they are by default."""
    is_index_named = bool(source.index_url or source.extra_indexes) and not source.is_index_refused
    return is_index_named or bool(source.find_links)


def uv_environment(source: PackageSource, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which uv takes packages from where pip would."""
    # These would send the packages elsewhere than into the environment that we name.
    result = _without(
        environ, "UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_TARGET", "UV_CONSTRAINT", "UV_OVERRIDE", "VIRTUAL_ENV"
    )
    defaults = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    if not _uv_index(environ) and not _uv_files_name_an_index(environ):
        if source.index_url:
            defaults["UV_DEFAULT_INDEX"] = source.index_url
        if source.extra_indexes and "UV_INDEX" not in environ and "UV_EXTRA_INDEX_URL" not in environ:
            # As pip does: every index is asked. The hashes of the lock say which file is the right one.
            defaults["UV_INDEX"] = " ".join(source.extra_indexes)
            defaults["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if source.certificate:
        defaults["SSL_CERT_DIR" if Path(source.certificate).is_dir() else "SSL_CERT_FILE"] = source.certificate
    elif _system_has_certificates():
        # uv carries its own list, which lacks the authority of a company's mirror. The older name, then the newer.
        defaults["UV_NATIVE_TLS"] = defaults["UV_SYSTEM_CERTS"] = "true"
    if source.client_certificate:
        defaults["SSL_CLIENT_CERT"] = source.client_certificate
    if source.trusted_hosts:
        defaults["UV_INSECURE_HOST"] = " ".join(source.trusted_hosts)
    if source.timeout_seconds.isdigit():
        defaults["UV_HTTP_TIMEOUT"] = source.timeout_seconds
    if source.proxy and not any(name.lower() in ("https_proxy", "all_proxy") for name in environ):
        defaults["ALL_PROXY"] = source.proxy
    return defaults | result


def uv_options(source: PackageSource) -> list[str]:
    """The same settings where uv has an option and no variable for them."""
    options = ["--no-index"] if source.is_index_refused else []
    for link in source.find_links:
        options += ["--find-links", link]
    return options


def pip_environment(source: PackageSource, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for pip, which reads its own settings; an index known to uv alone is told to it."""
    result = _without(environ, "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "VIRTUAL_ENV")
    result |= {
        "PIP_USER": "0",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    if source.index_url:
        result["PIP_INDEX_URL"] = source.index_url
    if source.find_links:
        result["PIP_FIND_LINKS"] = " ".join(source.find_links)
    return result


def _pip_options(environ: Mapping[str, str]) -> dict[str, str]:
    files = [_read_ini(path) for path in _pip_files(environ)]
    options: dict[str, str] = {}
    # The section of a command wins over the global one wherever each is written, then the environment over all.
    for section in ("global", "install"):
        for file in files:
            if file.has_section(section):
                options |= {name.replace("_", "-"): value for name, value in file.items(section)}
    prefix = "PIP_"
    options |= {
        name.removeprefix(prefix).lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(prefix) and value
    }
    return options


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """pip's files in the order in which they override each other."""
    chosen = environ.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (a missing home must not raise)
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")):
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield Path(sys.prefix, "pip.conf")
    if chosen:
        yield Path(chosen)


def _read_ini(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path)
    except (configparser.Error, UnicodeDecodeError):
        # pip itself will say what is wrong with its file, should pip be what is used.
        return configparser.RawConfigParser()
    return parser


def _reachable_links(links: tuple[str, ...]) -> Iterator[str]:
    """Local folders in full, since tools run in another folder; pip passes over a missing one, uv stops at it."""
    for link in links:
        if "://" in link and not link.startswith("file://"):
            yield link
        elif Path(link.removeprefix("file://")).exists():
            yield str(Path(link.removeprefix("file://")).absolute())


def _uv_index(environ: Mapping[str, str]) -> str:
    return environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or ""


def _uv_files_name_an_index(environ: Mapping[str, str]) -> bool:
    home = os.path.expanduser("~")  # noqa: PTH111 (a missing home must not raise)
    candidates = [Path("/etc/uv/uv.toml"), Path(environ.get("XDG_CONFIG_HOME") or f"{home}/.config", "uv", "uv.toml")]
    if environ.get("UV_CONFIG_FILE"):
        candidates = [Path(environ["UV_CONFIG_FILE"])]
    for path in candidates:
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if settings.keys() & {"index", "index-url"} or "index-url" in settings.get("pip", {}):
            return True
    return False


def _system_has_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or (paths.capath is not None and any(Path(paths.capath).iterdir()))


def _without(environ: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in names}
