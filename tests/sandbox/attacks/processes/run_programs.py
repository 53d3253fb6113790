"""Start another program: spawn, a shell, a pipe to one."""

import os
import subprocess
import sys


def attack(target):
    attempts = {
        "spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], {}),
        "subprocess": lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True),
        "popen": lambda: os.popen("id").read() or 1 / 0,
        "system": lambda: os.system("true") == 0 or 1 / 0,
    }
    loot = []
    for name, attempt in attempts.items():
        try:
            attempt()
            loot.append(name)
        except (OSError, ZeroDivisionError, subprocess.SubprocessError):
            pass
    return loot
