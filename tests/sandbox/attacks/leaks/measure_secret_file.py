"""Learn that the secret file is there, how large it is and when it was written, without opening it."""

import os


def attack(target):
    try:
        status = os.stat(target["secret_file"])
        return [status.st_size, status.st_mtime]
    except OSError:
        return []
