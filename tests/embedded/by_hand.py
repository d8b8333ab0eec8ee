"""Starts PostgreSQL on the cluster of a folder as a person would, with none of our locks or names.

Run as `python -m tests.embedded.by_hand FOLDER PORT`; becomes PostgreSQL.
"""

import os
import sys
from pathlib import Path

from infra.embedded.binaries import locate_binaries
from infra.embedded.privileges import identity_for

if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), sys.argv[2]
    postgres = locate_binaries(None).program("postgres")
    identity_for(folder, programs=[postgres], entered=[]).assume()
    settings = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    os.execv(postgres, [str(postgres), "-D", str(folder / "postgres"), *settings])
