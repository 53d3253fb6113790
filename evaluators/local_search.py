"""Local search for symmetric travelling-salesman tours: 2-opt and relocate, always the best move of all.

Compiled with numba where that is installed, and in plain numpy otherwise: the same moves, to the last digit.
"""

from __future__ import annotations

import numpy as np

try:
    import numba  # pyright: ignore[reportMissingImports]
except ImportError:
    numba = None

_ENOUGH = -1e-9
"""A move has to gain more than rounding can."""


def improve(tour: np.ndarray, distances: np.ndarray, moves: int = 1_000_000) -> np.ndarray:
    """The tour after the best moves, one by one, until none shortens it or `moves` of them were made.

    tour: shape (n,), each of 0 to n - 1 once, n >= 5. distances: shape (n, n), symmetric and finite.
    """
    for _ in range(moves):
        gain, kind, i, j = best_move(np.ascontiguousarray(distances[tour][:, tour]))
        if gain >= _ENOUGH:
            break
        tour = _reversed(tour, i, j) if kind == 0 else _relocated(tour, i, j)
    return tour


def _reversed(tour: np.ndarray, i: int, j: int) -> np.ndarray:
    """With the cities from place i + 1 to place j the other way round."""
    return np.concatenate([tour[: i + 1], tour[j:i:-1], tour[j + 1 :]])


def _relocated(tour: np.ndarray, i: int, j: int) -> np.ndarray:
    """With the city at place i moved to between those at places j and j + 1."""
    rest = np.delete(tour, i)
    return np.insert(rest, j + 1 if j < i else j, tour[i])


def best_move_vectorized(between: np.ndarray) -> tuple[float, int, int, int]:
    """The change in length by the best move, whether that is a 2-opt move (0) or a relocation (1), and its i and j.

    between: shape (n, n), distances between the cities in the order of the tour.
    """
    n = len(between)
    following = np.roll(np.arange(n), -1)
    step = between[np.arange(n), following]
    opt = (between + between[following][:, following]) - (step[:, None] + step)
    opt[np.tril_indices(n)] = 0
    closing = between[np.roll(np.arange(n), 1), following] - (np.roll(step, 1) + step)
    move = ((between + between[:, following]) - step) + closing[:, None]
    move[np.arange(n), np.arange(n)] = 0
    move[np.arange(n), np.arange(n) - 1] = 0
    a, b = int(opt.argmin()), int(move.argmin())
    if opt.flat[a] <= move.flat[b]:
        return float(opt.flat[a]), 0, a // n, a % n
    return float(move.flat[b]), 1, b // n, b % n


def best_move_in_loops(between: np.ndarray) -> tuple[float, int, int, int]:
    """The same as `best_move_vectorized`, for numba."""
    n = len(between)
    best, kind, at, to = 0.0, 0, 0, 0
    for i in range(n):
        for j in range(i + 1, n):
            k, m = i + 1, (j + 1) % n
            change = (between[i, j] + between[k, m]) - (between[i, k] + between[j, m])
            if change < best:
                best, kind, at, to = change, 0, i, j
    for i in range(n):
        before, after = (i - 1) % n, (i + 1) % n
        closing = between[before, after] - (between[before, i] + between[i, after])
        for j in range(n):
            k = (j + 1) % n
            if j != i and j != before:
                change = ((between[i, j] + between[i, k]) - between[j, k]) + closing
                if change < best:
                    best, kind, at, to = change, 1, i, j
    return best, kind, at, to


# Compiled at once, not at the first call: that would be in a candidate's process, again and again.
_SIGNATURE = "Tuple((float64, int64, int64, int64))(float64[:, ::1])"
best_move = numba.njit(_SIGNATURE, cache=True)(best_move_in_loops) if numba else best_move_vectorized
