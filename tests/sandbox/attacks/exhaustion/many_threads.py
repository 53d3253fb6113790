"""Start two thousand threads with small stacks, and leave them all running for whoever comes next."""

import threading
import time


def attack(target):
    threading.stack_size(32 << 10)
    started = 0
    try:
        for _ in range(2_000):
            threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
            started += 1
    except (RuntimeError, MemoryError):
        return []
    return [started]
