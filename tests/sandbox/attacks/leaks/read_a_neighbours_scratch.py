"""Read what a candidate that runs beside this one has written into its scratch folder."""

import contextlib
import os
import time


def bystander(target, secret):
    with open("notes.txt", "w") as file:
        file.write(secret)
    time.sleep(0.6)
    return "unharmed"


def attack(target):
    loot = []
    for place in ["..", "/tmp", "/scratch", "/proc"]:
        for folder, folders, files in os.walk(place):
            folders[:] = [name for name in folders if name.isdigit() or name == "root" or "optwright" in name]
            if "notes.txt" in files:
                with contextlib.suppress(OSError), open(os.path.join(folder, "notes.txt")) as file:
                    loot.append(file.read())
    return loot
