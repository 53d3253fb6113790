"""`optwright mcp` in processes of its own, with the SDK's client over stdio and HTTP and a recorded model."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import asking
import httpx2
import pytest
import workshop
from optwright.agent.cli import app
from optwright.agent.engine import Engine
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings
from optwright.agent.store import Store
from optwright.datasets.bundled import problems
from typer.testing import CliRunner

mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")
from mcp import Client, StdioServerParameters  # noqa: E402
from mcp.client.streamable_http import streamable_http_client  # noqa: E402

BUNDLED = {problem.name: problem for problem in problems()}
TOOLS = ["formulate", "solve", "diagnose", "what_if", "explain"]
TOKEN = "a-token-of-the-test"


def arguments(*more: str) -> list[str]:
    return ["-m", "optwright", "mcp", "--model", "replay", *more]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Of a server: a state folder of its own, this package, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPTWRIGHT_", "OPENAI_"))}
    return {**kept, "OPTWRIGHT_HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outer") / "root"
    folder.mkdir()
    (folder.parent / "secret.csv").write_text("sesame\n1\n")
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    with (folder / "huge.csv").open("wb") as file:
        file.truncate(200_000_000)
    asking.goods_file(folder)
    for file in BUNDLED["footbridge"].data:
        shutil.copy(file, folder)
    return folder


class Served:
    """A server on a port of its own, as `optwright mcp --http` starts it."""

    def __init__(self, environment, root, *more):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        command = [sys.executable, *arguments("--http", "--port", str(self.port), "--root", str(root), *more)]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr
        line = self.process.stderr.readline()  # said once the address is bound
        assert f":{self.port}/mcp" in line, line

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=15)

    def post(self, **headers) -> httpx2.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accept = {"Accept": "application/json, text/event-stream"}
        return httpx2.post(self.url, json=body, headers={**accept, **headers}, timeout=20)


@pytest.fixture(scope="module")
def server(environment, root):
    server = Served(environment, root)
    yield server
    server.close()


@pytest.fixture(scope="module")
def guarded(environment, root):
    server = Served({**environment, "OPTWRIGHT_TOKEN": TOKEN}, root, "--host", "0.0.0.0")
    yield server
    server.close()


def said(result) -> str:
    (content,) = result.content
    return content.text


async def failed(client, tool, arguments) -> str:
    """The one line of a call that must fail."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error and result.structured_content is None
    assert "\n" not in said(result)
    return said(result)


async def test_a_client_on_stdio_solves_and_asks_on(environment, root):
    parameters = StdioServerParameters(
        command=sys.executable, args=arguments("--root", str(root)), env=environment, cwd=root
    )
    async with Client(parameters) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == TOOLS and all(tool.output_schema and tool.description for tool in tools.values())
        steps = []

        async def progress(step, total, message):
            steps.append((step, message))

        solved = await client.call_tool("solve", {"problem": BUNDLED["bakery"].text}, progress_callback=progress)
        found = solved.structured_content
        assert found["objective"] == pytest.approx(BUNDLED["bakery"].expected_objective)
        assert said(solved).startswith("Optimal: 477.82 EUR") or "477.8" in said(solved)
        assert "build_model" in found["program"] and found["checked"]
        assert [step for step, _ in steps] == list(range(1, len(steps) + 1)) and len(steps) >= 4
        assert steps[0][1].startswith("formalize: ") and any("run: optimal" in message for _, message in steps)

        run = found["run"]
        why = await client.call_tool("explain", {"run": run, "about": "butter_limit"})
        assert "“12 kilograms of butter" in why.structured_content["words"]
        (row,) = why.structured_content["rows"]
        assert row["dual"] == pytest.approx(1.8181818)
        # One kilogram more of butter is worth its price; the whole of it stays small.
        more = await client.call_tool("what_if", {"run": run, "changes": {"butter_delivered": 13}})
        assert more.structured_content["difference"] == pytest.approx(1.8181818)
        assert more.structured_content["before"]["objective"] == pytest.approx(found["objective"])

        assert "did you mean butter_delivered" in await failed(
            client, "what_if", {"run": run, "changes": {"butter_deliverd": 13}}
        )
        assert "no run 'nothere'" in await failed(client, "diagnose", {"run": "nothere"})
        assert "no recording" in await failed(client, "formulate", {"problem": "Say something new."})
    with_calls = Store.of(Settings(home=Path(environment["OPTWRIGHT_HOME"])))
    assert len(with_calls.calls(run)) == 3, "only solve calls the model"
    with_calls.close()


async def test_a_client_on_http_formulates_and_learns_why_nothing_works(server):
    async with Client(server.url) as client:
        formulated = await client.call_tool("formulate", {"problem": BUNDLED["night_desk"].text})
        found = formulated.structured_content
        assert found["status"] == "infeasible" and found["formulation"]["constraints"] and found["missing"] == []
        diagnosis = (await client.call_tool("diagnose", {"run": found["run"]})).structured_content
        assert diagnosis["conflict"] and diagnosis["relaxation"]
        names = {constraint["name"] for constraint in found["formulation"]["constraints"]}
        assert {member["name"].split("[")[0] for member in diagnosis["conflict"]} & names
        assert any(member["words"].startswith("“") for member in diagnosis["conflict"])
        assert "no variable has a value" in await failed(
            client, "explain", {"run": found["run"], "about": found["formulation"]["variables"][0]["name"]}
        )


async def test_what_has_no_limit_is_told_and_a_missing_number_is_asked_for(server):
    async with Client(server.url, mode="legacy") as client:
        run = (await client.call_tool("solve", {"problem": BUNDLED["honey"].text})).structured_content["run"]
        diagnosis = (await client.call_tool("diagnose", {"run": run})).structured_content
        assert diagnosis["status"] == "unbounded" and {grows["name"] for grows in diagnosis["grows"]} >= {"buckets"}
        lacking = await client.call_tool("formulate", {"problem": BUNDLED["cheese_cellar"].text})
        (missing,) = lacking.structured_content["missing"]
        assert "shelf" in missing["why"]


async def test_data_files_come_from_the_root_alone(server, root):
    problem = BUNDLED["footbridge"]
    async with Client(server.url) as client:
        names = [file.name for file in problem.data]
        solved = await client.call_tool("solve", {"problem": problem.text, "data_files": names})
        assert solved.structured_content["status"] == "infeasible"
        for path in ("../secret.csv", str(root.parent / "secret.csv"), "link.csv", "/etc/passwd", "a\0b", ""):
            line = await failed(client, "solve", {"problem": "x", "data_files": [path]})
            assert "lies outside" in line or "no data file" in line or "is a folder" in line, line
            assert "sesame" not in line and "root:x" not in line
        assert "no data file 'none.csv'" in await failed(client, "solve", {"problem": "x", "data_files": ["none.csv"]})
        assert "200,000,000 bytes" in await failed(client, "solve", {"problem": "x", "data_files": ["huge.csv"]})
        many = ["goods.csv"] * 21
        assert "20 at most" in await failed(client, "solve", {"problem": "x", "data_files": many})


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("solve", {}, "problem: Field required"),
        ("solve", {"problem": " "}, "the problem is empty"),
        ("solve", {"problem": "x" * 200_001}, "more than 200,000"),
        ("solve", {"problem": "x", "effort": "endless"}, "effort='endless'"),
        ("what_if", {"run": "r", "changes": 5}, "changes=5"),
        ("solve", {"problem": f"{asking.HOSTILE}\n\x1b[31m"}, "no recording"),
        ("forget", {}, "Unknown tool: forget"),
    ],
)
async def test_a_call_that_cannot_be_served_says_why_in_one_line(server, tool, arguments, message):
    async with Client(server.url) as client:
        try:
            line = await failed(client, tool, arguments)
        except mcp.MCPError as error:  # newer protocol versions refuse an unknown tool before it is called
            line = str(error)
        assert message in line and "\x1b" not in line


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"Host": "127.0.0.1:{port}", "Origin": "http://evil.example"}, 403),
        ({"Host": "localhost:{port}", "Origin": "null"}, 403),
    ],
)
async def test_a_page_of_another_name_is_turned_away(server, headers, status):
    named = {name: value.format(port=server.port) for name, value in headers.items()}
    assert server.post(**named).status_code == status


async def test_beyond_loopback_the_token_is_needed(guarded):
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
    ):
        answer = guarded.post(**headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert TOKEN not in answer.text
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.post(**shown, Host="evil.example").status_code == 421
    async with (
        httpx2.AsyncClient(headers=shown, timeout=20) as http,
        Client(streamable_http_client(guarded.url, http_client=http)) as client,
    ):
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS


async def test_a_run_of_another_process_can_be_asked(server, guarded):
    """Runs live in the store, so a restart loses none."""
    async with Client(server.url) as client:
        run = (await client.call_tool("formulate", {"problem": BUNDLED["bakery"].text})).structured_content["run"]
    shown = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=shown, timeout=20) as http,
        Client(streamable_http_client(guarded.url, http_client=http)) as client,
    ):
        found = await client.call_tool("what_if", {"run": run, "changes": {"oven_hours": 10}})
        assert found.structured_content["difference"] > 0


async def test_many_ask_at_once_and_each_gets_its_own(server):
    async with Client(server.url) as client:
        run = (await client.call_tool("formulate", {"problem": BUNDLED["bakery"].text})).structured_content["run"]
        asked = [client.call_tool("what_if", {"run": run, "changes": {"rye_order": 40 + k}}) for k in range(8)]
        found = await asyncio.gather(*asked)
    assert [each.structured_content["edits"][0]["after"] for each in found] == [40 + k for k in range(8)]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--http", "--host", "0.0.0.0"), "set a token for it in OPTWRIGHT_TOKEN"),
        (("--root", "nowhere"), "--root nowhere is no folder"),
        (("--http", "--port", "{taken}"), "cannot listen on 127.0.0.1:{taken}"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(tmp_path, monkeypatch, server, more, message):
    monkeypatch.chdir(tmp_path)
    given = [each.format(taken=server.port) for each in more]
    done = CliRunner().invoke(app, ["mcp", "--model", "replay", *given])
    assert done.exit_code == 2 and message.format(taken=server.port) in done.stderr, done.output
    assert len(done.stderr.splitlines()) == 1


async def test_without_a_model_old_runs_can_be_asked_and_solve_says_what_to_configure(environment, server, tmp_path):
    async with Client(server.url) as client:
        run = (await client.call_tool("formulate", {"problem": BUNDLED["bakery"].text})).structured_content["run"]
    bare = StdioServerParameters(
        command=sys.executable, args=["-m", "optwright", "mcp"], env=environment, cwd=str(tmp_path)
    )
    async with Client(bare) as client:
        assert not (await client.call_tool("explain", {"run": run})).is_error
        assert "no language model is configured" in await failed(client, "solve", {"problem": "Sell ten."})


async def test_a_call_that_is_dropped_stops_its_program(environment, server):
    """Sixteen programs that never end would hold every place in the sandbox for a minute."""
    endless = workshop.PROGRAM.replace("    whole =", '    while data["hours"] < 0:\n        pass\n    whole =')
    llm = FakeLLM([workshop.formulation(readings=[workshop.WHOLE]), workshop.fenced(endless)])
    settings = Settings(home=Path(environment["OPTWRIGHT_HOME"]), effort="quick")
    async with Engine(settings, llm=llm) as engine:
        run = (await engine.solve(workshop.TEXT)).run
    async with Client(server.url) as client:

        def ask(hours):
            return asyncio.ensure_future(client.call_tool("what_if", {"run": run, "changes": {"hours": hours}}))

        calls = [ask(-1) for _ in range(16)]
        done, _ = await asyncio.wait(calls, timeout=0.5)
        assert not done
        for call in calls:
            call.cancel()
        found = await asyncio.wait_for(ask(300), 20)
    assert found.structured_content["after"]["objective"] == 5100
