import numpy as np
import pytest
from optwright.evaluators import task

GLS = task.load("tsp_guided_local_search")


def lengths(candidate, count: int = 2) -> list[float]:
    return [GLS.score(instance, GLS.drive(candidate, instance)) for instance in GLS.instances("train")[:count]]


def counts(edge_distance: np.ndarray, _: np.ndarray, edge_n_used: np.ndarray) -> np.ndarray:
    return edge_distance + 0.05 * edge_n_used


def test_true_distances_leave_the_search_where_it_is_stuck() -> None:
    stuck = lengths(lambda edge_distance, *_: edge_distance, 6)
    assert sum(stuck) / 6 == pytest.approx(GLS.baselines["train"]["local search"], abs=1e-3)


def test_a_candidate_that_changes_its_arguments_changes_nothing_else() -> None:
    def careless(edge_distance: np.ndarray, local_opt_tour: np.ndarray, edge_n_used: np.ndarray) -> np.ndarray:
        changed = counts(edge_distance, local_opt_tour, edge_n_used)
        edge_distance[:] = 0
        local_opt_tour[:] = 0
        edge_n_used[:] = 0
        return changed

    assert lengths(careless) == lengths(counts) < lengths(lambda edge_distance, *_: edge_distance)


def test_each_edge_of_a_tour_at_which_the_search_was_stuck_is_counted() -> None:
    rounds = []

    def watching(edge_distance: np.ndarray, local_opt_tour: np.ndarray, edge_n_used: np.ndarray) -> np.ndarray:
        rounds.append(edge_n_used)
        edges = edge_n_used[local_opt_tour, np.roll(local_opt_tour, -1)]
        assert (edges >= 1).all()
        assert (edge_n_used == edge_n_used.T).all()
        assert edge_n_used.sum() == 2 * len(local_opt_tour) * len(rounds)
        return counts(edge_distance, local_opt_tour, edge_n_used)

    lengths(watching, 1)
    assert len(rounds) == 40


@pytest.mark.parametrize("wrong", [np.full((60, 60), np.nan), np.zeros(60), None])
def test_what_is_no_matrix_of_distances_is_the_candidates_error(wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"60 x 60 finite numbers"):
        lengths(lambda *_: wrong, 1)
