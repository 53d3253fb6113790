"""Flood stdout and stderr from eight threads at once, past Python's own buffers."""

import os
import threading


def flood(descriptor):
    for _ in range(100):
        os.write(descriptor, b"x" * 100_000)


def attack(target):
    threads = [threading.Thread(target=flood, args=(1 + index % 2,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return []
