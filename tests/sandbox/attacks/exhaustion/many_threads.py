"""Start two thousand threads with small stacks, and return while all of them still run."""

import threading
import time


def attack(target):
    threading.stack_size(32 << 10)
    try:
        for _ in range(2_000):
            threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    except (RuntimeError, MemoryError):
        pass
    return []
