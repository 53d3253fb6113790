"""Stop this process: it neither ends nor runs, and ignores every signal but one."""

import os
import signal
import time

STATUS = "timeout"


def attack(target):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(10**6)  # the first process of a namespace cannot be stopped from within
