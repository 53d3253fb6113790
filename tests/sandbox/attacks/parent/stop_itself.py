"""Stop this process: it neither ends nor runs, and ignores every signal but one."""

import os
import signal

STATUS = "timeout"


def attack(target):
    os.kill(os.getpid(), signal.SIGSTOP)
