"""Raise the limits on memory, CPU time, files and processes."""

import os
import resource


def attack(target):
    loot = []
    for kind in [resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE]:
        try:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            loot.append(kind)
        except (OSError, ValueError):
            pass
    for change in [lambda: os.nice(-5), lambda: os.sched_setaffinity(os.getppid(), {0})]:
        try:
            change()
            loot.append("priority")
        except OSError:
            pass
    return loot
