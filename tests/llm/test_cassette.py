"""Recording and replaying."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.llm import Call, FakeLLM, Message
from optwright.agent.llm.cassette import Cassette, Recorder, Recording, Replay
from optwright.errors import RecordingMissingError, ReplyError, SettingsError
from pydantic import BaseModel, create_model

ASK = [Message(role="system", content="You plan."), Message(role="user", content="How many cakes?\nBe brief.")]


class Plan(BaseModel):
    cakes: int


def recorder(replies, path, **options):
    inner = FakeLLM(replies, model="big-one")
    options = {"missing_only": False, "today": lambda: date(2030, 1, 2), **options}
    return inner, Recorder(inner, Cassette(path), **options)


text = st.text()
messages = st.lists(
    st.builds(lambda role, content: Message(role=role, content=content), st.sampled_from(["system", "user"]), text),
    min_size=1,
    max_size=3,
)


@given(messages, text, text, st.integers(0, 5), st.floats(0, 2))
async def test_what_is_recorded_is_replayed(tmp_path_factory, messages, reply, name, sample, temperature):
    path = tmp_path_factory.mktemp("tape") / "tape.jsonl"
    _, record = recorder([reply], path)
    asked = {"sample": sample, "temperature": temperature, "name": name}
    await record.complete(messages, **asked)
    done = await Replay(Cassette(path)).complete(messages, **asked)
    assert (done.text, done.cached, done.cost, done.model) == (reply, True, 0.0, "big-one")
    with pytest.raises(RecordingMissingError):
        await Replay(Cassette(path)).complete(messages, **{**asked, "sample": sample + 1})


async def test_a_line_can_be_read_and_holds_no_more_than_it_should(tmp_path):
    _, record = recorder(['{"cakes": 3}'], tmp_path / "tape.jsonl")
    await record.complete(ASK, schema=Plan, name="plan", sample=1, temperature=0.5)
    (line,) = (tmp_path / "tape.jsonl").read_text().splitlines()
    fields = json.loads(line)
    assert len(fields.pop("key")) == 32
    assert fields == {
        "prompt": "plan",
        "sample": 1,
        "model": "big-one",
        "recorded": "2030-01-02",
        "messages": ASK,
        "schema": "Plan",
        "temperature": 0.5,
        "reply": '{"cakes": 3}',
        "input_tokens": 0,
        "output_tokens": 0,
    }


async def test_a_replayed_reply_is_parsed_and_told_as_free(tmp_path):
    _, record = recorder(['```json\n{"cakes": 3}\n```'], tmp_path / "tape.jsonl")
    await record.complete(ASK, schema=Plan)
    calls: list[Call] = []
    done = await Replay(Cassette(tmp_path)).complete(ASK, schema=Plan, on_call=calls.append)
    assert done.parsed == Plan(cakes=3)
    assert [(call.cached, call.cost, call.reply) for call in calls] == [(True, 0.0, done.text)]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": create_model("Other", cakes=(int, ...))},
        {"schema": create_model("Plan", cakes=(float, ...))},
        {"schema": None},
        {"temperature": 0.1},
        {"sample": 1},
        {"messages": ASK[1:]},
        {"messages": [ASK[0], Message(role="assistant", content=ASK[1]["content"])]},
    ],
)
async def test_a_different_request_is_a_different_recording(tmp_path, change):
    _, record = recorder(['{"cakes": 3}'], tmp_path / "tape.jsonl")
    asked = {"messages": ASK, "schema": Plan}
    await record.complete(**asked)
    with pytest.raises(RecordingMissingError):
        await Replay(Cassette(tmp_path)).complete(**{**asked, **change})


async def test_a_missing_recording_says_which_and_how_to_configure_a_model(tmp_path):
    with pytest.raises(RecordingMissingError) as raised:
        await Replay(Cassette(tmp_path)).complete(ASK, name="write_program")
    words = str(raised.value)
    assert "`write_program` ('How many cakes? Be brief.')" in words and str(tmp_path) in words and "\n" not in words
    assert "OPENAI_API_KEY" in words and "http://localhost:11434/v1" in words and "OPTWRIGHT_BASE_URL" in words


async def test_record_missing_asks_only_for_what_is_missing(tmp_path):
    path = tmp_path / "tape.jsonl"
    inner, record = recorder(["one"], path)
    await record.complete(ASK)
    inner, record = recorder(["two"], path, missing_only=True)
    calls: list[Call] = []
    assert [(await record.complete(ASK, sample=k, on_call=calls.append)).text for k in (0, 1, 0)] == [
        "one",
        "two",
        "one",
    ]
    assert len(inner.requests) == 1 and [call.cached for call in calls] == [True, False, True]


async def test_record_asks_anew_and_the_last_recording_counts(tmp_path):
    path = tmp_path / "tape.jsonl"
    for reply in ("old", "new"):
        _, record = recorder([reply], path)
        await record.complete(ASK)
    assert (await Replay(Cassette(path)).complete(ASK)).text == "new"
    assert len(path.read_text().splitlines()) == 2


async def test_nothing_is_recorded_of_a_failed_request(tmp_path):
    _, record = recorder([ReplyError("no")], tmp_path / "tape.jsonl")
    with pytest.raises(ReplyError):
        await record.complete(ASK)
    assert not (tmp_path / "tape.jsonl").exists()


async def test_a_recording_that_no_longer_fits_is_named(tmp_path):
    path = tmp_path / "tape.jsonl"
    _, record = recorder(['{"cakes": 3}'], path)
    await record.complete(ASK, schema=Plan, name="plan")
    path.write_text(path.read_text().replace("cakes", "pies").replace("How many pies", "How many cakes"))
    with pytest.raises(ReplyError, match=r"recording of `plan` in .* is out of date: .*cakes: Field required"):
        await Replay(Cassette(path)).complete(ASK, schema=Plan, name="plan")


async def test_a_folder_holds_all_its_files(tmp_path):
    for sample in range(3):
        _, record = recorder([f"reply {sample}"], tmp_path / f"{sample}.jsonl")
        await record.complete(ASK, sample=sample)
    replay = Replay(Cassette(tmp_path))
    assert [(await replay.complete(ASK, sample=k)).text for k in range(3)] == ["reply 0", "reply 1", "reply 2"]
    assert replay.model == "replay"


@pytest.mark.parametrize("line", ['{"key": "abc", "prompt": "p"', "no json", '{"prompt": "p"}', "[]"])
def test_a_line_that_is_no_recording_is_named(tmp_path, line):
    (tmp_path / "tape.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(SettingsError, match=r"tape\.jsonl, line 2 is not a recording"):
        Cassette(tmp_path)


async def test_a_file_edited_by_hand_can_be_recorded_to(tmp_path):
    """Fields in another order, blank lines, and no newline at the end."""
    path = tmp_path / "tape.jsonl"
    _, record = recorder(["one"], path)
    await record.complete(ASK)
    fields = json.loads(path.read_text())
    path.write_text("\n\n" + json.dumps(dict(reversed(fields.items()))))
    _, record = recorder(["two"], path)
    await record.complete(ASK, sample=1)
    replay = Replay(Cassette(path))
    assert [(await replay.complete(ASK, sample=k)).text for k in (0, 1)] == ["one", "two"]


def test_recordings_added_side_by_side_are_all_there(tmp_path):
    path = tmp_path / "tape.jsonl"

    def add(number: int) -> None:
        recording = Recording(
            key=f"{number:032x}", prompt="p", sample=0, model="m", recorded=date(2030, 1, 1), messages=(ASK[1],),
            schema=None, temperature=0, reply="x" * 20_000, input_tokens=1, output_tokens=1,
        )  # fmt: skip
        Cassette(path).add(recording)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    cassette = Cassette(path)
    assert len(cassette) == 40 and all(cassette.find(f"{number:032x}") for number in range(40))


async def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path):
    _, record = recorder(["one"], tmp_path / "no such folder" / "tape.jsonl")
    with pytest.raises(SettingsError, match=r"cannot record to .*: No such file or directory; name another"):
        await record.complete(ASK)
