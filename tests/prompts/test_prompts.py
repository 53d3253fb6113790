import pytest
from optwright import prompts


@pytest.mark.parametrize("name", prompts.names())
def test_every_prompt_declares_what_it_uses_and_keeps_its_static_part_static(name):
    prompt = prompts.load(name)
    assert prompt.version >= 1
    # Static parts come first, without variables, so that a server's prefix cache holds them.
    assert all("{{" not in text for role, text in prompt.sections if role == "system")


def test_a_value_is_put_in_as_it_is():
    messages = prompts.load("formalize").render(problem="Say {{data}} and {{problem}}.", data="none")
    assert "Say {{data}} and {{problem}}." in messages[1]["content"]


@pytest.mark.parametrize("values", [{}, {"problem": "p"}, {"problem": "p", "data": "d", "extra": "e"}])
def test_missing_and_unknown_variables_are_refused(values):
    with pytest.raises(ValueError, match="formalize takes"):
        prompts.load("formalize").render(**values)
