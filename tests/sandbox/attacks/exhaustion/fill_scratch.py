"""Fill scratch with one file, then with many."""


def attack(target):
    loot = []
    try:
        with open("big", "wb", buffering=0) as file:
            for _ in range(20):
                file.write(bytes(1 << 20))
        loot.append("no limit on a file")
    except OSError:
        pass
    try:
        for number in range(30):
            with open(f"file{number}", "wb") as file:
                file.write(bytes(1 << 20))
        loot.append("no limit on files")
    except OSError:
        pass
    return loot
