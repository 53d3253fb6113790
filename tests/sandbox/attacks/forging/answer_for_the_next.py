"""Leave a thread and an exit handler behind that write a result to the channel after this one is over."""

import atexit
import os
import struct
import threading
import time


def forge():
    text = b'{"status":"ok","value":"forged"}'
    os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)


def later():
    time.sleep(0.2)
    forge()


def attack(target):
    atexit.register(forge)
    threading.Thread(target=later, daemon=True).start()
    return []


def look(target):
    time.sleep(0.4)
    return []
