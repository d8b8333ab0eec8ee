"""A machine without uv: it comes through pip, or from the configured index, or pip does without it."""

import base64
import hashlib
import http.server
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from infra.environment.console import probe
from tests.bootstrap.project import Project, pin, write_wheel

SECRET = base64.b64encode(b"lecteur:secret").decode()


class Index(http.server.SimpleHTTPRequestHandler):
    """A package index on this machine, for those who know its password."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != f"Basic {SECRET}":
            self.send_error(401)
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index(tmp_path: Path, project_without_uv: Project) -> Iterator[Path]:
    """The folder of an index that the small project is configured with, as its only source."""
    folder = tmp_path / "index"
    (folder / "simple").mkdir(parents=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=folder))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    port = server.server_address[1]
    project_without_uv.environment["PIP_INDEX_URL"] = f"http://lecteur:secret@127.0.0.1:{port}/simple"
    (folder / "address").write_text(f"http://127.0.0.1:{port}")
    del project_without_uv.environment["PIP_NO_INDEX"], project_without_uv.environment["PIP_FIND_LINKS"]
    yield folder
    server.shutdown()
    server.server_close()


def publish(index: Path, name: str, wheels: list[Path], *, besides: list[str] | None = None) -> None:
    page = index / "simple" / name
    page.mkdir()
    links = list(besides or [])
    for wheel in wheels:
        links.append(f"{wheel.name}#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}")
        wheel.rename(index / wheel.name)
    # In full and without the password, as most indexes write it.
    address = (index / "address").read_text()
    (page / "index.html").write_text("".join(f'<a href="{address}/{link}">{link}</a>\n' for link in links))


def hide_pip(project: Project, *modules: str) -> None:
    """Make a Python in which these modules cannot be imported, as distributions ship it."""
    for module in modules:
        hidden = project.home / "hidden" / module
        hidden.mkdir(parents=True)
        (hidden / "__init__.py").write_text(f"raise ModuleNotFoundError('no {module} here')\n")
    project.environment["PYTHONPATH"] = str(project.home / "hidden")


def platform_tag() -> str:
    machine = sysconfig.get_platform().rsplit("-", 1)[-1]
    if sys.platform == "darwin":
        return f"macosx_11_0_{machine}"
    is_glibc = "CS_GNU_LIBC_VERSION" in os.confstr_names and os.confstr("CS_GNU_LIBC_VERSION")
    return f"manylinux_2_17_{machine}.manylinux2014_{machine}" if is_glibc else f"musllinux_1_1_{machine}"


def uv_wheel(project: Project, uv: Path) -> Path:
    """The uv of this machine in the layout of its wheel, which only holds the way to it: the real one weighs 20 MB."""
    program = f'#!/bin/sh\nexec "{uv}" "$@"\n'
    return write_wheel(
        project.wheels, "uv", "0.0.1", tag=f"py3-none-{platform_tag()}", files={"uv-0.0.1.data/scripts/uv": program}
    )


def test_without_pip_uv_comes_from_the_configured_index_and_then_installs_from_it(
    project_without_uv: Project, index: Path, uv: Path
) -> None:
    project = project_without_uv
    hide_pip(project, "pip", "ensurepip")
    wheel = uv_wheel(project, uv)
    (project.root / "requirements-bootstrap.txt").write_text(pin(wheel))
    publish(
        index,
        "uv",
        [wheel],
        besides=[
            "uv-0.0.1-py3-none-win_amd64.whl",
            "uv-0.0.2-py3-none-any.whl",
            "uv-0.0.1-py3-none-manylinux_9_9_x86_64.whl",
        ],
    )
    publish(index, "mini-paquet", list(project.wheels.glob("mini_paquet*")))

    started = project.run("verify")

    assert started.told["mini_paquet"] == "1.0"
    assert "lu dans l'index configuré" in started.said
    assert (project.root / ".decompte" / "tools" / "uv-0.0.1" / "bin" / "uv").exists()


def test_a_uv_that_is_not_the_pinned_one_is_never_run(project_without_uv: Project, index: Path, uv: Path) -> None:
    project = project_without_uv
    hide_pip(project, "pip", "ensurepip")
    witness = project.home / "ran"
    wheel = write_wheel(
        project.wheels,
        "uv",
        "0.0.1",
        tag=f"py3-none-{platform_tag()}",
        files={"uv-0.0.1.data/scripts/uv": f'#!/bin/sh\n: >"{witness}"\n'},
    )
    assert (
        hashlib.sha256(wheel.read_bytes()).hexdigest() not in (project.root / "requirements-bootstrap.txt").read_text()
    )
    publish(index, "uv", [wheel])

    refused = project.run("verify")

    assert refused.code == 1
    assert "son empreinte diffère" in refused.said
    assert not witness.exists()


def test_with_neither_uv_nor_pip_nor_an_index_the_package_to_install_is_named(project_without_uv: Project) -> None:
    hide_pip(project_without_uv, "pip", "ensurepip")
    (project_without_uv.programs / "apt-get").touch(0o755)
    del project_without_uv.environment["PIP_NO_INDEX"], project_without_uv.environment["PIP_FIND_LINKS"]

    refused = project_without_uv.run("verify")

    assert refused.code == 1
    assert "ni uv, ni pip, ni ensurepip sur cette machine : il manque le paquet python3-venv" in refused.said
    assert "aucun index de paquets n'est configuré" in refused.said
    assert "À essayer : apt install python3-venv" in refused.said
    assert "Traceback" not in refused.said
    assert not project_without_uv.env.exists()


def test_pip_alone_does_the_work_where_uv_cannot_be_had(project_without_uv: Project) -> None:
    base = getattr(sys, "_base_executable", sys.executable)
    if probe([base, "-c", "import pip"], os.environ) is None:
        pytest.skip("this Python has no pip")
    hide_pip(project_without_uv, "ensurepip")  # else venv unpacks a pip of its own, which takes seconds

    started = project_without_uv.run("verify")

    assert started.told["mini_paquet"] == "1.0"
    assert "uv n'a pas pu être obtenu" in started.said
    assert project_without_uv.run("verify").said == ""
