"""Leave the process group and the session, fork twice, and live on."""

import os
import time


def attack(target):
    loot = []
    for leave in [os.setsid, lambda: os.setpgid(0, 0), lambda: os.setpgid(0, os.getppid())]:
        try:
            leave()
            loot.append("left")
        except OSError:
            pass
    try:
        if os.fork() == 0:
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
        loot.append("forked")
    except OSError:
        pass
    return loot
