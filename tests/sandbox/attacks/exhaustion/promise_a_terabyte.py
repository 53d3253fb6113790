"""Make files of a terabyte that hold nothing, and reserve what is there for one of them."""

import os


def attack(target):
    loot = []
    for name, make in {
        "truncate": lambda file: os.truncate(file, 1 << 40),
        "seek": lambda file: os.pwrite(file, b"x", 1 << 40),
        "reserve": lambda file: os.posix_fallocate(file, 0, 64 << 20),
    }.items():
        file = os.open(name, os.O_CREAT | os.O_RDWR)
        try:
            make(file)
            loot.append(name)
        except OSError:
            pass
    return loot
