"""A client that stops being root first: `python -m tests.embedded.ordinary_user FOLDER`, whose owner it becomes.

The interpreter may sit where only root can go, `/root` for instance; then the one capability to cross folders is
kept, as for PostgreSQL itself. Everything else is as for an ordinary user.
"""

import sys
from dataclasses import replace
from pathlib import Path

from infra.embedded.privileges import identity_for
from tests.embedded import client

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    packages = [Path(path) for path in sys.path if Path(path).is_dir()]
    identity = identity_for(folder, programs=[Path(sys.executable)], entered=packages)
    replace(identity, uid=folder.stat().st_uid, gid=folder.stat().st_gid).assume()
    sys.exit(client.main(str(folder)))
