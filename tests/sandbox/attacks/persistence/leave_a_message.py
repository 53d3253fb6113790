"""Leave messages and a semaphore for the next candidate: System V's queues, and POSIX's."""

import ctypes


def attack(target):
    libc = ctypes.CDLL(None)
    libc.msgget(target["key"], 0o1600)
    libc.semget(target["key"], 1, 0o1600)
    libc.mq_open(b"/" + target["mark"].encode(), 0o102, 0o600, None)
    return []


def look(target):
    libc = ctypes.CDLL(None)
    found = [name for name, get in {"messages": libc.msgget, "semaphore": libc.semget}.items() if has(get, target)]
    if libc.mq_open(b"/" + target["mark"].encode(), 0) >= 0:
        libc.mq_unlink(b"/" + target["mark"].encode())
        found.append("POSIX queue")
    return found


def has(get, target):
    return (get(target["key"], 0, 0) if get.__name__ == "semget" else get(target["key"], 0)) >= 0
