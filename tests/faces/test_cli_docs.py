"""docs/cli.md holds the help texts as they are. `python tests/faces/test_cli_docs.py` writes them anew."""

import re
from pathlib import Path

import pytest
from optwright.agent.cli import app
from typer.testing import CliRunner

DOC = Path(__file__).parents[2] / "docs" / "cli.md"
BLOCK = re.compile(r"<!-- help:(?P<command>[ \w-]*) -->\n```text\n.*?\n```\n<!-- end -->", re.DOTALL)
COMMANDS = (
    *("", "solve", "demo", "doctor", "evolve", "evolve run", "evolve resume", "evolve check", "evolve tasks"),
    *("bench", "bench list", "bench add", "bench run", "bench resume", "bench report", "bench compare"),
    *("bench rescore", "bench score", "runs list", "runs show", "runs export", "runs compare", "chat", "mcp"),
    "serve-api",
)


def help_text(command: str) -> str:
    result = CliRunner().invoke(app, [*command.split(), "--help"], prog_name="optwright", env={"COLUMNS": "100"})
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def block(command: str) -> str:
    return f"<!-- help:{command and ' ' + command} -->\n```text\n{help_text(command)}\n```\n<!-- end -->"


def written_anew(text: str) -> str:
    return BLOCK.sub(lambda found: block(found["command"].strip()), text)


@pytest.mark.parametrize("command", COMMANDS)
def test_docs_show_the_help_as_it_is(command):
    assert block(command) in DOC.read_text(encoding="utf-8"), "run: python tests/faces/test_cli_docs.py"


if __name__ == "__main__":
    DOC.write_text(written_anew(DOC.read_text(encoding="utf-8")), encoding="utf-8")
