"""Take open files and memory away from a process of the outside (`prlimit`)."""

import resource


def attack(target):
    try:
        resource.prlimit(target["victim"], resource.RLIMIT_NOFILE, (1, 1))
        return ["limited"]
    except (OSError, PermissionError):
        return []
