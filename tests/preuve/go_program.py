"""The verifier in Go beside this file, built once a run: an implementation of transparency logs that is not ours."""

import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "autre"
CACHE = Path(__file__).resolve().parents[2] / ".decompte" / "go"
ABSENT = "go is not installed"
SECONDS_MAX = 600


def build(folder: Path) -> Path | str:
    """The program, or the reason for which there is none on this machine."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")
    if go is None:
        return ABSENT
    program = folder / "verificateur"
    # Caches of the project's: the home may be empty, and the second run finds everything built.
    environment = {
        **os.environ,
        "GOPATH": str(CACHE),
        "GOCACHE": str(CACHE / "build"),
        "GOFLAGS": "-modcacherw -mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local",
    }
    done = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=SOURCE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return program if done.returncode == 0 else f"the verifier in Go does not build here: {done.stderr.strip()}"
