"""Take back what ties this process to the server's life: the signal at its parent's death, and being its child."""

import ctypes
import os
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE = 1, 36, 4


def attack(target):
    libc = ctypes.CDLL(None)
    loot = [option for option in (PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER) if libc.prctl(option, 1, 0, 0, 0) == 0]
    libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    try:
        if os.fork() == 0:
            if os.fork() == 0:
                time.sleep(20)
            os._exit(0)
    except OSError:
        pass
    return loot
