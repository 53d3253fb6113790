"""Leave a thread that changes modules while the next candidate runs."""

import threading
import time

import numpy


def poison():
    while True:
        numpy.dot = lambda *_: "poisoned"
        time.sleep(0.01)


def attack(target):
    threading.Thread(target=poison, daemon=True).start()
    return []


def look(target):
    time.sleep(0.1)
    total = numpy.dot(numpy.ones(3), numpy.ones(3))
    return [] if total == 3 else [total]
