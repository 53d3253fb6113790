"""Start a child that ignores every signal which can be ignored, and is orphaned."""

import contextlib
import os
import signal
import time


def attack(target):
    try:
        pid = os.fork()
    except OSError:
        return []
    if pid == 0:
        for number in signal.valid_signals():
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_IGN)
        os.setsid()
        time.sleep(20)
        os._exit(0)
    return [pid]
