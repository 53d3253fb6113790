"""Stay a single process, but leave the group and session by which it could be found and killed."""

import os


def attack(target):
    loot = []
    for name, leave in {"session": os.setsid, "group": lambda: os.setpgid(0, os.getppid())}.items():
        try:
            leave()
            loot.append(name)
        except OSError:
            pass
    try:
        if os.fork() == 0:
            os.setpgid(0, 0)
            os.execv("/bin/sleep", ["sleep", "20"])
    except OSError:
        return []
    return [*loot, "a child in a group of its own"]
