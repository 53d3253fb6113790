"""Return a subclass of numpy's array that computes as it likes."""

import numpy

STATUS = "error"


class Lying(numpy.ndarray):
    looked = 0

    def __iter__(self):
        Lying.looked += 1
        return iter([0.0] * 3 if Lying.looked == 1 else [1e9] * 3)

    def __array_ufunc__(self, *_, **__):
        return 1e9


def solve(weights, values, capacity):
    return numpy.zeros(3).view(Lying)
