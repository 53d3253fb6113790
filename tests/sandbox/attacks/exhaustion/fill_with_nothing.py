"""Fill scratch with 22,000 empty files, which need no bytes but inodes."""

import os


def attack(target):
    try:
        for number in range(22_000):
            os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY))
        return ["no limit on inodes"]
    except OSError:
        return []
