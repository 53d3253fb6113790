"""Start threads until it fails, then leave them all running."""

import threading
import time


def attack(target):
    try:
        for _ in range(100_000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        pass
    return []
