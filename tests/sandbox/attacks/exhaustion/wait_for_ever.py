"""Wait with every signal blocked: for a lock that is never free, and in a thread for a pipe that nobody writes."""

import os
import signal
import threading

STATUS = "timeout"


def attack(target):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Thread(target=os.read, args=(os.pipe()[0], 1)).start()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
