"""Stop a process of the outside instead of killing it, and slow it down with the worst priority."""

import os
import signal


def attack(target):
    loot = []
    for name, harm in {
        "stopped": lambda: os.kill(target["victim"], signal.SIGSTOP),
        "slowed": lambda: os.setpriority(os.PRIO_PROCESS, target["victim"], 19),
        "pinned": lambda: os.sched_setaffinity(target["victim"], {0}),
    }.items():
        try:
            harm()
            loot.append(name)
        except OSError:
            pass
    return loot
