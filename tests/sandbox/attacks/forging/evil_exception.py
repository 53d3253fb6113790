"""Raise something that is no Exception, whose text and destructor raise too."""

STATUS = "timeout"  # destroying the exception raises another one, and so on


class Evil(BaseException):
    def __str__(self):
        raise Evil

    __repr__ = __str__

    def __del__(self):
        raise Evil


def attack(target):
    raise Evil
