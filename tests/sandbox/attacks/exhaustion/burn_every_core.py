"""Use all processors at once, in threads that compute without Python's lock, for longer than there is time."""

import hashlib
import threading

STATUS = "timeout"


def burn():
    while True:
        hashlib.pbkdf2_hmac("sha256", b"x", b"x", 10_000_000)


def attack(target):
    for _ in range(8):
        threading.Thread(target=burn).start()
    burn()
