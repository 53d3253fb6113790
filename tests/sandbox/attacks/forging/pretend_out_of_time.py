"""End by the signal that the kernel sends when CPU time is used up, after no time at all."""

import os
import signal

STATUS = "crashed"


def attack(target):
    os.kill(os.getpid(), signal.SIGXCPU)
