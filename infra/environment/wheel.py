"""uv without pip: its wheel from the configured index or folder, checked against the lock, unpacked by hand."""

import base64
import hashlib
import io
import os
import re
import ssl
import sys
import sysconfig
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from infra.environment.console import SetupFailed
from infra.environment.indexes import PackageSource

ANSWER_BYTES_MAX = 100_000_000
ANSWER_SECONDS_MAX = 60


def fetch_uv(lock: Path, source: PackageSource, into: Path) -> None:
    """Write `into`, the uv program of the wheel that the lock pins and that runs on this machine.

    Raises `SetupFailed` when the configured places do not have it or have something else under its name.
    """
    text = lock.read_text(encoding="utf-8")
    pinned = re.search(r"^uv==(\S+)", text, re.MULTILINE)
    if pinned is None:
        raise SetupFailed(f"{lock.name} ne fixe pas la version de uv")
    hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", text))

    is_found = False
    for address in _wheels(source):
        name = unquote(urlsplit(address).path.rsplit("/", 1)[-1])
        if name.startswith(f"uv-{pinned[1]}-") and _runs_here(name):
            content = _read(address, source)
            if hashlib.sha256(content).hexdigest() in hashes:
                _unpack(content, into)
                return
            is_found = True
    if is_found:
        raise SetupFailed("le paquet uv reçu n'est pas celui attendu : son empreinte diffère")
    raise SetupFailed(f"l'index configuré n'a pas uv {pinned[1]} pour cette machine")


def _wheels(source: PackageSource) -> Iterator[str]:
    pages = [] if source.is_index_refused else [source.index_url, *source.extra_indexes]
    addresses = [page.rstrip("/") + "/uv/" for page in pages if page]
    for link in source.find_links:
        if "://" in link:
            addresses.append(link)
        else:
            yield from (path.as_uri() for path in sorted(Path(link).glob("uv-*.whl")))
    for address in addresses:
        links = _Links()
        links.feed(_read(address, source).decode(errors="replace"))
        yield from (_with_access_of(address, urljoin(address, link)) for link in links.found if ".whl" in link)


def _with_access_of(page: str, link: str) -> str:
    """The address of a file, with the name and password of its page when it is on the same host."""
    from_page, to_file = urlsplit(page), urlsplit(urldefrag(link).url)
    if to_file.netloc == from_page.netloc.rpartition("@")[2]:
        to_file = to_file._replace(netloc=from_page.netloc)
    return urlunsplit(to_file)


class _Links(HTMLParser):
    """The links of an index page, as the simple repository API lays it out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _runs_here(wheel: str) -> bool:
    """Whether one of the platforms in the name of a wheel is this one."""
    machine = sysconfig.get_platform().rsplit("-", 1)[-1]
    for platform in wheel.removesuffix(".whl").rsplit("-", 1)[-1].split("."):
        if not platform.endswith((f"_{machine}", "_universal2")):
            continue
        if sys.platform == "darwin":
            if platform.startswith("macosx_"):
                return True
            continue
        least = re.match(r"(manylinux|musllinux)_(\d+)_(\d+)_", platform)
        glibc = _glibc()
        if least and least[1] == "musllinux" and glibc is None:
            return True
        if least and least[1] == "manylinux" and glibc is not None and (int(least[2]), int(least[3])) <= glibc:
            return True
    return False


def _glibc() -> tuple[int, int] | None:
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return None  # musl does not know the question
    version = re.search(r"(\d+)\.(\d+)", name)
    return (int(version[1]), int(version[2])) if version else None


def _read(address: str, source: PackageSource) -> bytes:
    parts = urlsplit(address)
    request = urllib.request.Request(  # noqa: S310 (the address is the one this machine is configured with)
        urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        headers={"Accept": "application/vnd.pypi.simple.v1+html, text/html;q=0.9, */*;q=0.1"},
    )
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        # Not to follow a redirection, which may lead to another host.
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(secret.encode()).decode())
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=_tls(parts.hostname, source))]
    if source.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": source.proxy, "https": source.proxy}))
    seconds = int(source.timeout_seconds) if source.timeout_seconds.isdigit() else ANSWER_SECONDS_MAX
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=seconds) as answer:
            content: bytes = answer.read(ANSWER_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise SetupFailed("l'index configuré ne donne pas uv", tail=f"{request.full_url}\n{reason}") from None
    if len(content) > ANSWER_BYTES_MAX:
        raise SetupFailed(f"l'index configuré a envoyé plus de {ANSWER_BYTES_MAX} octets", tail=request.full_url)
    return content


def _tls(host: str | None, source: PackageSource) -> ssl.SSLContext:
    is_folder = bool(source.certificate) and Path(source.certificate).is_dir()
    context = ssl.create_default_context(
        cafile=source.certificate if source.certificate and not is_folder else None,
        capath=source.certificate if is_folder else None,
    )
    if source.client_certificate:
        context.load_cert_chain(source.client_certificate)
    if host and host in {trusted.partition(":")[0] for trusted in source.trusted_hosts}:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _unpack(wheel: bytes, into: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        name = next((name for name in archive.namelist() if name.endswith(".data/scripts/uv")), None)
        if name is None:
            raise SetupFailed("le paquet uv reçu ne contient pas le programme uv")
        into.parent.mkdir(parents=True, exist_ok=True)
        temporary = into.with_name(f"uv.{os.getpid()}")
        temporary.write_bytes(archive.read(name))
        temporary.chmod(0o755)
        temporary.replace(into)
