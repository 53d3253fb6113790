"""Job shop: jobs consist of operations that have to be done in a given order, each on a given machine for a given time;
a machine works on one operation at a time, without interruption. The score is by how much the makespan, the time when
everything is done, exceeds a lower bound, in percent; less is better.

The candidate is a dispatching rule: whenever a machine is idle and several jobs wait for it, it rates them, and the one
that it rates highest is next; a machine never waits while a job waits for it. Instances are Taillard's kind (EJOR 64,
1993): times from 1 to 99, machines in random order, as many operations in each job as there are machines.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve, highest

direction = "minimize"
imports = ("numpy", "math")
cheap = 3
# Mean excess over the lower bound in percent, measured here. On test, SPT, MWKR and MOPNR have the mean makespans that
# Zhang et al. (NeurIPS 2020, arXiv:2010.12367) published for ta01 to ta10: 1546.1, 1464.3 and 1481.3. `optimal` is from
# the makespans that have been proven since: 1231, 1244, 1218, 1175, 1224, 1238, 1227, 1217, 1274 and 1241.
baselines = {
    "train": {"FIFO": 57.85, "SPT": 51.80, "LPT": 66.24, "MWKR": 44.11, "MOPNR": 47.74, "LWKR": 74.98},
    "dev": {"FIFO": 48.83, "SPT": 51.08, "LPT": 57.42, "MWKR": 40.84, "MOPNR": 41.44, "LWKR": 71.76},
    "test": {
        "optimal": 22.31,
        "FIFO": 51.60,
        "SPT": 54.16,
        "LPT": 72.76,
        "MWKR": 45.90,
        "MOPNR": 47.49,
        "LWKR": 80.90,
    },
    "ood": {"FIFO": 9.60, "SPT": 14.96, "LPT": 33.37, "MWKR": 8.55, "MOPNR": 6.31, "LWKR": 28.09},
}

_SIZES = {"train": (15, 15), "dev": (15, 15), "test": (15, 15), "ood": (40, 10)}
_SEEDS = {"train": 5100, "dev": 5200, "ood": 5400}
# Of times and of machines, for ta01 to ta10: the table of 15 jobs on 15 machines there.
_TAILLARD = (
    (840612802, 398197754),
    (1314640371, 386720536),
    (1227221349, 316176388),
    (342269428, 1806358582),
    (1603221416, 1501949241),
    (1357584978, 1734077082),
    (44531661, 1374316395),
    (302545136, 2092186050),
    (1153780144, 1393392374),
    (73896786, 1544979948),
)


@evolve
def priority(
    times: np.ndarray,
    work_remaining: np.ndarray,
    operations_remaining: np.ndarray,
    waited: np.ndarray,
    next_times: np.ndarray,
    next_busy: np.ndarray,
) -> np.ndarray:
    """Rates the k jobs that wait for a machine; the one with the highest rating is next, the first where several are.

    times: array of shape (k,): how long each job's operation takes on this machine, from 1 to 99.
    work_remaining: array of shape (k,): the times of all the operations that each job still needs, this one included.
    operations_remaining: array of shape (k,): how many these are.
    waited: array of shape (k,): how long each job has been waiting for this machine.
    next_times: array of shape (k,): how long the operation after this one takes; 0 where there is none.
    next_busy: array of shape (k,): how long the machine for that one is still busy; 0 where it is idle, or not needed.
    Returns an array of shape (k,).
    """
    return -times


def instances(split):
    """`times` and `machines` have shape (jobs, machines): an operation's time, and its machine from 0."""
    jobs, machines = _SIZES[split]
    own = split != "test"
    seeds = np.random.default_rng(_SEEDS[split]).integers(1, 2**31 - 1, (10, 2)).tolist() if own else _TAILLARD
    for time_seed, machine_seed in seeds:
        yield taillard(jobs, machines, time_seed, machine_seed)


def taillard(jobs, machines, time_seed, machine_seed):
    """An instance as the paper makes it, with its random numbers."""
    draw = _uniform(time_seed)
    times = np.array([[1 + int(99 * next(draw)) for _ in range(machines)] for _ in range(jobs)])
    draw, orders = _uniform(machine_seed), np.tile(np.arange(machines), (jobs, 1))
    for order in orders:
        for place in range(machines):
            other = place + int((machines - place) * next(draw))
            order[[place, other]] = order[[other, place]]
    return {"times": times, "machines": orders}


def _uniform(seed):
    """Numbers between 0 and 1, as Bratley, Fox and Schrage draw them."""
    while True:
        seed = 16807 * seed % (2**31 - 1)
        yield seed / (2**31 - 1)


def drive(priority, instance):
    """When each operation starts: shape (jobs, machines)."""
    times, machines = instance["times"], instance["machines"]
    count = times.shape[1]
    work = times[:, ::-1].cumsum(axis=1)[:, ::-1]
    starts = np.zeros_like(times)
    done, free, idle = np.zeros(len(times), int), np.zeros(len(times), int), np.zeros(count, int)
    while len(jobs := np.nonzero(done < count)[0]):
        wanted = machines[jobs, done[jobs]]
        earliest = np.maximum(free[jobs], idle[wanted])
        now = earliest.min()
        machine = wanted[earliest.argmin()]
        queue = jobs[(wanted == machine) & (earliest == now)]
        job = queue[0]
        if len(queue) > 1:
            at = done[queue]
            after = np.minimum(at + 1, count - 1)
            more = at + 1 < count
            busy = np.maximum(idle[machines[queue, after]] - now, 0)
            ratings = priority(
                times[queue, at],
                work[queue, at],
                count - at,
                now - free[queue],
                times[queue, after] * more,
                busy * more,
            )
            job = queue[highest(ratings, len(queue))]
        starts[job, done[job]] = now
        free[job] = idle[machine] = now + times[job, done[job]]
        done[job] += 1
    return starts


def lower_bound(instance):
    """The longest job, or the busiest machine with what has to come before and after its work."""
    times, machines = instance["times"], instance["machines"]
    before = times.cumsum(axis=1) - times
    after = times.sum(axis=1, keepdims=True) - before - times
    bounds = [times.sum(axis=1).max()]
    for machine in range(times.shape[1]):
        on = machines == machine
        bounds.append(before[on].min() + times[on].sum() + after[on].min())
    return int(max(bounds))


def makespan(instance, solution):
    """Raises Infeasible where an operation starts before the one before it is done, or its machine is idle."""
    times, machines, starts = instance["times"], instance["machines"], np.asarray(solution)
    if starts.shape != times.shape or starts.dtype.kind not in "iu" or starts.min() < 0 or starts.max() > times.sum():
        raise Infeasible(f"a schedule has shape {times.shape}; starts are whole numbers from 0 to {times.sum()}")
    starts = starts.astype(int)
    ends = starts + times
    if (starts[:, 1:] < ends[:, :-1]).any():
        raise Infeasible("an operation starts before the one before it is done")
    for machine in range(times.shape[1]):
        on = machines == machine
        order = np.argsort(starts[on])
        if (starts[on][order][1:] < ends[on][order][:-1]).any():
            raise Infeasible(f"machine {machine} works on two operations at a time")
    return int(ends.max())


def score(instance, solution):
    return 100 * (makespan(instance, solution) / lower_bound(instance) - 1)
