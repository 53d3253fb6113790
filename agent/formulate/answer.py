"""The end of the graph: flags, what was checked, an explanation, and the Solution. No model speaks here."""

from __future__ import annotations

from collections.abc import Sequence

from ...evaluators.verdict import Verdict
from ..solution import Flag, ReadingOutcome, Sample, Solution, Usage
from . import nodes, words
from .formulation import Formulation
from .state import Effort, State

WIDE_GAP = 0.01
"""Relative gap above which two unproved optima say nothing about each other."""


def flags_of(state: State, effort: Effort) -> tuple[Flag, ...]:
    """Every reason not to bet on the answer; empty where we would."""
    if "verdict" not in state or state["verdict"].status == "failed":
        return ()
    return (
        *_missing(state["formulation"]),
        *_limit(state["verdict"]),
        *_feasibility(state["verdict"]),
        *_assumptions(state.get("readings", []), state.get("settled", [])),
        *_samples(state),
        *_cross_check(state),
        *_source(state),
        *_contract(state, effort),
    )


def _missing(formulation: Formulation) -> Sequence[Flag]:
    return [
        Flag(kind="missing", message=f"{m.name} is not given and was left out: {m.why}") for m in formulation.missing
    ]


def _limit(verdict: Verdict) -> Sequence[Flag]:
    if verdict.status != "feasible":
        return []
    gap = f"a gap of {verdict.gap:.2%}" if verdict.gap is not None else "an unknown gap"
    return [Flag(kind="limit", message=f"the time limit hit with {gap}: a better solution may exist")]


def _feasibility(verdict: Verdict) -> Sequence[Flag]:
    check = verdict.feasibility
    if not verdict.solved or (check and check.ok):
        return []
    where = f"{check.kind} {check.where} is off by {check.worst_violation:g}" if check else "the point was not checked"
    return [Flag(kind="feasibility", message=f"the returned point does not hold up: {where}")]


def _assumptions(outcomes: Sequence[ReadingOutcome], settled: Sequence[str]) -> Sequence[Flag]:
    """Readings with another optimum, but for those that a person has chosen."""
    return [
        Flag(kind="assumption", message=f"“{o.words}” was taken as {o.chosen}; as {o.other} it is {_result(o)}")
        for o in outcomes
        if o.changes and o.name not in settled
    ]


def _result(outcome: ReadingOutcome) -> str:
    return f"{outcome.objective:.10g}" if outcome.objective is not None else outcome.status


def _samples(state: State) -> Sequence[Flag]:
    against = [
        o.verdict for o in state.get("opinions", []) if _ran(o.verdict) and not nodes.agree(state["verdict"], o.verdict)
    ]
    found = state.get("reconciliation")
    if against:
        why = f" ({found.difference})" if found else ""
        others = ", ".join(nodes.outcome_line(v) for v in against)
        return [Flag(kind="samples", message=f"an independent program came to something else: {others}{why}")]
    if found:
        return [
            Flag(kind="samples", message=f"independent programs differed until one was corrected: {found.difference}")
        ]
    return []


def _cross_check(state: State) -> Sequence[Flag]:
    found = state.get("perturbation")
    lines = nodes.cross_findings(found).splitlines() if found else []
    return [Flag(kind="cross-check", message=line) for line in lines]


def _source(state: State) -> Sequence[Flag]:
    names = words.unsupported(state["formulation"], state["problem"])
    return [Flag(kind="source", message=f"the text does not state the value of `{name}`") for name in names]


def _contract(state: State, effort: Effort) -> Sequence[Flag]:
    """What outlived every repair. An infeasible model is an answer; a solution with a finding is one to doubt."""
    verdict = state["verdict"]
    if not verdict.solved or not state.get("findings") or len(state["repairs"]) < effort.rounds:
        return []
    return [Flag(kind="cross-check", message=f"not mended: {state['findings'].splitlines()[0]}")]


# ---- the solution


def assemble(
    state: State, *, run: str, model: str, effort: str, level: Effort, usage: Usage, seconds: float
) -> Solution:
    """The Solution of a finished graph."""
    formulation, verdict = state["formulation"], state.get("verdict")
    status, error = _status(formulation, verdict)
    checked, unchecked = _checks(state, level)
    return Solution(
        run=run,
        status=status,
        problem=state["problem"],
        model=model,
        effort=effort,
        objective=verdict.objective if verdict and verdict.solved else None,
        answers=verdict.report if verdict and verdict.solved else {},
        explanation=explain(formulation, verdict, state.get("kept", "")),
        formulation=formulation,
        program=state.get("program", ""),
        verdict=verdict,
        readings=tuple(state.get("readings", [])),
        samples=_sampled(state),
        perturbation=state.get("perturbation"),
        repairs=tuple(state.get("repairs", [])),
        flags=flags_of(state, level),
        checked=checked,
        unchecked=unchecked,
        usage=usage,
        seconds=seconds,
        solve_seconds=_solving(state),
        error=error,
    )


def _solving(state: State) -> float:
    if "verdict" not in state:
        return 0.0
    programs = sum(
        verdict.timings.solve for verdict in (state["verdict"], *(o.verdict for o in state.get("opinions", [])))
    )
    moved = state.get("perturbation")
    return programs + sum(o.solve for o in state.get("readings", [])) + (moved.solve if moved else 0.0)


def _status(formulation: Formulation, verdict: Verdict | None):
    lacking = "; ".join(f"{m.name} ({m.why})" for m in formulation.missing if m.essential)
    if lacking:
        return "incomplete", f"the problem does not say: {lacking}. Add it to the text or to a data file"
    if verdict is None or verdict.status == "failed":
        failure = verdict.failure if verdict else None
        cause = failure.message.splitlines()[0] if failure else "no program was written"
        return "failed", f"no working program after the last repair: {cause}. Try a higher --effort or another --model"
    if verdict.status == "limit":
        return "failed", f"no feasible solution within the time limit ({verdict.termination}). Raise --time-limit"
    return verdict.status, ""


def explain(formulation: Formulation, verdict: Verdict | None, kept: str) -> str:
    """The answer in a few sentences, put together from the verdict alone."""
    if verdict is None or verdict.status in ("failed", "limit"):
        return ""
    if not verdict.solved:
        return " ".join(filter(None, [f"The problem is {verdict.status}.", _sentence(kept)]))
    best = {"minimize": "smallest", "maximize": "largest"}[verdict.sense or formulation.objective.sense]
    proved = f"the {best} possible" if verdict.status == "optimal" else "the best found within the time limit"
    unit = formulation.objective.unit
    return f"The objective is {verdict.objective:.10g}{' ' + unit if unit else ''}, {proved}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith(".") else ".")


def _sampled(state: State) -> tuple[Sample, ...]:
    return tuple(
        Sample(status=o.verdict.status, objective=o.verdict.objective, agrees=nodes.agree(state["verdict"], o.verdict))
        for o in state.get("opinions", [])
    )


def _checks(state: State, level: Effort) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was checked and what was not, one sentence each."""
    verdict = state.get("verdict")
    if verdict is None or verdict.status in ("failed", "limit"):
        return (), ()
    done: list[str] = []
    left: list[str] = []
    if verdict.solved:
        _feasible(verdict, done, left)
    _asked(state, level, done, left)
    _moved(state, level, done, left)
    if loose := words.unheld(state["formulation"], state["problem"]):
        left.append(f"Numbers of the text that no parameter holds: {', '.join(f'{n:g}' for n in loose[:12])}.")
    return tuple(done), tuple(left)


def _feasible(verdict: Verdict, done: list[str], left: list[str]) -> None:
    if verdict.feasibility and verdict.feasibility.ok:
        worst = verdict.feasibility.worst_violation
        done.append(f"Every constraint, bound and whole number holds at the solution (worst violation {worst:.1g}).")
    if verdict.status == "feasible":
        left.append("That no better solution exists: the time limit hit first.")


def _asked(state: State, level: Effort, done: list[str], left: list[str]) -> None:
    outcomes = state.get("readings", [])
    unsolved = [o.name for o in outcomes if o.status in ("failed", "limit")]
    if solved := len(outcomes) - len(unsolved):
        done.append(f"{solved} other reading{'s' * (solved > 1)} of the text solved beside the chosen one.")
    if unsolved:
        left.append(f"Other readings that could not be solved: {', '.join(unsolved)}.")
    if not level.readings and any(r.other for r in state["formulation"].readings):
        left.append("Other readings of the text (solved from --effort standard on).")
    _second(state, done, left)


def _second(state: State, done: list[str], left: list[str]) -> None:
    """The independent programs; those that disagree are flags, not checks."""
    opinions = state.get("opinions", [])
    ran = [o.verdict for o in opinions if _ran(o.verdict)]
    if not ran:
        why = "its program did not run" if opinions else "from --effort standard on"
        left.append(f"A second, independent program ({why}).")
    elif any((v.gap or 0.0) > WIDE_GAP for v in (state["verdict"], *ran)):
        left.append(
            "Whether an independent program comes to the same optimum: the time limit left the gaps too wide to tell."
        )
    elif all(nodes.agree(state["verdict"], verdict) for verdict in ran):
        programs = "A program" if len(ran) == 1 else f"{len(ran)} programs"
        done.append(f"{programs} written independently, straight from the words: the same result.")


def _moved(state: State, level: Effort, done: list[str], left: list[str]) -> None:
    found = state.get("perturbation")
    if found and found.sensitivities:
        moved = f"{len(found.sensitivities)} data moved up and down and solved again"
        if not found.unused and not found.contradictions:
            done.append(f"{moved}: the optimum reacts as the words say.")
    if found and found.skipped:
        left.append(f"{found.skipped} data were not moved, for lack of time.")
    if found is None and state["verdict"].solved:
        why = "it could not be run" if level.perturb else "from --effort standard on"
        left.append(f"How the optimum reacts to the data ({why}).")


def _ran(verdict: Verdict) -> bool:
    return verdict.status not in ("failed", "limit")
