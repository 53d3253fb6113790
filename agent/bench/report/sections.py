"""What a run, or a comparison of two, has to say: tables and sentences, before anybody decides how they look."""

from __future__ import annotations

from collections.abc import Iterable

from ...sections import Grid, Items, Paragraph, Section, grid, items
from ...wording import duration, number, plural, shorten
from ..records import Given
from ..scoring import OutcomeRow, Row, Usage
from ..stats import Share, Vote
from ..suspects import Suspect
from ..view import Comparison, Discordant, RunView, SetRow, Side, percent

_CAP = 40
"""Rows of one table."""


def title(given: Given) -> str:
    """`agent, gpt-5, standard on optibench, nl4opt`."""
    who = ", ".join(each for each in (given.method, given.model, given.effort) if each)
    return f"{who} on {', '.join(each.name for each in given.sets) or 'no set'}"


def named(side: Side) -> str:
    """`84e9f2d2: agent, gpt-5, standard on optibench`."""
    return f"{side.id}: {title(side.given)}"


def sections(view: RunView) -> tuple[Section, ...]:
    """In reading order; those with nothing in them are left out."""
    found = (
        Section(title="Scoring rules", blocks=(*_rules(view),)),
        Section(title="Label releases", blocks=(*_releases(view),)),
        Section(title="Sets", blocks=(*_sets(view),)),
        Section(title="Categories", blocks=(*_categories(view),)),
        Section(title="Samples", blocks=(*_samples(view),)),
        Section(title="Outcomes", blocks=(*_outcomes(view),)),
        Section(title="Confidence", blocks=(*_confidence(view),)),
        Section(title="Label suspects", blocks=(*_suspects(view),)),
        Section(title="Run", blocks=(*_run(view),)),
    )
    return tuple(each for each in found if each.blocks)


def _rules(view: RunView) -> Iterable[Grid | Paragraph]:
    if not view.total.share.total:
        return
    trivial = list(dict.fromkeys(name for row in view.rules for name in row.trivial))
    rows = [
        (row.rule, percent(row.share), bare(row.macro), *(of(row.trivial.get(name)) for name in trivial))
        for row in view.rules
    ]
    note = f"What answerers that understand nothing come to stands beside: {', '.join(trivial)}." if trivial else ""
    yield grid("", ("rule", "accuracy", "by cluster", *trivial), rows, cap=_CAP, note=note)
    yield from _spread(view)


def _spread(view: RunView) -> Iterable[Paragraph]:
    if view.spread and view.spread.size:
        size, low, high = f"{100 * view.spread.size:.1f} points", view.spread.lowest, view.spread.highest
        yield Paragraph(text=f"The rule alone moves the accuracy by {size}, from {low} to {high}.")
    elif view.spread:
        yield Paragraph(text="All rules come to the same accuracy.")


def _releases(view: RunView) -> Iterable[Grid]:
    if len(view.releases) > 1:
        rows = [
            (row.release, f"{share.total:,}", percent(share), percent(row.first), _range(row.rules.values()))
            for row in view.releases
            for share in list(row.rules.values())[:1]
        ]
        columns = ("release", "items", "accuracy", "by the first label", "over all rules")
        note = "By the first label: the same items, by the label that is scored first elsewhere."
        yield grid("", columns, rows, cap=_CAP, note=note)


def _range(shares: Iterable[Share]) -> str:
    values = [each.value for each in shares if each.value is not None]
    return f"{bare(min(values))} to {bare(max(values))}" if values else bare(None)


def _sets(view: RunView) -> Iterable[Grid | Items]:
    rows = [
        (row.name, percent(row.share), bare(row.macro), f"{row.clusters:,}", f"{row.tried:,} of {row.sampled:,}")
        for row in view.sets
    ]
    if rows:
        clusters = plural(view.total.clusters, "cluster")
        note = f"By cluster, near-duplicates count once: {percent(view.macro)} over {clusters}."
        yield grid("", ("set", "accuracy", "by cluster", "clusters", "tried"), rows, cap=_CAP, note=note)
    known = [note for row in view.sets if (note := _contamination(row))]
    if known:
        yield items(known, "!", "warn", cap=_CAP)


def _contamination(row: SetRow) -> str:
    shared = ", ".join(f"{count:,} in {name}" for name, count in sorted(row.overlaps.items()))
    public = f"public since {row.published}, so models may have been trained on it" if row.published else ""
    notes = [public, f"near-duplicates of its items: {shared}" if shared else ""]
    return f"{row.name}: {'; '.join(filter(None, notes))}" if any(notes) else ""


def _categories(view: RunView) -> Iterable[Grid]:
    if view.categories:
        yield grid("", ("category", "accuracy", "by cluster", "clusters"), map(_group, view.categories), cap=_CAP)


def _group(row: Row) -> tuple[str, ...]:
    return row.name, percent(row.share), bare(row.macro), f"{row.clusters:,}"


def _samples(view: RunView) -> Iterable[Grid]:
    if view.samples:
        rows = [(row.measure, percent(row.estimate), f"{row.items:,}") for row in view.samples]
        note = "Intervals resample clusters. Of equally frequent answers, maj takes the one that came first."
        yield grid("", ("measure", "share", "items"), rows, note=note)


def _outcomes(view: RunView) -> Iterable[Grid]:
    if view.given.answers_only:
        yield grid("", ("outcome", "count", "share"), [_outcome(row)[:3] for row in view.outcomes], cap=_CAP)
    elif view.outcomes:
        rows = [_outcome(row) for row in view.outcomes]
        columns = ("outcome", "count", "share", "repairs", "tokens", "cost", "time")
        yield grid("", columns, rows, cap=_CAP, note="Repairs, tokens, cost and time are means.")
    if len(view.rounds) > 1:
        rows = [(f"{row.rounds}", f"{row.share.total:,}", percent(row.share)) for row in view.rounds]
        yield grid("By repairs", ("repairs", "items", "accuracy"), rows)


def _outcome(row: OutcomeRow) -> tuple[str, ...]:
    counted = (row.name, f"{row.share.count:,}", bare(row.share.value), f"{row.rounds:.2f}", f"{row.tokens:,.0f}")
    return (*counted, money(row.cost), duration(row.seconds))


def _confidence(view: RunView) -> Iterable[Grid | Paragraph]:
    found = view.confidence
    if view.given.answers_only or not found.wrong_without_warning.total:
        return
    wrong = found.wrong_without_warning
    yield Paragraph(
        text=f"Wrong without warning: {wrong.count:,} of {plural(wrong.total, 'answer')}, {percent(wrong)}.",
        tone="warn" if wrong.count else "good",
    )
    rows = [("answers without a flag", found.unflagged), ("answers with a flag", found.flagged)]
    rows += [(f"flag: {row.kind}", row.share) for row in found.kinds]
    yield grid("", ("answers", "n", "accuracy"), [(name, f"{share.total:,}", percent(share)) for name, share in rows])
    if len(found.curve) > 1:
        curve = [(f"{each.flags}", bare(each.coverage), bare(each.risk)) for each in found.curve]
        nothing = bare(found.curve[-1].risk)
        told = f"Area under the curve: {bare(found.area)}; it would be {nothing} if flags told nothing."
        yield grid("Risk against coverage", ("flags at most", "coverage", "risk"), curve, note=told)


def _suspects(view: RunView) -> Iterable[Paragraph | Grid]:
    if view.suspects:
        disagreeing = sum(each.disagreeing for each in view.suspects)
        against = sum(bool(each.answers) for each in view.suspects)
        yield Paragraph(
            text=f"{plural(len(view.suspects), 'item')} to look at before their labels are believed: releases disagree "
            f"on {disagreeing:,}, answers that passed every check agree against the label on {against:,}.",
        )
        rows = [(f"{each.set} / {each.item}", labels(each), answers(each)) for each in view.suspects]
        yield grid("", ("item", "labels", "answers against them"), rows, cap=_CAP)


def labels(suspect: Suspect) -> str:
    return ", ".join(f"{release}: {shorten(text, 60)}" for release, text in suspect.labels.items())


def answers(suspect: Suspect) -> str:
    """The answer that several agree on, and how many; empty where releases disagree and nothing else."""
    if not suspect.answers:
        return ""
    return f"{said(suspect.answers[0])} ({len(suspect.answers)} of {suspect.of})"


def said(vote: Vote) -> str:
    return vote if isinstance(vote, str) else number(vote)


def _run(view: RunView) -> Iterable[Grid]:
    given = view.given
    rows = [
        ("status", view.status),
        ("started", f"{view.created:%Y-%m-%d %H:%M %Z}"),
        ("method", ", ".join(each for each in (given.method, given.model, given.effort) if each)),
        ("attempts", f"{view.usage.attempts:,}, {view.untried:,} items not tried yet"),
        ("labels that cannot be scored", f"{view.unscorable:,}"),
    ]
    yield grid("", ("", "value"), rows if given.answers_only else [*rows, *_asked(view)])


def _asked(view: RunView) -> Iterable[tuple[str, str]]:
    """How attempts were made, and what they took."""
    given, limit = view.given, view.given.limit
    return (
        ("sampling", f"{'all items' if limit is None else f'{limit:,} items of each set at most'}, seed {given.seed}"),
        ("attempts at each item", f"{given.samples}, temperature {given.temperature:g}"),
        ("solver time", f"{given.time_limit:g} s at most"),
        ("model calls", f"{view.usage.calls:,}"),
        ("tokens", tokens(view.usage)),
        ("cost", money(view.usage.cost)),
        ("time", f"{duration(view.usage.seconds)}, the sum over attempts"),
    )


def tokens(usage: Usage) -> str:
    return f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"


def money(cost: float | None) -> str:
    """US dollars, down to a hundredth of a cent."""
    if cost is None:
        return "unknown"
    return f"${cost:,.4f}" if cost < 1 else f"${cost:,.2f}"


def bare(value: float | None) -> str:
    """A share without its interval."""
    return "n/a" if value is None else f"{100 * value:.1f} %"


def of(share: Share | None) -> str:
    """`12.0 % of 50`."""
    return f"{bare(share.value)} of {share.total:,}" if share else "n/a"


# Two runs -------------------------------------------------------------------------------------------------------------


def compared(found: Comparison) -> tuple[Section, ...]:
    """In reading order."""
    every = (
        Section(title="Scoring rules", blocks=(_paired(found),)),
        Section(title="Sets", blocks=(_paired_sets(found),)),
        Section(title=f"Right only in {found.first.id}", blocks=(*_discordant(found.only_first),)),
        Section(title=f"Right only in {found.second.id}", blocks=(*_discordant(found.only_second),)),
        Section(title="The runs", blocks=(_sides(found), *_notes(found))),
    )
    return tuple(each for each in every if each.blocks)


def difference(found: Comparison) -> str:
    """One sentence: who is better, by how much, and whether that may be chance."""
    gain, ours = found.difference, found.rules[0]
    if gain is None:
        return "The runs cannot be compared"
    interval = gain.interval
    reach = f" [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]" if interval else ""
    return (
        f"{found.second.id} against {found.first.id}: {100 * gain.value:+.1f} points{reach} "
        f"on {plural(found.items, 'common item')}, McNemar p = {p_value(ours.p)}"
    )


def p_value(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def _paired(found: Comparison) -> Grid:
    rows = [
        (
            row.rule,
            percent(row.first),
            percent(row.second),
            f"{row.only_first:,}",
            f"{row.only_second:,}",
            p_value(row.p),
        )
        for row in found.rules
    ]
    one, other = found.first.id, found.second.id
    note = "Only: items that this run alone has right. p: exact McNemar test, not corrected for the number of rules."
    columns = ("rule", one, other, "only 1st", "only 2nd", "p")
    return grid("", columns, rows, cap=_CAP, note=note)


def _paired_sets(found: Comparison) -> Grid:
    rows = [(one.name, f"{one.share.total:,}", percent(one.share), percent(other.share)) for one, other in found.sets]
    return grid("", ("set", "items", found.first.id, found.second.id), rows, cap=_CAP)


def _discordant(found: tuple[Discordant, ...]) -> Iterable[Grid]:
    if found:
        rows = [(f"{each.set} / {each.item}", each.became, "yes" if each.flagged else "no") for each in found]
        yield grid("", ("item", "in the other run", "flagged there"), rows, cap=_CAP)


def _sides(found: Comparison) -> Grid:
    both = (found.first, found.second)
    rows = [
        ("method", *(title(each.given) for each in both)),
        ("accuracy", *(percent(each.share) for each in both)),
        ("model calls", *(f"{each.usage.calls:,}" for each in both)),
        ("tokens", *(tokens(each.usage) for each in both)),
        ("cost", *(money(each.usage.cost) for each in both)),
        ("time", *(duration(each.usage.seconds) for each in both)),
    ]
    return grid("", ("", found.first.id, found.second.id), rows, note="On the common items, first attempts only.")


def _notes(found: Comparison) -> Iterable[Items]:
    if found.notes:
        yield items(found.notes, "!", "warn", cap=_CAP)
