"""A client of a root that may not cross other people's folders: `python -m tests.embedded.without_capabilities FOLDER`.

As in a container started with few capabilities. They are dropped from the bounding set, which the programs started
from here, the supervisor first, cannot exceed.
"""

import ctypes
import sys

from infra.embedded.privileges import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
from tests.embedded import client

PR_CAPBSET_DROP = 24

if __name__ == "__main__":
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_CAPBSET_DROP)")
    sys.exit(client.main(*sys.argv[1:]))
