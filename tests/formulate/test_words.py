import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.formulate import words
from optwright.agent.formulate.formulation import Formulation, Objective, Parameter

TEXT = (
    "Each loaf needs 1.5 kg of flour; there are 1,200 kg. At least a third, or 40 %, goes to “Mill Road” — twice a day."
)


def formulation(*parameters: Parameter) -> Formulation:
    return Formulation(
        title="t", parameters=list(parameters), objective=Objective(sense="minimize", expression="x", unit="", quote="")
    )


def parameter(value, quote="", column=None) -> Parameter:
    return Parameter(name="p", description="", value=value, column=column, unit="", quote=quote, more="unclear")


@pytest.mark.parametrize("number", [1.5, 1200, 1 / 3, 40, 0.4, 2])
def test_numbers_are_found_in_digits_words_and_percentages(number):
    assert any(abs(number - found) < 1e-9 for found in words.numbers(TEXT))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.5 million", 2.5e6),
        ("3/4 of it", 0.75),
        ("$12,500.75", 12500.75),
        ("a dozen", 12),
        ("15 percent", 0.15),
        (".5", 0.5),
    ],
)
def test_written_forms(text, number):
    assert any(abs(number - found) < 1e-9 * max(1, number) for found in words.numbers(text))


def test_a_quote_is_found_whatever_its_quotes_case_and_spacing():
    assert words.says(TEXT, 'goes to "mill  road" - twice')
    assert words.says(TEXT, "each loaf needs … there are 1,200 kg")
    assert not words.says(TEXT, "each loaf needs 2 kg")


def test_an_invented_number_is_unsupported():
    assert words.unsupported(formulation(parameter(17)), TEXT) == ("p",)


@pytest.mark.parametrize(
    "supported",
    [
        parameter(1.5),
        parameter({"loaf": 1.5, "roll": 1}),
        parameter([[1200]]),
        parameter(0.4),
        parameter(1500, quote="needs 1.5 kg"),  # converted to grams, on its words
        parameter(None, column="demand.units"),
        parameter("Mill Road"),
        parameter(True),
    ],
)
def test_a_stated_or_converted_number_is_supported(supported):
    assert words.unsupported(formulation(supported), TEXT) == ()


def test_a_conversion_with_an_invented_quote_is_unsupported():
    assert words.unsupported(formulation(parameter(1500, quote="needs 3 bags of 500")), TEXT) == ("p",)


def test_numbers_that_no_parameter_holds_are_listed():
    assert words.unheld(formulation(parameter(1.5), parameter(0.4)), TEXT) == (1200.0,)


@given(st.floats(0.001, 1e9).map(lambda x: float(f"{x:.6g}")))
def test_every_printed_number_is_found_again(number):
    printed = f"{number:,.6f}".rstrip("0").rstrip(".")
    stated = float(printed.replace(",", ""))
    assert stated in words.numbers(f"It costs {printed} dollars.")


@given(st.text())
def test_any_text_can_be_read(text):
    words.numbers(text)
    assert words.says(text, text)
