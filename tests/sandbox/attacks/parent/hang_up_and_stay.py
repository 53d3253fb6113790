"""Close every descriptor, so that the parent hears the end of everything, and stay."""

import os
import time

STATUS = "timeout"


def attack(target):
    os.closerange(0, 256)
    time.sleep(10**6)
