"""List the processes of the machine with their command lines."""

import os


def attack(target):
    loot = []
    for pid in range(1, 5_000):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                loot.append(file.read(50))
        except OSError:
            pass
    try:
        os.getpgid(target["pid"])
        loot.append("the parent is there")
    except OSError:
        pass
    return loot
