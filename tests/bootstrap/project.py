"""A small project in a temporary folder: the real bootstrap program, a lock of one tiny package, a command line that
tells how it was called. Nothing here needs the network."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS_MAX = 60

# What the command line of the small project says on its last line.
CLI = """
import importlib.util, json, os, sys
import mini_paquet
print(json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "process": os.getpid(), "prefix": sys.prefix,
    "mini_paquet": mini_paquet.VERSION, "has_test_tool": importlib.util.find_spec("mini_outil") is not None,
    "input": sys.stdin.read(),
}))
sys.exit(int(os.environ.get("CODE", "0")))
"""


def write_wheel(folder: Path, name: str, version: str, *, tag: str = "py3-none-any", files: Mapping[str, str]) -> Path:
    """A wheel that installers accept, made by hand."""
    info = f"{name}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = f"{info}/RECORD,,\n"
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return wheel


def pin(wheel: Path) -> str:
    """The line of a lock for this wheel."""
    name, version = wheel.name.split("-")[:2]
    return (
        f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    )


class Project:
    """The small project, a home, a PATH of its own, and an environment without the settings of this machine."""

    def __init__(self, folder: Path, uv: Path | None) -> None:
        self.root = folder / "projet"
        self.home = folder / "home"
        self.programs = folder / "bin"
        self.wheels = folder / "wheels"
        self.elsewhere = folder / "ailleurs"
        for made in (self.root, self.home, self.programs, self.elsewhere, folder / "tmp"):
            made.mkdir()
        if uv is not None:
            (self.programs / "uv").symlink_to(uv)
        self.environment = {
            "PATH": str(self.programs),
            "HOME": str(self.home),
            "TMPDIR": str(folder / "tmp"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
        }
        shutil.copy2(ROOT / "decompte", self.root)
        shutil.copytree(
            ROOT / "infra" / "environment", self.root / "infra" / "environment", ignore=shutil.ignore_patterns("*.pyc")
        )
        (self.root / "infra" / "cli").mkdir()
        for package in ("infra", "infra/cli"):
            (self.root / package / "__init__.py").touch()
        (self.root / "infra" / "cli" / "main.py").write_text(CLI)
        (self.root / "requirements-bootstrap.txt").write_text(f"uv==0.0.1 \\\n    --hash=sha256:{'0' * 64}\n")
        self.lock("1.0")

    @property
    def env(self) -> Path:
        return self.root / ".venv"

    @property
    def module(self) -> Path:
        return next(self.env.glob("lib/python*/site-packages/mini_paquet/__init__.py"))

    def lock(self, version: str) -> None:
        """Pin this version of the package, and the tool that the tests need besides."""
        wheel = write_wheel(
            self.wheels, "mini_paquet", version, files={"mini_paquet/__init__.py": f"VERSION = '{version}'\n"}
        )
        tool = write_wheel(self.wheels, "mini_outil", "1.0", files={"mini_outil/__init__.py": ""})
        (self.root / "requirements.txt").write_text(pin(wheel))
        (self.root / "requirements-dev.txt").write_text(pin(tool) + pin(wheel))

    def start(self, *arguments: str, options: Sequence[str] = (), **changes: Any) -> subprocess.Popen[str]:
        """Start `decompte ARGUMENTS` as the leader of its own group, so that a test can kill all of it."""
        return subprocess.Popen(
            [sys.executable, *options, str(self.root / "decompte"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.elsewhere,
            env=self.environment,
            text=True,
            start_new_session=True,
            **changes,
        )

    def run(self, *arguments: str, feed: str = "", options: Sequence[str] = (), **changes: Any) -> "Outcome":
        return Outcome.of(self.start(*arguments, options=options, **changes), feed)


class Outcome:
    """How a command ended: its exit code, what it said while preparing, what the command line was told."""

    def __init__(self, code: int, output: str, said: str, process: int) -> None:
        self.code = code
        self.output = output
        self.said = said
        self.process = process

    @classmethod
    def of(cls, process: subprocess.Popen[str], feed: str = "") -> "Outcome":
        output, said = process.communicate(feed, timeout=WAIT_SECONDS_MAX)
        return cls(process.returncode, output, said, process.pid)

    @property
    def told(self) -> dict[str, Any]:
        assert self.output, f"the command line was not reached; the bootstrap said:\n{self.said}"
        told: dict[str, Any] = json.loads(self.output)
        return told


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.01)
