"""Print 100 MB."""


def attack(target):
    line = "x" * 999_999
    for _ in range(100):
        print(line)
    return []
