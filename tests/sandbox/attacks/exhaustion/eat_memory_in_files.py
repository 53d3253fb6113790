"""Keep 600 MB in files that live in memory and belong to no address space (memfd), and in /dev/shm."""

import os


def attack(target):
    loot = []
    try:
        file = os.memfd_create("hoard")
        written = sum(os.write(file, bytes(10 << 20)) for _ in range(60))
        loot.append(written)
    except OSError:
        pass
    try:
        with open(f"/dev/shm/{target['mark']}", "wb") as file:
            loot.append(file.write(bytes(10 << 20)))
    except OSError:
        pass
    return loot
