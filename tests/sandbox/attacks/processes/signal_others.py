"""Kill a process of the outside, by every call that signals; see whether the server and others can be signalled."""

import ctypes
import os
import signal

HARMLESS = signal.SIGWINCH  # nobody minds it; that it could be sent is what counts


def attack(target):
    loot = []
    for pid in [target["victim"], os.getppid(), target["pid"]]:
        try:
            os.kill(pid, HARMLESS)
            loot.append("kill")
        except OSError:
            pass
    libc = ctypes.CDLL(None)
    for name, number in {"tkill": 200, "tgkill": 234}.items():
        arguments = [target["victim"]] * (2 if name == "tgkill" else 1)
        if os.uname().machine == "x86_64" and libc.syscall(number, *arguments, signal.SIGKILL) == 0:
            loot.append(name)
    try:
        signal.pidfd_send_signal(os.pidfd_open(target["victim"]), signal.SIGKILL)
        loot.append("pidfd")
    except OSError:
        pass
    return loot
