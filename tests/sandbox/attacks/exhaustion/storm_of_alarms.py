"""Ask for an alarm each microsecond, answer each one, and never end."""

import signal

STATUS = "timeout"


def attack(target):
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
    while True:
        pass
