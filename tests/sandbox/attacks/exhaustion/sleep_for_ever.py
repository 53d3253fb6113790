"""Sleep for ever, in a thread too, using no CPU time."""

import threading
import time

STATUS = "timeout"


def attack(target):
    threading.Thread(target=time.sleep, args=(10**6,)).start()
    time.sleep(10**6)
