"""Run a program that no file system holds: a copy of one in a memory file, and one with the execute bit in scratch."""

import os
import shutil
import subprocess


def attack(target):
    loot = []
    try:
        program = os.memfd_create("program", 0)
        with open("/bin/true", "rb") as file:
            os.write(program, file.read())
        if subprocess.run([f"/proc/self/fd/{program}"], pass_fds=[program]).returncode == 0:
            loot.append("memory")
    except OSError:
        pass
    try:
        shutil.copy("/bin/true", "mine")
        os.chmod("mine", 0o755)
        if subprocess.run(["./mine"]).returncode == 0:
            loot.append("scratch")
    except OSError:
        pass
    return loot
