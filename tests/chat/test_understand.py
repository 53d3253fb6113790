"""Sentences that edit data, and sentences that must not: no model, no sandbox."""

import json
from functools import cache

import asking
import pytest
import workshop
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent.changes import Edit, edited, names
from optwright.agent.chat.understand import edits_in
from optwright.agent.finished import Finished
from optwright.agent.formulate.formulation import Constraint, Formulation, IndexSet, Objective, Parameter, Variable
from optwright.agent.formulate.nodes import bind, path_of
from optwright.agent.llm.wiring import BUNDLED
from optwright.agent.solution import Solution
from optwright.datasets.bundled import problem, problems
from optwright.datasets.tables import read_data
from optwright.errors import UsageError
from optwright.evaluators.verdict import Verdict

VERDICT = Verdict(status="optimal")


def finished(formulation: Formulation, files=(), **tables) -> Finished:
    solution = Solution(
        run="a1", status="optimal", problem="", model="", effort="quick", objective=0.0, answers={}, explanation="",
        formulation=formulation, program="", verdict=VERDICT,
    )  # fmt: skip
    return Finished(solution, formulation, VERDICT, tuple(files), bind(formulation, files) | tables)


@cache
def bundled(name: str) -> Finished:
    """A bundled problem under the formulation that was recorded for it."""
    lines = map(json.loads, (BUNDLED / f"{name}.jsonl").read_text().splitlines())
    reply = next(line["reply"] for line in lines if line["prompt"] == "formalize")
    return finished(Formulation.model_validate_json(reply), read_data(problem(name).data))


def parameter(name, value, unit="", quote="", description="", column=None) -> Parameter:
    return Parameter(
        name=name, description=description or name, value=value, column=column, unit=unit, quote=quote, more="unclear"
    )


@cache
def mill() -> Finished:
    formulation = Formulation(
        title="Mill",
        sets=[IndexSet(name="grains", description="grains", members=["wheat", "barley"])],
        parameters=[
            parameter("price", {"wheat": 3.1, "barley": 2.4}, "euros/kg", "wheat at 3.10 euros", "price of the grain"),
            parameter("flour_price", 1.9, "euros/kg", "a kilogram of flour costs 1.90 euros"),
            parameter("discount", 10, "%", "a discount of 10 %"),
            parameter("units", None, "sacks", column="demand.units"),
            parameter("open", True),
        ],
        variables=[
            Variable(name="ground", description="kg of grain ground", index=["grains"], domain="real", unit="kg")
        ],
        objective=Objective(sense="maximize", expression="", unit="", quote=""),
        constraints=[Constraint(name="c", expression="", unit="", quote="")],
        readings=[workshop.WHOLE],
    )
    rows = ({"town": "north", "units": 20}, {"town": "south", "units": 30})
    return finished(formulation, demand=list(rows))


@cache
def market(rows: int = 2) -> Finished:
    goods = tuple({"name": f"good {at}", "price": 4.0, "demand": at} for at in range(rows))
    hostile = ({"name": asking.HOSTILE, "price": 1.0, "demand": 5},)
    return finished(asking.formulation(), goods=[*goods, *hostile])


RUNS = {"mill": mill, "market": market, "workshop": lambda: finished(workshop.formulation(readings=[workshop.WHOLE]))}


def run_of(name: str) -> Finished:
    return RUNS[name]() if name in RUNS else bundled(name)


def understood(run: str, text: str):
    edits = edits_in(text, run_of(run))
    return None if edits is None else {edit.name: edit.value for edit in edits}


PLAIN = [
    ("mill", "what if flour costs 2.10", {"flour_price": 2.1}),
    ("mill", "flour costs 0.20 more", {"flour_price": 2.1}),
    ("mill", "flour is 10% more expensive", {"flour_price": 2.09}),
    ("mill", "set price of wheat to 3.5", {"price['wheat']": 3.5}),
    ("mill", "the wheat price is 3.5 euros per kg", {"price['wheat']": 3.5}),
    ("mill", "price['wheat'] = 3.5", {"price['wheat']": 3.5}),
    ("mill", "grain prices rise by 10%", {"price": {"wheat": 3.41, "barley": 2.64}}),
    ("mill", "what if the discount is 12%", {"discount": 12}),
    ("mill", "the discount rises by 2 percentage points", {"discount": 12}),
    ("mill", "readings.units = fractional", {"readings.units": "fractional"}),
    ("mill", "demand['north'].units = 40", {"demand['north'].units": 40}),
    ("mill", "demand[1].units = 40", {"demand[1].units": 40}),
    ("mill", "what if north needs 40 units", None),  # nothing says that a demand is needed
    ("mill", "demand of north: 40 units", {"demand['north'].units": 40}),
    ("mill", "all units of demand fall by 50%", {"demand.units": [10, 15]}),
    ("mill", "open = false", {"open": False}),
    ("mill", "price = {'wheat': 1}", None),
    ("mill", 'price = {"wheat": 1, "barley": 2}', {"price": {"wheat": 1, "barley": 2}}),
    ("workshop", "units: fractional", {"units": "fractional"}),
    ("workshop", "set units to fractional", {"units": "fractional"}),
    ("workshop", "what if the table price is 90 euros?", {"table_price": 90}),
    ("bakery", "What if the oven is hot for 10 hours?", {"oven_hours": 10}),
    ("bakery", "what if the oven is hot for ten hours", {"oven_hours": 10}),
    ("bakery", "could you set the oven hours to 10?", {"oven_hours": 10}),
    ("bakery", "rye_order = 50", {"rye_order": 50}),
    ("bakery", "rye_order = 50 kg", {"rye_order": 50}),
    ("bakery", "set rye_order to 1,050", {"rye_order": 1050}),
    ("bakery", "what if the hospital orders 50 kg of rye", {"rye_order": 50}),
    ("bakery", "oven_hours: 10; rye_order: 50", {"oven_hours": 10, "rye_order": 50}),
    ("bakery", "oven_hours=10, rye_order=50", {"oven_hours": 10, "rye_order": 50}),
    ("bakery", "what if oven hours drop to 8 and the rye order is 45?", {"oven_hours": 8, "rye_order": 45}),
    ("bakery", "what if oven hours rise by 10%", {"oven_hours": 9.9}),
    ("bakery", "oven hours +10%", {"oven_hours": 9.9}),
    ("bakery", "halve the rye order", {"rye_order": 20}),
    ("bakery", "double the rye order", {"rye_order": 80}),
    ("bakery", "what if the rye order triples?", {"rye_order": 120}),
    ("bakery", "10 % more butter", {"butter_delivered": 13.2}),
    ("bakery", "2 more hours of oven", {"oven_hours": 11}),
    ("bakery", "the rye order goes from 40 to 55", {"rye_order": 55}),
    ("bakery", "55 kg instead of 40 for the rye order", {"rye_order": 55}),
    ("bakery", "what if brioche needs 200 grams of butter", {"brioche_butter": 200}),
    ("bakery", "what if sourdough leaves a margin of 3 euros", {"margin['sourdough']": 3}),
    ("night_desk", "raise the budget to 13,000 euros", {"budget": 13000}),
    ("night_desk", "what if students work 25 hours", {"hours_worked['student']": 25}),
    ("night_desk", "what if the desk needs 300 hours", {"min_hours": 300}),
    ("night_desk", "what if students cost €19 an hour", {"wage['student']": 19}),
    ("choir_boats", "what if there are 260 singers", {"singers": 260}),
    ("choir_boats", "what if the yard has two more cutters", {"available['cutter']": 11}),
    ("choir_boats", "what if cutters cost 150 euros", {"rent['cutter']": 150}),
    ("choir_boats", "at least 5 barges", {"min_barges": 5}),
    ("kayaks", "what if the capacity in April is 250", {"capacity_april": 250}),
    ("kayaks", "what if 200 kayaks are promised in March", {"promised['March']": 200}),
    ("depots", "what if the rent in Aubach doubles", {"sites['Aubach'].rent_eur": 10400}),
    ("depots", "sites['Aubach'].rent_eur = 5000", {"sites['Aubach'].rent_eur": 5000}),
    ("steady_turbines", "the budget is 100 million euros", {"budget": 100}),
    ("lab_courier", "departure = 9:30", {"departure": "9:30"}),
    ("enamel_signs", "last_colour = red", {"last_colour": "red"}),
    ("enamel_signs", "last_colour = 5", None),
    ("lab_courier", "departure = noon", None),
    ("endowment", "bond property correlation 0.3", {"correlation['bond']['property']": 0.3}),
]


@pytest.mark.parametrize(("run", "text", "edits"), PLAIN)
def test_plain_words_are_edits(run, text, edits):
    assert understood(run, text) == edits


NOT = {
    "bakery": [
        # rules and decisions
        "at least 50 kg of rye", "rye must be at least 50", "only 10 kg of butter are delivered",
        "what if the oven is hot for 10 hours on Mondays", "what if we bake 50 kg of rye", "rye at most 40 kg",
        "the oven is hot for 9 to 10 hours", "oven hours between 8 and 10", "rye_order >= 50", "rye_order += 5",
        "what if the oven isn't hot for 10 hours", "oven hours 10 or 12", "each oven is hot for 10 hours",
        "what if a second oven is hot for 10 hours", "what if oven hours are 10 and we bake 4 rye",
        "double the rye order unless the oven is hot for 10 hours", "add 2 hours of oven",
        # questions and other problems
        "why is the oven hot for 9 hours", "how much rye at 10 hours", "is the oven hot for 10 hours?",
        "what is the margin of rye 2", "explain the 9 hours of the oven", "the oven is hot for 10 hours?",
        "A bakery has an oven that is hot for 9 hours. Sourdough takes 3 minutes.", "hello", "", "  ", "?", "10", "=",
        # which datum?
        "what if rye is 50", "what if rye costs 3", "double rye", "halve butter", "what if brioche takes 5 minutes",
        "margin of bread 3", "set the margin to 3", "margin = 3", "the margin for brioche and rye is 3", "10 kg of rye",
        "double it", "increase 10", "what if 10 hours", "oven temperature 200", "double everything",
        # wrong units, several numbers, no sense
        "what if the oven is hot for 10 minutes", "what if brioche needs 200 kg of butter", "rye order 50%",
        "what if the margin of sourdough is 3 dollars", "what if the margin of sourdough is 3 euros per hour",
        "raise the oven hours to 8", "rye order is -5", "rye order 2,10", "from 41 to 50 rye order",
        "50% of the rye order",
        "oven_hours = shaping_hours", "rye_order = 2*25", "rye_order = 1e999", "rye_order = [50]", "oven_hours = true",
        "hospital_margin = same_margin", "rye_order = 50; rye_order = 60", "rye_order = 50; and then some",
    ],
    "mill": [
        "the discount rises by 2%", "what if flour costs 2 dollars", "what if 5 kg of wheat are ground", "wheat 5 kg",
        "readings.units = other", "readings.size = whole", "readings = whole", "units are 40", "flour costs 2.1 or 2.2",
    ],
    "night_desk": [
        "what if there are 5 students", "what if there are 5 full-time clerks", "what if we hire 7 full-time clerks",
        "two students per clerk", "what if every student works 25 hours", "students work at most 25 hours",
        "what if students cost 19 euros a week", "what if the full time share is 60%",
    ],
    "choir_boats": [
        "what if we rent 4 cutters", "what if 4 cutters are rented", "what if there are 10 cutters", "at most 4 barges",
        "at least 5 cutters", "what if there are 5 barges", "what if singers cost 5 euros", "rent is 150",
        "at most 12 singers per boat", "what if two boats sink",
    ],
    "workshop": ["what if a table costs 90 euros", "what if 20 tables are made", "table is 20", "make 30 tables"],
    "honey": ["what if a jar costs 6 euros", "sell 3000 jars", "1000 kg of forest honey"],
    "depots": ["what if there are 5 depots", "rent of a site is 5000", "villages 13", "rent 5 depots"],
    "steady_turbines": ["budget 100 euros"],
    "christmas_trees": ["a fir costs 20 euros", "the probability falls to 10%", "20 firs"],
}  # fmt: skip


@pytest.mark.parametrize(("run", "text"), [(run, text) for run, texts in NOT.items() for text in texts])
def test_everything_else_is_left_to_a_model(run, text):
    assert understood(run, text) is None


FUZZED = ("bakery", "mill", "market", "endowment", "choir_boats", "field_service")


@given(st.sampled_from(FUZZED), st.text(max_size=60))
def test_no_text_raises(run, text):
    assert_accepted(run, text)


VOCABULARY = (
    "what if the set rye oven hours order price of wheat is = : ; , and 10 2.5 % kg euros more less by to from double "
    "at least per a [0] ['wheat'] .units readings rent cutter 1e9 [1,2] {} -5 ? instead demand north bond"
)


@settings(max_examples=300)
@given(st.sampled_from(FUZZED), st.lists(st.sampled_from(VOCABULARY.split()), max_size=9))
def test_whatever_is_understood_is_accepted(run, words):
    assert_accepted(run, " ".join(words))


def assert_accepted(run: str, text: str) -> None:
    edits = edits_in(text, run_of(run))
    if edits is not None:
        assert edits and edited(run_of(run), edits)


ROUND = (
    "bakery",
    "mill",
    "market",
    "workshop",
    "endowment",
    "enamel_signs",
    "spare_parts",
    "food_stalls",
    "milk_lorry",
)


@pytest.mark.parametrize("run", ROUND)
@given(number=st.integers(-(10**9), 10**9) | st.decimals(-1000, 1000, places=3).map(float))
@settings(max_examples=10)
def test_every_name_is_understood_with_a_number(run, number):
    found = run_of(run)
    for name in names(found):
        try:
            edited(found, [Edit(name=name, value=number)])
        except UsageError:
            continue  # no number belongs there
        (edit,) = edits_in(f"{name} = {number:f}" if isinstance(number, float) else f"{name} = {number}", found)
        assert (edit.name, edit.value) == (name, number)


PAID = "rent wage fare toll duty fine loan lease levy bond"
PLACES = "inn mill barn yard ship port farm shop bank park"


class Row(dict):
    """A table's row that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, key):
        Row.looks += 1
        return super().__getitem__(key)

    def items(self):
        Row.looks += 1
        return super().items()

    def values(self):
        Row.looks += 1
        return super().values()


def test_a_long_table_is_not_searched_for_words():
    things = [f"{a}_{b}" for a in PAID.split() for b in PLACES.split()]
    many = [parameter(name, at, "euros", f"its {name} is {at}", f"{name} as agreed") for at, name in enumerate(things)]
    rows = [Row(name=f"good {at}", price=4.0, demand=at) for at in range(50_000)]
    formulation = asking.formulation()
    run = finished(formulation.model_copy(update={"parameters": [*many, *formulation.parameters]}), goods=rows)
    assert edits_in("what if the toll of the port is 12 euros", run) == (Edit(name="toll_port", value=12),)
    assert edits_in("what if good 77 costs 3", run) is None
    assert edits_in("how are you", run) is None
    assert Row.looks < 5_000


@pytest.mark.parametrize("run", [each.name for each in problems() if (BUNDLED / f"{each.name}.jsonl").exists()])
def test_what_a_datum_is_called_by_never_changes_another(run):
    found = run_of(run)
    for each in found.formulation.parameters:
        held = found.data.get(each.name)
        places = {f"{each.name}[{key!r}]": f" for {key}" for key in held} if isinstance(held, dict) else {each.name: ""}
        for place, member in places.items():
            words = f"{each.name.replace('_', ' ')}{member}"
            for text in (
                f"what if the {each.description}{member} is 7",
                f"{words} is 7 {each.unit}",
                f"what if {words} rises by 10%?",
                f"what if {each.quote}".replace(str(held), "7") if not member else "",
            ):
                edits = edits_in(text, found)
                assert edits is None or [edit.name for edit in edits] in ([place], [path_of(each, found.files)]), text
