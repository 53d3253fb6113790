"""Start ten children that outlive this process."""

import multiprocessing
import os
import time


def attack(target):
    started = []
    for _ in range(10):
        try:
            pid = os.fork()
        except OSError:
            continue
        if pid == 0:
            time.sleep(20)
            os._exit(0)
        started.append(pid)
    try:
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(20,))
        process.start()
        started.append(process.pid)
    except OSError:
        pass
    return started
