"""Read what other programs keep in the folders that all share: /tmp, /dev/shm, /var/tmp."""

import contextlib
import os


def attack(target):
    loot = []
    for folder in ["/tmp", "/dev/shm", "/var/tmp"]:
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.startswith("canary"):
                    with contextlib.suppress(OSError), open(os.path.join(folder, name)) as file:
                        loot.append(file.read())
    return loot
