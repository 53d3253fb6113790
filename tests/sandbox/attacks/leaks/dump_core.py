"""Ask for core dumps, and crash: all that was in memory, the server's part included, would lie on the disk."""

import os
import resource

STATUS = "crashed"


def attack(target):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return ["cores are allowed"]
    except (OSError, ValueError):
        pass
    os.abort()
