"""Print 100 MB, in lines of a megabyte."""


def attack(target):
    line = "x" * 999_999
    for _ in range(100):
        print(line)
    return []
