"""Raise the limits on memory, CPU time, files and processes, and its own priority."""

import os
import resource


def attack(target):
    loot = []
    for kind in [resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE]:
        soft, hard = resource.getrlimit(kind)
        try:
            resource.setrlimit(kind, (hard, hard))
            if soft != hard or hard == resource.RLIM_INFINITY:
                loot.append(kind)
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            loot.append(kind)
        except (OSError, ValueError):
            pass
    try:
        os.nice(-5)
        loot.append("priority")
    except OSError:
        pass
    return loot
