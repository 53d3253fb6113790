"""The formulation graph, from words to a checked model.

     clarify             choose
       ▲ │                 ▲ │
       │ ▼                 │ ▼
    formalize ─▶ write ─▶ run ─▶ readings ─▶ opinions ─▶ reconcile ─▶ END
        │                 ▲ │                                │
        ▼                 │ ▼ findings, and rounds left      │
       END   revise ─▶  repair ◀─────────────────────────────┘

`revise` is where a change of a model that is there already begins. At `clarify` and `choose` a person is asked, where
one is there: the graph stops, and goes on with the answer.

Each step returns what it changes; the checkpointer keeps the state after each, so that a killed
run goes on where it stood. A step reports progress through the stream writer as an `Event`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict

from ... import prompts
from ...evaluators.perturb import judge_and_perturb
from ...evaluators.program import judge
from ...evaluators.verdict import Effect, Failure, Probed, Progress, Verdict
from ..edits import EditError, apply_each, apply_edits, extract_code
from ..llm import Completion
from ..solution import Round
from . import asking, nodes
from .asking import choose, clarify
from .formulation import Formulation
from .state import Context, Opinion, Reconciliation, Revision, Standing, State


class Event(BaseModel):
    """One line of progress."""

    model_config = ConfigDict(frozen=True)

    run: str
    """Id of the run, for `resume`."""
    step: str
    message: str
    seconds: float = 0.0
    """How long the step took."""
    progress: Progress | None = None
    """Of a solver that is still at work; the step is not over then."""


Run = Runtime[Context]
_STEPS = 60
"""More steps than any run through the graph takes."""


async def formalize(state: State, runtime: Run) -> State:
    begun = time.monotonic()
    reply = await _ask(runtime, "formalize", _problem(state, runtime), schema=Formulation)
    formulation = reply.parsed
    assert isinstance(formulation, Formulation)
    elements = f"{len(formulation.variables)} variables, {len(formulation.constraints)} constraints"
    _tell(runtime, "formalize", f"{formulation.title}: {elements}", begun)
    return {"formulation": formulation, "settled": [], "restated": False}


async def revise(state: State, runtime: Run) -> State:
    """A user's change as a minimal edit of formulation and program; edits that do not fit are left to `repair`."""
    begun = time.monotonic()
    program = state["program"]
    told = {"program": program.rstrip(), "change": state["change"]}
    reply = await _ask(
        runtime, "revise", _problem(state, runtime) | _formulation(state, runtime) | told, schema=Revision
    )
    revision = reply.parsed
    assert isinstance(revision, Revision)
    _tell(runtime, "revise", revision.summary, begun)
    changed = State(formulation=nodes.revised(state["formulation"], revision), repairs=[], findings="", kept="")
    try:
        return {**changed, "program": apply_each(program, [(e.search, e.replace) for e in revision.edits])}
    except EditError as error:
        findings = f"The program does not do this yet: {state['change']} ({revision.summary}) {error}."
        failure = Failure(kind="contract", message=str(error))
        return {**changed, "findings": findings, "verdict": Verdict(status="failed", failure=failure)}


async def write(state: State, runtime: Run) -> State:
    begun = time.monotonic()
    reply = await _ask(runtime, "write_program", _problem(state, runtime) | _formulation(state, runtime))
    program = extract_code(reply.text) or ""
    _tell(runtime, "write program", f"{len(program.splitlines())} lines", begun)
    return {"program": program, "repairs": []}


async def run(state: State, runtime: Run) -> State:
    """Build, solve and judge the program; where the effort says so, move its data too."""
    begun = time.monotonic()
    program = state["program"]
    probed = await _probe(state, runtime)
    verdict, perturbation = probed.verdict, probed.perturbation
    _tell(runtime, "run", _outcome(probed), begun)
    findings, mended = nodes.findings_of(verdict, program, state["formulation"]), state.get("mended", False)
    if perturbation and not findings and runtime.context.effort.mend and not mended:
        findings, mended = nodes.cross_findings(perturbation), True
    repairs = state["repairs"]
    if repairs:
        repairs = [*repairs[:-1], repairs[-1].model_copy(update={"status": nodes.outcome_line(verdict)})]
    changed = State(verdict=verdict, findings=findings, kept="", repairs=repairs, mended=mended)
    standing = State(standing=Standing(program=program, probed=probed)) if verdict.solved else State()
    return {**changed, **standing, "perturbation": perturbation}


async def repair(state: State, runtime: Run) -> State:
    begun = time.monotonic()
    findings, program = state["findings"], state["program"]
    told = {"program": program.rstrip() or "(the reply held no program)", "findings": findings}
    reply = await _ask(runtime, "repair", _problem(state, runtime) | _formulation(state, runtime) | told)
    first = findings.splitlines()[0]
    if (reason := _kept(reply.text)) and state["verdict"].status != "failed":
        _tell(runtime, "repair", f"kept as it is: {reason}", begun)
        return {"kept": reason, "findings": "", "repairs": [*state["repairs"], Round(problem=first, status="kept")]}
    try:
        edited, status = apply_edits(program, reply.text), "edited"
        findings = ""
    except EditError as error:
        edited, status = program, f"no change: {error}"
        findings = f"{findings}\nThe last reply changed nothing: {error}."
    _tell(runtime, "repair", f"{first[:100]} — {status}", begun)
    repairs = [*state["repairs"], Round(problem=first, status=status)]
    return {"program": edited, "findings": findings, "repairs": repairs}


async def restore(state: State, runtime: Run) -> State:
    """The last repair broke a program that had an answer: that answer stands."""
    before = state["standing"]
    verdict, perturbation = before.probed.verdict, before.probed.perturbation
    _tell(runtime, "restore", nodes.outcome_line(verdict), time.monotonic())
    return {"program": before.program, "verdict": verdict, "perturbation": perturbation, "findings": ""}


async def readings(state: State, runtime: Run) -> State:
    """Solve every second reading: a flip of a switch in the data, no call of a model."""
    begun = time.monotonic()
    data = nodes.bind(state["formulation"], runtime.context.files)
    asked = [r for r in state["formulation"].readings if r.other]
    verdicts = await asyncio.gather(*(_judge(runtime, state["program"], nodes.switched(data, r)) for r in asked))
    outcomes = [nodes.compare_reading(r, state["verdict"], v) for r, v in zip(asked, verdicts, strict=True)]
    if outcomes:
        changed = [o.name for o in outcomes if o.changes]
        _tell(
            runtime,
            "readings",
            f"{len(outcomes)} solved; the optimum differs for: {', '.join(changed) or 'none'}",
            begun,
        )
    return {"readings": outcomes}


async def opinions(state: State, runtime: Run) -> State:
    """Independent programs for the same problem, straight from the words; asked for once a run."""
    if "opinions" in state:
        return {}
    begun = time.monotonic()
    found = await asyncio.gather(*(_opinion(state, runtime, i) for i in range(runtime.context.effort.opinions)))
    with_first = sum(nodes.agree(state["verdict"], o.verdict) for o in found)
    _tell(runtime, "samples", f"{with_first} of {len(found)} independent programs agree", begun)
    return {"opinions": list(found)}


async def reconcile(state: State, runtime: Run) -> State:
    """Where an independent program has another optimum: find out on which words they differ. Once a run."""
    begun = time.monotonic()
    other = _dissent(state)
    assert other
    first = state["verdict"]
    results = f"First: {nodes.outcome_line(first)}; reports {first.report}\n"
    results += f"Second: {nodes.outcome_line(other.verdict)}; reports {other.verdict.report}"
    programs = {"first": state["program"].rstrip(), "second": other.program.rstrip(), "results": results}
    reply = await _ask(runtime, "reconcile", _problem(state, runtime) | programs, schema=Reconciliation)
    found = reply.parsed
    assert isinstance(found, Reconciliation)
    _tell(runtime, "reconcile", f"{found.difference} Right: {found.right}.", begun)
    wrong = found.right in ("second", "neither") and found.correction
    return {"reconciliation": found, "findings": f"{found.difference} {found.correction}" if wrong else ""}


# ---- where next


def at_start(state: State) -> str:
    return "revise" if "change" in state else "formalize"


def after_formalize(state: State, runtime: Run) -> str:
    if asking.wants_clarity(state, runtime):
        return "clarify"
    return END if any(m.essential for m in state["formulation"].missing) else "write"


def after_revise(state: State, runtime: Run) -> str:
    if asking.wants_clarity(state, runtime):
        return "clarify"
    if any(m.essential for m in state["formulation"].missing):
        return END
    return "repair" if state["findings"] else "run"


def after_readings(state: State, runtime: Run) -> str:
    return "choose" if asking.wants_choice(state, runtime) else "opinions"


def after_run(state: State, runtime: Run) -> str:
    return "repair" if _mendable(state, runtime) else _onward(state, runtime)


def after_repair(state: State, runtime: Run) -> str:
    """An edited program runs; one that was kept goes on; a reply without an edit is asked for again."""
    if not state["kept"] and not state["findings"]:
        return "run"
    return "repair" if _mendable(state, runtime) else _onward(state, runtime)


def after_opinions(state: State) -> str:
    return "reconcile" if _dissent(state) and "reconciliation" not in state else END


def after_reconcile(state: State, runtime: Run) -> str:
    return "repair" if _mendable(state, runtime) else END


def _onward(state: State, runtime: Run) -> str:
    if state["verdict"].status in ("failed", "limit"):
        return "restore" if "standing" in state else END
    return "readings" if runtime.context.effort.readings else END


def _mendable(state: State, runtime: Run) -> bool:
    return bool(state["findings"]) and len(state["repairs"]) < runtime.context.effort.rounds


def _dissent(state: State) -> Opinion | None:
    """The first opinion that ran and came to something that no reading of the text explains."""
    ran = (o for o in state["opinions"] if o.verdict.status not in ("failed", "limit"))
    known = state.get("readings", [])
    return next(
        (o for o in ran if not nodes.agree(state["verdict"], o.verdict) and not nodes.explained(o.verdict, known)), None
    )


# ---- what the steps share


async def _ask(
    runtime: Run, name: str, values: dict[str, str], schema: type[BaseModel] | None = None, sample: int = 0
) -> Completion:
    context = runtime.context
    return await context.llm.complete(
        prompts.load(name).render(**values),
        schema=schema,
        sample=sample,
        # Further samples of one prompt are there to differ from the first.
        temperature=context.temperature if sample == 0 else max(context.temperature, 0.7),
        name=name,
        on_call=context.on_call,
    )


def _problem(state: State, runtime: Run) -> dict[str, str]:
    return {"problem": state["problem"], "data": nodes.describe_files(runtime.context.files)}


def _formulation(state: State, runtime: Run) -> dict[str, str]:
    formulation = state["formulation"]
    elements = formulation.model_dump_json(
        indent=1, include={"sets", "variables", "objective", "constraints", "quantities"}
    )
    return {"formulation": elements, "keys": nodes.describe_keys(formulation, runtime.context.files)}


async def _probe(state: State, runtime: Run) -> Probed:
    """The program's verdict and, where the effort says so, the cross-check of the data that it should lean on."""
    context, formulation, program = runtime.context, state["formulation"], state["program"]
    data = nodes.bind(formulation, context.files)
    if not context.effort.perturb or not program:
        return Probed(verdict=await _judge(runtime, program, data, watched=True))
    expectations: dict[str, Effect] = {nodes.path_of(p, context.files): p.more for p in formulation.parameters}
    probed = await judge_and_perturb(context.pool, program, data, expectations, context.options, _solving(runtime))
    if (found := probed.perturbation) is None:
        return probed
    unused = nodes.overlooked(found.unused, data, formulation, context.files)
    for reading in formulation.readings:
        if unused and reading.other:  # what another reading uses was not forgotten
            other = nodes.switched(data, reading)
            again = await judge_and_perturb(context.pool, program, other, {}, context.options)
            if again.verdict.status in ("infeasible", "unbounded"):
                unused = ()  # that reading leans on more, and there is no optimum of it to tell on what
            elif again.perturbation:
                unused = tuple(path for path in unused if path in again.perturbation.unused)
    return probed.model_copy(update={"perturbation": found.model_copy(update={"unused": unused})})


def _solving(runtime: Run) -> Callable[[Progress], None]:
    """Tells how far the solver is."""

    def told(progress: Progress) -> None:
        line = nodes.progress_line(progress)
        event = Event(run=runtime.context.run, step="solve", message=line, seconds=progress.seconds, progress=progress)
        runtime.stream_writer(event)

    return told


async def _judge(runtime: Run, program: str, data: nodes.Data, watched: bool = False) -> Verdict:
    if not program:
        message = "the reply held no ```python block that defines build_model and report"
        return Verdict(status="failed", failure=Failure(kind="contract", message=message))
    on_progress = _solving(runtime) if watched else None
    return await judge(runtime.context.pool, program, data, runtime.context.options, on_progress)


def _outcome(probed: Probed) -> str:
    line, found = nodes.outcome_line(probed.verdict), probed.perturbation
    if found is None:
        return line
    odd = len(found.unused) + len(found.contradictions)
    return f"{line}; {len(found.sensitivities)} data moved, {odd or 'no'} finding{'s' * (odd != 1)}"


async def _opinion(state: State, runtime: Run, sample: int) -> Opinion:
    reply = await _ask(runtime, "direct", _problem(state, runtime), sample=sample)
    program = extract_code(reply.text) or ""
    return Opinion(program=program, verdict=await _judge(runtime, program, nodes.to_data(runtime.context.files)))


def _kept(reply: str) -> str:
    line = next((line for line in reply.splitlines() if line.strip().startswith("KEEP:")), "")
    return line.strip().removeprefix("KEEP:").strip() if "SEARCH" not in reply else ""


def _tell(runtime: Run, step: str, message: str, begun: float) -> None:
    runtime.stream_writer(Event(run=runtime.context.run, step=step, message=message, seconds=time.monotonic() - begun))


def build(checkpointer: Any) -> Any:
    """The compiled graph; `checkpointer` is a LangGraph saver, or None where a run that is cut short begins anew."""
    graph = StateGraph(State, context_schema=Context)
    for node in (formalize, clarify, revise, write, run, repair, restore, readings, choose, opinions, reconcile):
        graph.add_node(node.__name__, node)
    graph.add_edge("write", "run")
    graph.add_edge("restore", END)
    routes: dict[str, tuple[Callable, list[str]]] = {
        START: (at_start, ["formalize", "revise"]),
        "formalize": (after_formalize, ["clarify", "write", END]),
        "clarify": (at_start, ["formalize", "revise"]),
        "revise": (after_revise, ["clarify", "run", "repair", END]),
        "readings": (after_readings, ["choose", "opinions"]),
        "choose": (asking.after_choose, ["formalize", "run", "choose", "opinions"]),
        "run": (after_run, ["repair", "restore", "readings", END]),
        "repair": (after_repair, ["run", "repair", "restore", "readings", END]),
        "opinions": (after_opinions, ["reconcile", END]),
        "reconcile": (after_reconcile, ["repair", END]),
    }
    for node, (route, targets) in routes.items():
        graph.add_conditional_edges(node, route, targets)
    return graph.compile(checkpointer=checkpointer).with_config(recursion_limit=_STEPS)
