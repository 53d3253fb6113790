"""Leave the process group and the session, fork twice, and live on without a parent."""

import os
import time


def attack(target):
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(20)
            os._exit(0)
        time.sleep(0.1)
        return ["forked"]
    except OSError:
        return []
