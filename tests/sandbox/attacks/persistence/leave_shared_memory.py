"""Leave a shared memory segment of System V, which no process and no folder owns, for the next candidate."""

import ctypes

CREATE = 0o1600


def attack(target):
    ctypes.CDLL(None).shmget(target["key"], 4096, CREATE)
    return []


def look(target):
    return ["found"] if ctypes.CDLL(None).shmget(target["key"], 0, 0) >= 0 else []
