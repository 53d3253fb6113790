"""Loop for ever and ignore every signal that can be ignored."""

import contextlib
import signal

STATUS = "timeout"


def attack(target):
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        pass
