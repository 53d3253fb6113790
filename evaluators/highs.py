"""HiGHS on a compiled model: linear programs, mixed-integer programs, convex quadratic programs."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from .compiled import Compiled, Terms
from .contract import broken
from .run import Clock, Run, RunStatus, finite
from .verdict import SolveOptions
from .watch import Watch

_STATUS: dict[str, RunStatus] = {
    "kOptimal": "optimal",
    "kModelEmpty": "optimal",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kUnboundedOrInfeasible": "infeasible or unbounded",
    "kTimeLimit": "limit",
    "kIterationLimit": "limit",
    "kSolutionLimit": "limit",
    "kInterrupt": "limit",
    "kMemoryLimit": "limit",
}


_SMALL = 500
"""Columns up to which a model is solved without the heuristics that pay on large ones only."""
_QP_STEPS, _QP_STEPS_EACH = 1_000, 50
"""Iterations that a QP may take, and as many more for each column and row."""
_DOUBTED = 20_000
"""Nonzeros up to which an infeasible model is solved a second time."""
_DOUBT_SECONDS = 5.0


def load(c: Compiled, options: SolveOptions, seconds: float) -> highspy.Highs:
    """A silent, single-threaded HiGHS that holds the model. Rows must be linear."""
    highs = highspy.Highs()
    for name, value in _settings(options, seconds):
        highs.setOptionValue(name, value)
    # Feasibility jump costs 10 ms whatever the size, and only pays where an incumbent is hard to find.
    highs.setOptionValue("mip_heuristic_run_feasibility_jump", len(c.cost) > _SMALL)
    # Its active set method can cycle for ever where rows are of very different sizes; what needs more goes to SCIP.
    highs.setOptionValue("qp_iteration_limit", _QP_STEPS + _QP_STEPS_EACH * (len(c.cost) + len(c.row_lower)))
    if highs.passModel(_model(c)) == highspy.HighsStatus.kError:
        raise broken("HiGHS refuses the model's numbers; check the data for values beyond 1e15")
    return highs


def _settings(options: SolveOptions, seconds: float):
    return (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", options.seed),
        ("time_limit", max(seconds, 0.01)),
        ("mip_rel_gap", options.gap),
        ("mip_abs_gap", 1e-9),
        ("mip_feasibility_tolerance", 1e-7),
        ("small_matrix_value", 1e-12),  # smaller coefficients are dropped, by default those below 1e-9
        # The default of 1e-7 moves flat optima by percents; a singular Hessian that needs it goes to SCIP instead.
        ("qp_regularization_value", 0.0),
    )


def _model(c: Compiled) -> highspy.HighsModel:
    model = highspy.HighsModel()
    lp = model.lp_
    lp.num_col_, lp.num_row_ = len(c.cost), len(c.row_lower)
    lp.col_cost_, lp.offset_ = c.cost, c.offset
    lp.col_lower_, lp.col_upper_ = c.lower, c.upper
    lp.row_lower_, lp.row_upper_ = c.row_lower, c.row_upper
    lp.sense_ = highspy.ObjSense.kMaximize if c.maximize else highspy.ObjSense.kMinimize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = len(c.cost), len(c.row_lower)
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = c.start, c.index, c.value
    if c.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in c.integer.tolist()]
    if c.hessian:
        _fill_hessian(model.hessian_, c.hessian, len(c.cost))
    return model


def _fill_hessian(target: highspy.HighsHessian, terms: Terms, n: int) -> None:
    """The lower triangle of Q in ½xᵀQx, column by column; `terms` hold x_i·x_j once for each pair i ≤ j."""
    entries = sorted((i, j, 2 * value if i == j else value) for (i, j), value in terms.items())
    target.dim_ = n
    target.format_ = highspy.HessianFormat.kTriangular
    target.start_ = np.searchsorted([i for i, _, _ in entries], np.arange(n + 1)).astype(np.int32)
    target.index_ = np.array([j for _, j, _ in entries], dtype=np.int32)
    target.value_ = np.array([value for _, _, value in entries])


def solve(c: Compiled, options: SolveOptions, clock: Clock, watch: Watch | None = None) -> Run:
    highs = load(c, options, clock.left)
    if watch is not None:
        _show(highs, c, watch)
    highs.run()
    run = read(highs, c)
    if run.status == "infeasible" and len(c.value) <= _DOUBTED and not clock.out:
        return _doubted(c, run, options, clock)
    return run


def _show(highs: highspy.Highs, c: Compiled, watch: Watch) -> None:
    """Let the watch see how HiGHS gets on. Of an LP it tells the time only, of a QP hardly anything.

    HiGHS asks these callbacks whether to go on, thousands of times a second, and they leave that as it is.
    """

    def integers(event: highspy.HighsCallbackEvent) -> None:
        if watch.due:
            watch.show("highs", event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)

    def simplex(_: highspy.HighsCallbackEvent) -> None:
        if watch.due:
            watch.show("highs")

    if c.integer.any():
        highs.cbMipInterrupt.subscribe(integers)
    else:
        highs.cbSimplexInterrupt.subscribe(simplex)


def _doubted(c: Compiled, run: Run, options: SolveOptions, clock: Clock) -> Run:
    """The run, unless a second one without presolve finds a point.

    HiGHS's presolve calls models infeasible that are feasible with less than about 1e-7 to spare.
    """
    highs = load(c, options, min(clock.left, _DOUBT_SECONDS))
    highs.setOptionValue("presolve", "off")
    highs.run()
    again = read(highs, c)
    return run if again.x is None else again


def read(highs: highspy.Highs, c: Compiled) -> Run:
    """The result of the last `highs.run()`."""
    model_status = highs.getModelStatus()
    info, solution = highs.getInfo(), highs.getSolution()
    status = _STATUS.get(model_status.name, "failed")
    has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status == "limit" and has_point:
        status = "feasible"
    run = Run(status, "highs", highs.modelStatusToString(model_status), bound=_bound(info, c, status))
    if status == "failed":
        return replace(run, complaint=f"HiGHS stopped with {run.termination!r}; scale the data or simplify the model")
    if status not in ("optimal", "feasible"):
        return run
    x = np.array(solution.col_value)
    if not (np.isfinite(x).all() and np.isfinite(info.objective_function_value)):
        return replace(
            run, status="failed", bound=None, complaint="HiGHS returned an infinite point; bound every variable"
        )
    dual = reduced = None
    if status == "optimal" and not c.integer.any():
        dual, reduced = np.array(solution.row_dual), np.array(solution.col_dual)
    return replace(run, x=x, objective=info.objective_function_value, dual=dual, reduced=reduced)


def _bound(info: highspy.HighsInfo, c: Compiled, status: RunStatus) -> float | None:
    if c.integer.any() and status in ("optimal", "feasible", "limit"):
        return finite(info.mip_dual_bound)
    return info.objective_function_value if status == "optimal" else None
