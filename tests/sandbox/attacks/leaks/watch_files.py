"""Watch the files of others as they are opened and changed (inotify)."""

import ctypes


def attack(target):
    libc = ctypes.CDLL(None)
    watcher = libc.inotify_init1(0)
    if watcher < 0:
        return []
    return ["watched"] if libc.inotify_add_watch(watcher, target["outside"].encode(), 0xFFF) >= 0 else []
