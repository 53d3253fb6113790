import numpy as np
import pytest
from optwright.evaluators import task

SETS = task.load("independent_set")
PATH = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def lowest(degrees: np.ndarray, _: np.ndarray) -> np.ndarray:
    return -degrees


def test_a_path_of_three_vertices() -> None:
    assert SETS.score(PATH, SETS.drive(lowest, PATH)) == 2
    assert SETS.drive(lambda degrees, _: degrees, PATH).tolist() == [1]
    with pytest.raises(task.Infeasible, match="vertices 1 and 2 are joined"):
        SETS.score(PATH, [1, 2])


def test_the_driver_goes_on_until_every_vertex_is_chosen_or_has_a_chosen_neighbour() -> None:
    for graph in SETS.instances("train"):
        chosen = SETS.drive(lowest, graph)
        assert ((graph[chosen].sum(axis=0) > 0) ^ np.isin(np.arange(len(graph)), chosen)).all()


@pytest.mark.parametrize("split", task.SPLITS)
def test_graphs_have_neither_loops_nor_directions(split: task.Split) -> None:
    for graph in SETS.instances(split):
        assert (graph == graph.T).all()
        assert not graph.diagonal().any()
        assert 0 < graph.mean() < 0.5


def test_codes_that_correct_a_deletion_are_independent_sets_of_sloanes_graphs() -> None:
    """Varshamov and Tenengolts: words of n digits whose weighted digit sum is 0 modulo n + 1."""
    for graph, digits, size in zip(SETS.instances("ood"), (6, 7, 8), (10, 16, 30), strict=False):
        code = [
            word
            for word in range(2**digits)
            if sum(place + 1 for place in range(digits) if word >> place & 1) % (digits + 1) == 0
        ]
        assert len(graph) == 2**digits
        assert SETS.score(graph, code) == size


def test_what_a_candidate_does_to_its_arguments_changes_no_graph() -> None:
    def careless(degrees: np.ndarray, adjacency: np.ndarray) -> np.ndarray:
        ratings = -degrees
        adjacency[:], degrees[:] = 0, 0
        return ratings

    graph = SETS.instances("train")[0]
    assert SETS.drive(careless, graph).tolist() == SETS.drive(lowest, graph).tolist()
