"""End by the signal that the kernel sends when CPU time is used up, after no time at all."""

import os
import signal

STATUS = "crashed"


def attack(target):
    os.kill(os.getpid(), signal.SIGXCPU)
    os._exit(1)  # the first process of a namespace gets no signal from within
