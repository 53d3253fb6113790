"""`optwright chat` as it is used: over pipes, and at a real pseudo-terminal. Only the model's replies are recorded."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest
from endpoint import Answer, completion
from optwright.agent.chat.chats import Chats
from optwright.agent.chat.intent import Intent
from optwright.agent.chat.terminal_commands import pairs
from optwright.agent.chat.terminal_input import Left, Lines, _last
from optwright.agent.engine import Engine
from optwright.agent.formulate.formulation import Missing
from optwright.agent.formulate.state import Edit, Revision
from optwright.agent.llm import FakeLLM
from optwright.agent.llm.cassette import Cassette, Recorder
from optwright.agent.settings import Settings
from optwright.errors import UsageError
from workshop import PROGRAM, TEXT, WHOLE, fenced, formulation

PASTED = TEXT.replace(". ", ".\n")
HOSTILE = "\x1b[2J\x1b]0;owned\x07[red]evil[/red] \u202egnp"
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>()][A-B0]?)")
CONTROLLING = "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


def intent(kind, **fields) -> Intent:
    return Intent(**{"kind": kind, "edits": [], "change": "", "about": "", "reply": "", **fields})


def change(summary: str, line: str) -> Revision:
    """One more line in the program."""
    edits = [Edit(search="    return model\n", replace=f"    {line}\n    return model\n")]
    nothing = {name: [] for name in ("sets", "parameters", "variables", "constraints", "quantities", "removed")}
    return Revision(summary=summary, objective=None, missing=[], edits=edits, **nothing)


def record(folder: Path, replies, messages, effort="quick", seconds=60.0) -> Path:
    """A cassette with what the model says in a talk with these messages."""
    cassette = folder / "talk.jsonl"

    async def talk() -> None:
        llm = Recorder(FakeLLM(replies), Cassette(cassette), missing_only=False)
        async with Engine(Settings(home=folder / "recorded", effort=effort), llm=llm) as engine:
            session = Chats(engine).new("test")
            for message in messages:
                session.say(message)
                try:
                    await asyncio.wait_for(asyncio.shield(session.settled()), seconds)
                except TimeoutError:
                    await session.stop()

    asyncio.run(talk())
    return cassette


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Path:
    """The workshop, pasted in one line and in several, and one more constraint."""
    revision = change("no more tables than chairs", "model.few = pyo.Constraint(expr=model.table <= 0.5 * model.chair)")
    folder = tmp_path_factory.mktemp("solved")
    told = [formulation(), fenced(PROGRAM)]
    record(folder, told, [PASTED])
    ask = intent("change", change="never make more tables than half the chairs")
    return record(folder, [*told, ask, revision], [TEXT, "never make more tables than half the chairs"])


@pytest.fixture(scope="module")
def asking(tmp_path_factory) -> Path:
    """A text that can be read in two ways."""
    replies = [formulation(readings=[WHOLE]), fenced(PROGRAM), fenced(PROGRAM)]
    return record(tmp_path_factory.mktemp("asking"), replies, [TEXT, "2"], effort="standard")


@pytest.fixture(scope="module")
def slow(tmp_path_factory) -> Path:
    """A program that does not come to an end."""
    program = PROGRAM.replace("    model = pyo", "    while True:\n        pass\n    model = pyo", 1)
    replies = [formulation(), fenced(program)]
    return record(tmp_path_factory.mktemp("slow"), replies, [TEXT], seconds=1.5)


@pytest.fixture(scope="module")
def leisurely(tmp_path_factory) -> Path:
    """A program that takes its time."""
    program = PROGRAM.replace("    model = pyo", "    import time\n\n    time.sleep(8)\n    model = pyo", 1)
    return record(tmp_path_factory.mktemp("leisurely"), [formulation(), fenced(program)], [TEXT])


# ---- pipes


def chat(home: Path, said: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A whole talk over a pipe; nothing may take a minute."""
    return subprocess.run(
        [sys.executable, "-m", "optwright", "chat", *options],
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=home,
        env={**os.environ, "OPTWRIGHT_HOME": str(home / "state"), "COLUMNS": "100", **environment},
    )


def replay(home: Path, cassette: Path, *lines: str, effort="quick", **environment: str):
    options = ("--cassette", str(cassette), "--effort", effort)
    return chat(home, "".join(f"{line}\n" for line in lines), *options, **environment)


def chat_id(stderr: str) -> str:
    return re.search(r"optwright chat --resume (\w+)", stderr)[1]


def test_a_talk_from_the_problem_to_the_files(tmp_path, solved):
    lines = [
        *("hello there", TEXT, "/whatif hours = 250", "/why hours", "/undo"),
        *("never make more tables than half the chairs", "/go 2", "/versions", "/compare 1 3", "/save out", "/show"),
    ]
    done = replay(tmp_path, solved, *lines)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "Tell me the problem in your own words" in done.stdout
    assert "Version 1 · Optimal: 4,116.67 euros" in done.stdout
    assert re.search(r"Version 2 · optimal, 4,266.67 euros .*? hours +241 +250 .*?150 euros more", done.stdout, re.S)
    assert "one more hour of `hours` is worth 16.6667 euros" in done.stdout
    assert "Back to version 1" in done.stdout and "Back to version 2" in done.stdout
    assert "\n+    model.few = pyo.Constraint" in done.stdout
    assert "▸ ├ 2  optimal, 4,266.67 euros · hours: 241 → 250" in done.stdout
    assert "  └ 3  optimal" in done.stdout
    assert "Difference of the programs" in done.stdout
    assert "What was checked" in done.stdout
    assert "formalize     Workshop: 2 variables" in done.stderr
    assert (tmp_path / "out" / "model.py").exists() and "written to out: model.py" in done.stderr
    assert done.stderr.endswith(f"go on with: optwright chat --resume {chat_id(done.stderr)}\n")


def test_a_reading_is_answered_by_its_number(tmp_path, asking):
    done = replay(tmp_path, asking, TEXT, "2", effort="standard")
    assert re.search(r"1 +whole +optimal, 4,110 euros +earnings 4,110; tables 28; chairs 43", done.stdout)
    assert re.search(r"2 +fractional +optimal, 4,116.67 euros", done.stdout)
    assert "Answer with 1 or 2, or in your own words." in done.stdout
    assert "Version 1 · Optimal: 4,116.67 euros" in done.stdout
    assert done.returncode == 0


def test_a_missing_number_is_listed_and_answered_in_words(tmp_path):
    lacks = Missing(name="hours", why="the text does not say how many hours there are", essential=True)
    known = [each for each in formulation().parameters if each.name != "hours"]
    replies = [formulation(parameters=known, missing=[lacks]), formulation(), fenced(PROGRAM)]
    text = TEXT.replace("There are 241 hours in a week. ", "Hours are limited. ")
    cassette = record(tmp_path, replies, [text, "There are 241 hours in a week"])
    done = replay(tmp_path, cassette, text, "There are 241 hours in a week")
    assert "- hours: the text does not say how many hours there are" in done.stdout
    assert "Answer in your own words" in done.stdout
    assert "Version 1 · Optimal" in done.stdout and done.returncode == 0


def test_an_infeasible_version_shows_its_conflict_and_the_way_out(tmp_path, solved):
    done = replay(tmp_path, solved, TEXT, "/whatif hours = -5", "/relax", "/versions")
    assert "- hours “There are 241 hours”" in done.stdout
    assert "raise `hours` from at most -5 to at most 0" in done.stdout
    assert "/relax takes this way out" in done.stdout
    assert "▸ 3  optimal, 0 euros · the cheapest way out" in done.stdout
    assert done.returncode == 0


WRONG = {
    "/foo": "there is no command '/foo'; did you mean /go or /formulation?",
    "/": "there is no command '/'",
    "/home/me/table.csv has it": "there is no command '/home/me/table.csv'",
    "/whatif": "/whatif needs something after it: /whatif NAME = VALUE, …",
    "/whatif hours": "nothing like NAME = VALUE in 'hours'",
    "/whatif hours =": "no value after 'hours ='",
    "/whatif hour = 3": "did you mean hours",
    "/whatif hours = many": "it is a number (241); give a number",
    "/whatif hours = NaN": "give a finite number",
    f"/whatif hours = {'[' * 5000}": "it is a number (241); give a number",
    "/why nothing_like_that": "the model has no constraint or variable 'nothing_like_that'",
    "/go": "/go needs something after it: /go VERSION",
    "/go 9": "there is no version '9'; there are 1",
    "/go ①": "there is no version '①'",
    "/compare 1": "/compare takes two versions, such as /compare 1 2",
    "/compare 1 7": "there is no version '7'",
    "/undo": "there is nothing to undo",
    "/undo it": "/undo takes nothing after it",
    "/relax": "the version at hand is optimal: there is nothing to relax",
    "/data nowhere.csv": "nowhere.csv",
    "/data a\0b": "holds a NUL character",
    "/data 'a": 'a quote is not closed in "\'a"',
    "/data ~nobody_of_that_name/x.csv": "~nobody_of_that_name",
    f"/data {'x' * 5000}.csv": "x",
    "/save": "/save needs something after it",
    "/save a b": "/save takes one folder, not 2",
    "/save /dev/null/x": "/dev/null/x",
    "x" * 200_001: "the message has 200,001 characters",
}


def test_everything_wrong_is_one_line_and_the_talk_goes_on(tmp_path, solved):
    done = replay(tmp_path, solved, TEXT, *WRONG, "/why hours")
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    for (line, expected), said in zip(WRONG.items(), errors, strict=False):
        assert expected in said and "unexpected" not in said, line[:80]
        assert "\x1b" not in said
    assert len(errors) == len(WRONG)
    assert "`hours` binds." in done.stdout
    assert done.returncode == 0


def test_a_command_that_needs_a_model_says_so(tmp_path, solved):
    commands = ("/undo", "/go 1", "/show", "/versions", "/formulation", "/program", "/save x", "/compare 1 1")
    done = replay(tmp_path, solved, *commands)
    errors = done.stderr.splitlines()[: len(commands)]
    assert done.returncode == 1 and len(errors) == len(commands)
    assert all(line.startswith("error: there is no") for line in errors), errors


@pytest.mark.slow
def test_the_last_message_decides_the_exit_code(tmp_path, solved):
    assert replay(tmp_path, solved, TEXT, "/foo").returncode == 1
    assert replay(tmp_path, solved, "/foo", TEXT).returncode == 0
    assert replay(tmp_path, solved).returncode == 0
    unrecorded = replay(tmp_path, solved, "A problem with 3 numbers, 4 of them large, that nobody has recorded.")
    assert unrecorded.returncode == 1 and "error: no recording answers" in unrecorded.stderr


def test_quit_leaves_what_follows_unread(tmp_path, solved):
    done = replay(tmp_path, solved, "/quit", "/foo")
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.slow
def test_one_message_in_several_lines(tmp_path, solved):
    lines = PASTED.splitlines()
    continued = replay(tmp_path, solved, *(f"{line}\\" for line in lines[:-1]), lines[-1])
    fenced_off = replay(tmp_path, solved, '"""', *lines, '"""')
    unfinished = replay(tmp_path, solved, '"""', *lines)
    for done in (continued, fenced_off, unfinished):
        assert "Version 1 · Optimal: 4,116.67 euros" in done.stdout, done.stderr


def test_files_go_with_the_next_message(tmp_path, solved):
    table = tmp_path / "my table.csv"
    table.write_text("name,units\nnorth,4\n")
    said = f"/data '{table}'\n/data\n/data -\n/data\n"
    done = chat(tmp_path, said, "--cassette", str(solved), "--data", str(table))
    attached = "goes with the next message: my table.csv"
    assert done.stderr.splitlines() == [attached, attached, "nothing is attached", "nothing is attached"]
    assert done.returncode == 0


def test_words_of_the_model_are_never_taken_for_more(tmp_path):
    evil = formulation(title=HOSTILE, constraints=[
        each.model_copy(update={"expression": HOSTILE, "quote": HOSTILE}) for each in formulation().constraints
    ])  # fmt: skip
    program = f"# [bold]{HOSTILE}[/bold]\n{PROGRAM}"
    talk = intent("talk", reply=f"{HOSTILE} [link=http://x]here[/link]")
    messages = [TEXT, "tell me a story about the workshop"]
    cassette = record(tmp_path, [evil, fenced(program), talk], messages)
    done = replay(tmp_path, cassette, *messages, "/formulation", "/program", "/versions", "/show", "/why hours")
    said = done.stdout + done.stderr
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", said)
    assert "[red]evil[/red]" in done.stdout and "[link=http://x]here[/link]" in done.stdout
    with Talk(tmp_path, "--cassette", str(cassette), "--effort", "quick") as talk:
        for message in (*messages, "/program", "/versions", "/why "):
            talk.send(f"{message}\r")
        talk.until("[link=http://x]here[/link]")
        talk.until("`hours` binds", after="/why hours\r")
        assert b"\x1b[2J\x1b]0" not in talk.raw and b"owned\x07" not in talk.raw


def test_a_chat_is_gone_on_with(tmp_path, solved):
    first = replay(tmp_path, solved, TEXT, "/whatif hours = 250")
    again = chat(tmp_path, "/undo\n", "--cassette", str(solved), "--resume", chat_id(first.stderr))
    assert again.stdout.startswith("Workshop\n  1  optimal, 4,116.67 euros · Workshop\n▸ 2  optimal, 4,266.67 euros")
    assert "Back to version 1" in again.stdout and again.returncode == 0
    unknown = chat(tmp_path, "", "--cassette", str(solved), "--resume", "nothing")
    assert (unknown.returncode, unknown.stderr) == (2, "error: there is no chat 'nothing'\n")


@pytest.mark.slow
def test_an_open_question_is_asked_again_where_a_chat_is_gone_on_with(tmp_path, asking):
    first = replay(tmp_path, asking, TEXT, effort="standard")
    again = chat(tmp_path, "2\n", "--cassette", str(asking), "--resume", chat_id(first.stderr))
    assert "Answer with 1 or 2" in again.stdout
    assert "Version 1 · Optimal: 4,116.67 euros" in again.stdout and again.returncode == 0


@pytest.mark.slow
def test_a_killed_turn_is_finished_where_a_chat_is_gone_on_with(tmp_path, leisurely):
    options = ("--cassette", str(leisurely), "--effort", "quick")
    with Talk(tmp_path, *options) as talk:
        talk.send(f"{TEXT}\r")
        talk.until("write program")
        time.sleep(0.5)
        (id,) = asyncio.run(_chats(tmp_path / "state"))
        beside = chat(tmp_path, "", "--cassette", str(leisurely), "--resume", id)
        assert beside.returncode == 1 and "error: another process is working on" in beside.stderr
        talk.process.kill()
    again = chat(tmp_path, "", "--cassette", str(leisurely), "--resume", id)
    assert "No model yet in this chat." in again.stdout
    assert "going on with the turn that was cut short" in again.stderr
    assert " run  " in again.stderr and " formalize " not in again.stderr
    assert "Version 1 · Optimal: 4,116.67 euros" in again.stdout


async def _chats(home: Path) -> list[str]:
    async with Engine(Settings(home=home), llm=FakeLLM()) as engine:
        return [each.id for each in Chats(engine).listed("terminal")]


def test_without_a_model_it_says_so_and_one_can_be_named(tmp_path, solved):
    first = replay(tmp_path, solved, TEXT)
    done = chat(tmp_path, "/model\n/why hours\n/model openai/gpt\n/model replay\n", "--resume", chat_id(first.stderr))
    assert done.stderr.startswith("no language model is configured; ") and "here: /model NAME" in done.stderr
    assert "error: model 'openai/gpt' has no key" in done.stderr
    assert "the language model is none\n" in done.stderr and "the language model is replay\n" in done.stderr
    assert "`hours` binds." in done.stdout and done.returncode == 0


def test_another_model_answers_from_then_on(tmp_path, server):
    server.will(completion("this is no formulation"))
    problem = "There are 3 boxes of 4 kilos and 5 boxes of 6 kilos to carry.\n"
    environment = {"OPTWRIGHT_API_KEY": "k" * 20}
    options = ("--base-url", server.url, "--model", "one", "--no-cache")
    chat(tmp_path, f"{problem}/model two\n{problem}", *options, **environment)
    asked = [each["model"] for each in server.asked]
    assert set(asked) == {"one", "two"} and asked == sorted(asked)


@pytest.mark.slow
def test_a_budget_is_shared_by_the_models_of_one_visit(tmp_path, server):
    server.will(completion("this is no formulation"))
    problem = "There are 3 boxes of 4 kilos and 5 boxes of 6 kilos to carry.\n"
    options = ("--base-url", server.url, "--model", "one", "--no-cache", "--budget", "calls=1")
    chat(tmp_path, f"{problem}/model two\n{problem}", *options)
    assert len(server.asked) == 1


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--web", "--resume", "x"), ("--effort", "huge"), ("--port", "0")])
def test_options_that_do_not_go_together(tmp_path, options):
    done = chat(tmp_path, "", *options)
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_standard_input_that_is_none(tmp_path, solved):
    command = f"exec {sys.executable} -m optwright chat --cassette {solved}"
    environment = {**os.environ, "OPTWRIGHT_HOME": str(tmp_path / "state")}
    for source in ("<&-", "< /dev/null"):
        done = subprocess.run(
            ["sh", "-c", f"{command} {source}"], capture_output=True, text=True, timeout=60, env=environment
        )
        assert (done.returncode, done.stderr) == (0, ""), source


@pytest.mark.slow
def test_ctrl_c_ends_a_pipe_that_stays_silent(tmp_path, solved):
    process = subprocess.Popen(
        [sys.executable, "-m", "optwright", "chat", "--cassette", str(solved)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPTWRIGHT_HOME": str(tmp_path / "state")},
    )
    assert process.stdin and process.stdout
    process.stdin.write("hello there\n")
    process.stdin.flush()
    assert "Tell me the problem" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130 and stderr.startswith("interrupted: ") and "--resume" in stderr


# ---- a terminal


def bare(text: str) -> str:
    return re.sub(r"[\s\x08]+", "", text)


class Talk:
    """`optwright chat` at a pseudo-terminal of its own."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self.raw = b""
        self._terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        command = [sys.executable, "-c", CONTROLLING, sys.executable, "-m", "optwright", "chat", *options]
        settings = {"OPTWRIGHT_HOME": str(home / "state"), "TERM": "xterm-256color"}
        own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            cwd=home,
            env={**own, **settings, **environment},
        )
        os.close(inner)

    def __enter__(self) -> Talk:
        self.until("lists the commands")
        self.until(">")
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    def send(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    @property
    def text(self) -> str:
        """All that it said, without blanks: they are where lines are broken and the cursor jumps."""
        return bare(ESCAPES.sub("", self.raw.decode(errors="replace")))

    def until(self, expected: str, after: str = "", seconds: float = 30.0, *, prompt: bool = False) -> None:
        """Send `after`, and wait until the screen says `expected`, from then on; and with `prompt` asks again."""
        since = len(self.text) if after else 0
        self.send(after)
        end = time.monotonic() + seconds
        pattern = re.escape(bare(expected)) + (".*>.*·/help" if prompt else "")
        while not re.search(pattern, self.text[since:]):
            assert time.monotonic() < end, f"never said {expected!r}: {self.text[-2000:]}"
            self._read()

    def _read(self) -> None:
        if not select.select([self._terminal], [], [], 0.2)[0]:
            return
        new = os.read(self._terminal, 65536)
        self.raw += new
        for _ in range(new.count(b"\x1b[6n")):
            self.send("\x1b[1;1R")  # where the cursor is, as a terminal tells

    def ends(self) -> int:
        """Read until it has ended; its exit code."""
        while self.process.poll() is None:
            try:
                self._read()
            except OSError:  # the other side is closed
                break
        return self.process.wait(30)


def test_a_paste_of_several_lines_is_one_message(tmp_path, solved):
    with Talk(tmp_path, "--cassette", str(solved), "--effort", "quick") as talk:
        talk.until("How many of each", after=f"\x1b[200~{PASTED}\x1b[201~")
        time.sleep(0.5)
        talk._read()
        assert "formalize" not in talk.text
        talk.until("Version 1 · Optimal: 4,116.67 euros", after="\r")
        talk.until("version 1 · optimal, 4,116.67 euros · replay")
        assert "error" not in talk.text
        talk.until("go on with: optwright chat --resume", after="/quit\r")
        assert talk.ends() == 0


@pytest.mark.parametrize("key", ["\x1b\r", "\n"], ids=["alt-enter", "ctrl-j"])
def test_keys_for_a_new_line(tmp_path, solved, key):
    with Talk(tmp_path, "--cassette", str(solved), "--effort", "quick") as talk:
        for line in PASTED.splitlines()[:-1]:
            talk.until(line[-20:], after=f"{line}{key}")
        talk.until("Version 1 · Optimal: 4,116.67 euros", after=f"{PASTED.splitlines()[-1]}\r")


def test_ctrl_c_stops_a_program_that_does_not_end(tmp_path, slow):
    with Talk(tmp_path, "--cassette", str(slow), "--effort", "quick", "--time-limit", "50") as talk:
        talk.until("(Ctrl-C stops it)", after=f"{TEXT}\r")
        talk.until("write program")
        time.sleep(0.5)
        begun = time.monotonic()
        talk.until("stopped; the version at hand is the same as before", after="\x03")
        assert time.monotonic() - begun < 10
        talk.until("there is no version yet", after="/versions\r", prompt=True)
        talk.until("Ctrl-C again, or /quit, leaves", after="\x03", prompt=True)
        talk.until("go on with: optwright chat --resume", after="\x03")
        assert talk.ends() == 0


def test_ctrl_c_stops_a_model_that_does_not_answer(tmp_path, server):
    server.will(Answer(b"{}", delay=40.0))
    with Talk(tmp_path, "--base-url", server.url, "--model", "slow", "--no-cache") as talk:
        talk.send(f"{TEXT}\r")
        end = time.monotonic() + 20
        while not server.under_way and time.monotonic() < end:
            talk._read()
        talk.until("stopped;", after="\x03", seconds=10)
        talk.until("/whatif NAME = VALUE", after="/help\r")


@pytest.mark.slow
def test_ctrl_c_takes_back_what_was_typed_and_leaves_an_empty_prompt_only(tmp_path, solved):
    with Talk(tmp_path, "--cassette", str(solved)) as talk:
        talk.until("something", after="something")
        talk.send("\x03")
        talk.until("there is no command '/x'", after="/x\r", prompt=True)
        talk.until("Ctrl-C again", after="\x03", prompt=True)
        talk.until("there is no command '/y'", after="/y\r", prompt=True)
        talk.until("Ctrl-C again", after="\x03", prompt=True)
        os.kill(talk.process.pid, signal.SIGINT)
        assert talk.ends() == 0


def test_what_is_typed_during_a_turn_is_the_next_message(tmp_path, solved):
    with Talk(tmp_path, "--cassette", str(solved), "--effort", "quick") as talk:
        talk.send(f"{TEXT}\r/why hours\r/versions\r")
        talk.until("`hours` binds.")
        talk.until("▸ 1  optimal, 4,116.67 euros")


@pytest.mark.slow
def test_names_are_completed(tmp_path, solved):
    with Talk(tmp_path, "--cassette", str(solved), "--effort", "quick") as talk:
        talk.until("other data, the same program", after="/wha")
        talk.send("\x03")
        talk.until("version 1 ·", after=f"{TEXT}\r")
        talk.until("most_tables", after="/whatif hours = 3, most")
        talk.send("\x03")
        talk.until("demand", after="/why de")
        talk.until("`demand` binds", after="\t\r")
        talk.until("nothing is attached", after="/data /et\x15/data\r")
        talk.until("/go 1", after="/go ")
        talk.send("\t")
        time.sleep(0.5)
        talk.until("Back to version 1", after="\r")


@pytest.mark.slow
def test_history_is_kept_between_visits(tmp_path, solved):
    for _ in range(2):
        with Talk(tmp_path, "--cassette", str(solved)) as talk:
            talk.until("/some_command", after="/some_command\r" if not _ else "\x1b[A")
            time.sleep(0.3)


def test_end_of_input_leaves(tmp_path, solved):
    with Talk(tmp_path, "--cassette", str(solved)) as talk:
        talk.send("\x04")
        assert talk.ends() == 0


@pytest.mark.slow
def test_a_dumb_terminal_will_do(tmp_path, solved):
    with Talk(tmp_path, "--cassette", str(solved), "--effort", "quick", TERM="dumb") as talk:
        talk.until("Version 1 · Optimal: 4,116.67 euros", after=f"{TEXT}\r")


# ---- what is typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hours = 250", {"hours": 250}),
        ("a=1,b = 2.5 , c=true", {"a": 1, "b": 2.5, "c": True}),
        ("price['wheat, durum'] = 3, demand['a=b'].units = 4", {"price['wheat, durum']": 3, "demand['a=b'].units": 4}),
        ('rows = [1, 2], who = {"a": "x, y = 3"}', {"rows": [1, 2], "who": {"a": "x, y = 3"}}),
        ("readings.units = whole units, n = -1e3", {"readings.units": "whole units", "n": -1000.0}),
        ("units = 'whole', other = \"half\"", {"units": "whole", "other": "half"}),
        ("cost = 1,200, more = 1,234,567.5", {"cost": 1200.0, "more": 1234567.5}),
        ("hours = 3,", {"hours": 3}),
        ("hours = 3 days", {"hours": "3 days"}),
        ("hours =\n3", {"hours": 3}),
    ],
)
def test_pairs(text, expected):
    assert {each.name: each.value for each in pairs(text)} == expected


@pytest.mark.parametrize("text", ["hours", "= 3", "a = 1, b", "a = , b = 2", "=", "a = 1 b = 2 c"])
def test_no_pairs(text):
    try:
        found = pairs(text)
    except UsageError as error:
        assert "\n" not in str(error)
    else:  # then the data have the last word
        assert found[0].value in ("1, b", "1 b = 2 c")


def test_pairs_of_anything_take_no_time():
    begun = time.monotonic()
    for text in ("[" * 20_000, "a[" * 10_000 + "=", "a = 1," * 5_000, "=" * 20_000, "a[]" * 10_000, ",a[]" * 10_000):
        with suppress(UsageError):
            pairs(text)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("typed", "last"),
    [("ho", "ho"), ("a = 1, ho", "ho"), ("price['a b", "price['a b"), ("x[a,", "x[a,"), ("a=1,b", "b"), ("", "")],
)
def test_the_name_that_is_being_typed(typed, last):
    assert _last(typed) == last


async def test_lines(tmp_path):
    file = tmp_path / "said.txt"
    file.write_bytes(b'one\\\r\ntwo\n\n"""\nthree\n\n"quoted"\n"""\n  \nf\xff\nfive\\')
    found = []
    with file.open(encoding="utf-8-sig", errors="replace") as opened, pytest.raises(Left):
        lines = Lines(opened)
        while True:
            found.append(await lines.message())
    assert found == ["one\ntwo", 'three\n\n"quoted"', "f\ufffd", "five"]
