"""Fill scratch with one endless file, then with endless files."""


def attack(target):
    try:
        with open("big", "wb") as file:
            for _ in range(100_000):
                file.write(bytes(1 << 20))
        return ["no limit on a file"]
    except OSError:
        pass
    try:
        for number in range(1_000_000):
            with open(f"file{number}", "wb") as file:
                file.write(bytes(1 << 20))
        return ["no limit on files"]
    except OSError:
        return []
