"""The client against a real HTTP server that behaves, and misbehaves, in every way that servers do."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from optwright.agent.llm import Call, Message
from optwright.agent.llm import client as client_module
from optwright.agent.llm.budget import Budget, Meter
from optwright.agent.llm.endpoint import OpenAIEndpoint, retry_after
from optwright.agent.llm.pricing import Price
from optwright.errors import BudgetError, EndpointError, ReplyError
from pydantic import BaseModel

KEY = "sk-very-secret-0123456789"
ASK = [Message(role="system", content="You plan."), Message(role="user", content="How many cakes?")]


class Plan(BaseModel):
    cakes: int
    why: str


class Loose(BaseModel):
    values: dict[str, float]


PLAN = '{"cakes": 3, "why": "flour"}'


async def test_a_plain_request_goes_out_and_its_reply_comes_back(server, make):
    done = await make().complete(ASK, temperature=0.5)
    assert (done.text, done.parsed, done.model, done.cached) == ("fine", None, "served", False)
    assert (done.input_tokens, done.output_tokens, done.cost) == (100, 10, None)
    assert server.asked == [{"model": "m", "messages": ASK, "temperature": 0.5}]


async def test_a_schema_is_sent_and_the_reply_is_an_instance_of_it(server, make, say):
    server.will(say.completion(PLAN))
    done = await make().complete(ASK, schema=Plan)
    assert done.parsed == Plan(cakes=3, why="flour")
    sent = server.asked[0]["response_format"]["json_schema"]
    assert sent["strict"] is True and sent["name"] == "Plan" and sent["schema"]["required"] == ["cakes", "why"]


async def test_a_schema_that_strict_mode_cannot_hold_is_sent_as_it_is(server, make, say):
    server.will(say.completion('{"values": {"a": 1}}'))
    done = await make().complete(ASK, schema=Loose)
    assert done.parsed == Loose(values={"a": 1})
    sent = server.asked[0]["response_format"]["json_schema"]
    assert sent["strict"] is False and sent["schema"] == Loose.model_json_schema()


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{PLAN}\n```",
        f"<think>Maybe {{'cakes': 4}}? No.</think>{PLAN}",
        f'the template opened the tag, {{"cakes": 9, "why": "a longer draft than the answer"}} </think>\n{PLAN}',
        f"The set {{1, 2}} matters. Here you are:\n{PLAN}\nGood luck!",
        '{"cakes": "3", "why": "flour"}',
    ],
)
async def test_what_stands_around_the_json_does_not_matter(server, make, say, text):
    server.will(say.completion(text, reasoning="{}"))
    assert (await make().complete(ASK, schema=Plan)).parsed == Plan(cakes=3, why="flour")
    assert len(server.asked) == 1


async def test_a_raw_newline_inside_a_string_is_no_error(server, make, say):
    server.will(say.completion('{"cakes": 3, "why": "a\nb"}'))
    assert (await make().complete(ASK, schema=Plan)).parsed == Plan(cakes=3, why="a\nb")


async def test_a_reply_that_does_not_fit_gets_one_more_round(server, make, say):
    server.will(say.completion('{"cakes": "many"}'), say.completion(PLAN))
    calls: list[Call] = []
    done = await make().complete(ASK, schema=Plan, name="plan", sample=2, on_call=calls.append)
    assert done.parsed == Plan(cakes=3, why="flour")
    assert (done.input_tokens, done.output_tokens) == (200, 20)
    *before, reply, again = server.asked[1]["messages"]
    assert before == ASK and reply == {"role": "assistant", "content": '{"cakes": "many"}'}
    assert "cakes" in again["content"] and "why: Field required" in again["content"]
    assert [(call.prompt, call.sample, bool(call.error)) for call in calls] == [("plan", 2, True), ("plan", 2, False)]
    assert calls[0].reply == '{"cakes": "many"}' and calls[1].reply == PLAN


async def test_a_second_unusable_reply_is_an_error_and_nothing_paid_for_is_lost(server, make, say):
    server.will(say.completion("No idea."))
    calls: list[Call] = []
    with pytest.raises(ReplyError, match=r"^m gave no usable reply to `plan`.* no complete JSON object") as raised:
        await make().complete(ASK, schema=Plan, name="plan", on_call=calls.append)
    assert "\n" not in str(raised.value)
    assert [call.reply for call in calls] == ["No idea."] * 2 and len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda say: say.completion(None), "it is empty"),
        (lambda say: say.completion("  "), "it is empty"),
        (lambda say: say.completion('{"cakes": 3, "wh', finish="length"), "cut off at the length limit"),
        (lambda say: say.completion(None, refusal="I would rather not"), "the model refused: I would rather not"),
        (lambda say: say.completion("", finish="content_filter"), "content filter"),
        (lambda say: say.completion("<think>so many cakes"), "nothing but thinking"),
        (lambda say: say.raw(b'{"choices": []}'), "it holds no choice"),
        (lambda say: say.raw(b'{"choices": [null]}'), "it holds no choice"),
        (lambda say: say.raw(b'{"choices": [{"message": null}]}'), "it is empty"),
    ],
)
@pytest.mark.parametrize("schema", [None, Plan])
async def test_a_reply_that_is_not_there_gets_one_more_round_too(server, make, say, answer, words, schema):
    server.will(answer(say), say.completion(PLAN))
    assert (await make().complete(ASK, schema=schema)).text == PLAN
    assert words in server.asked[1]["messages"][-1]["content"]
    roles = [message["role"] for message in server.asked[1]["messages"]]
    assert all(one != two for one, two in pairwise(roles))
    assert all(message["content"].strip() for message in server.asked[1]["messages"])
    server.will(answer(say))
    with pytest.raises(ReplyError, match=words):
        await make().complete(ASK, schema=schema)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This response_format type is unavailable now"),
        (422, "Input should be 'text' or 'json_object': response_format.type"),
        (400, "Invalid schema for response_format 'Plan'"),
        (400, "Unknown name \"$defs\" at 'generation_config.response_schema'"),
        (500, "failed to parse grammar"),
    ],
)
async def test_an_endpoint_that_refuses_schemas_is_asked_in_plain_text_from_then_on(server, make, say, status, message):
    server.will(say.refusal(status, message), say.completion(f"Sure: {PLAN}"))
    client = make()
    assert (await client.complete(ASK, schema=Plan)).parsed == Plan(cakes=3, why="flour")
    assert (await client.complete(ASK, schema=Plan)).parsed == Plan(cakes=3, why="flour")
    assert ["response_format" in asked for asked in server.asked] == [True, False, False]
    assert '"cakes"' in server.asked[1]["messages"][-1]["content"]
    assert server.asked[1]["messages"][0] == ASK[0]


async def test_an_error_page_is_no_refusal_of_schemas(server, make, say):
    server.will(say.raw(b"<html vocab='https://schema.org/'>Oops", 500), say.completion(PLAN))
    await make().complete(ASK, schema=Plan)
    assert ["response_format" in asked for asked in server.asked] == [True, True]


async def test_refusals_met_side_by_side_are_all_recovered_from(server, make, say):
    def answer(asked):
        return say.refusal(400, "no json_schema here") if "response_format" in asked else say.completion(PLAN)

    server.will(answer)
    client = make()
    done = await asyncio.gather(*(client.complete(ASK, schema=Plan, sample=k) for k in range(6)))
    assert all(one.parsed == Plan(cakes=3, why="flour") for one in done)


async def test_an_endpoint_that_refuses_a_temperature_is_asked_without(server, make, say):
    server.will(
        say.refusal(400, "Unsupported value: 'temperature' does not support 0 with this model."), say.completion()
    )
    client = make()
    await client.complete(ASK)
    await client.complete(ASK)
    assert ["temperature" in asked for asked in server.asked] == [True, False, False]


async def test_a_model_whose_own_name_begins_with_the_prefix_is_found(server, make, say):
    server.will(say.refusal(404, "The model `gpt-oss` does not exist."), say.completion())
    await make(model="openai/gpt-oss", wire_name="gpt-oss").complete(ASK)
    assert [asked["model"] for asked in server.asked] == ["gpt-oss", "openai/gpt-oss"]


async def test_retry_after_is_honoured(server, make, say, naps):
    server.will(
        say.refusal(429, "slow down", retry_after="7"),
        say.refusal(429, "slow down", retry_after="1e9"),
        say.completion(),
    )
    server.answers[1].headers["retry-after"] = "86400"
    assert (await make().complete(ASK)).text == "fine"
    assert naps.seconds == [7.0, 60.0]


def test_retry_after_may_be_a_date():
    now = datetime(2030, 1, 1, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=30), usegmt=True)
    assert retry_after({"retry-after": date}, lambda: now) == 30
    assert retry_after({"retry-after": format_datetime(now - timedelta(days=1), usegmt=True)}, lambda: now) == 0
    assert retry_after({"retry-after": "soon"}) is None and retry_after({}) is None


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
async def test_passing_trouble_is_waited_out_with_growing_pauses(server, make, say, naps, status):
    server.will(*[say.refusal(status, "busy")] * 3, say.completion())
    assert (await make().complete(ASK)).text == "fine"
    assert naps.seconds == [0.5, 1.0, 2.0]


async def test_pauses_are_jittered_between_half_and_whole(server, make, say, naps):
    server.will(say.refusal(500, "busy"), say.refusal(500, "busy"), say.completion())
    await make(luck=iter([0.0, 0.5]).__next__).complete(ASK)
    assert naps.seconds == [0.25, 0.75]


async def test_retries_are_bounded_and_the_error_says_what_to_do(server, make, say):
    server.will(say.refusal(500, "engine\nfell over"))
    calls: list[Call] = []
    with pytest.raises(EndpointError) as raised:
        await make(retries=2).complete(ASK, name="plan", on_call=calls.append)
    assert str(raised.value) == (
        f"500 from {server.host}: engine fell over (3 attempts); the server is in trouble: try later"
    )
    assert len(server.asked) == 3
    assert [call.error for call in calls] == [str(raised.value)]


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "check the key"), (403, "may not use"), (404, "/v1"), (400, "check --model"), (413, "too long")],
)
async def test_a_refusal_that_waiting_does_not_mend_is_not_repeated(server, make, say, naps, status, advice):
    server.will(say.refusal(status, "no"))
    with pytest.raises(EndpointError, match=advice):
        await make().complete(ASK)
    assert len(server.asked) == 1 and naps.seconds == []


async def test_an_empty_account_is_not_waited_for(server, make, say, naps):
    server.will(say.raw(b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}', 429))
    with pytest.raises(EndpointError, match="out of credit"):
        await make().complete(ASK)
    assert naps.seconds == []


@pytest.mark.parametrize(
    ("body", "type", "shown"),
    [
        (b"<html><body>Welcome to nginx</body></html>", "text/html", "Welcome to nginx"),
        (b'{"choices": [{"message": {"content": "hel', "application/json", '"content": "hel'),
        (b"", "application/json", "an empty body"),
        (b"[1, 2]", "application/json", "[1, 2]"),
        (b'{"choices": 3}', "application/json", '"choices": 3'),
        (b"ok", "text/plain", "'ok'"),
        (b"\xff\xfe\x00", "application/octet-stream", "completion"),
        (b"[" * 100_000, "application/json", "[[["),
        (b'{"error": {"message": "upstream is gone"}}', "application/json", "upstream is gone"),
    ],
)
async def test_an_answer_that_is_no_completion_is_quoted(server, make, say, body, type, shown):
    server.will(say.raw(body, headers={"Content-Type": type}))
    with pytest.raises(EndpointError, match="base-url") as raised:
        await make().complete(ASK, schema=Plan)
    assert shown in str(raised.value) and "\n" not in str(raised.value) and len(str(raised.value)) < 400
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [404, 502])
async def test_an_html_error_page_is_quoted_briefly(server, make, say, status):
    page = b"<html><head><title>Bad Gateway</title></head>" + b"<p>x</p>" * 1000
    server.will(say.raw(page, status, {"Content-Type": "text/html"}))
    with pytest.raises(EndpointError, match=rf"^{status} from .*Bad Gateway") as raised:
        await make(retries=0).complete(ASK)
    assert len(str(raised.value)) < 300


async def test_a_body_shorter_than_announced_is_tried_again(server, make, say, naps):
    short = say.completion()
    short.headers["Content-Length"] = str(len(short.body) + 50)
    server.will(short, say.completion())
    assert (await make().complete(ASK)).text == "fine"
    assert len(naps.seconds) == 1


async def test_a_server_that_is_down(make, naps):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(
        EndpointError, match=rf"^cannot reach 127\.0\.0\.1:{port}: .*\(3 attempts\); is the server running"
    ):
        await make(url=f"http://127.0.0.1:{port}/v1", retries=2).complete(ASK)
    assert len(naps.seconds) == 2


@pytest.mark.parametrize("slow", [{"delay": 0.6}, {"drip": 0.02}])
async def test_a_server_that_takes_too_long(server, make, say, slow):
    """Also one that keeps sending a byte now and then."""
    server.will(say.raw(say.completion("x" * 100).body, **slow))
    with pytest.raises(EndpointError, match=rf"no answer from {server.host} in 0.2 s \(2 attempts\); raise"):
        await make(timeout=0.2, retries=1).complete(ASK)


async def test_the_key_is_sent_and_shown_nowhere(server, make, say):
    """Also not where the endpoint echoes it."""
    calls: list[Call] = []
    server.will(say.refusal(401, f"Incorrect API key provided: {KEY}"))
    with pytest.raises(EndpointError) as raised:
        await make(key=KEY).complete(ASK, on_call=calls.append)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    server.will(say.raw(f"<p>{KEY}</p>".encode()))
    with pytest.raises(EndpointError) as page:
        await make(key=KEY).complete(ASK, on_call=calls.append)
    server.will(say.completion(f"your key is {KEY}"))
    done = await make(key=KEY).complete(ASK, on_call=calls.append)
    assert done.text == "your key is [key]"
    for shown in (raised.value, raised.value.__cause__, page.value, *calls, done):
        assert KEY not in repr(shown)
    assert raised.value.__suppress_context__


async def test_an_endpoint_without_a_key_is_sent_none_of_the_environments(server, make, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    await make().complete(ASK)
    assert KEY not in str(server.headers)


async def test_a_proxy_is_not_asked_for_a_local_server(server, make, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await make().complete(ASK)).text == "fine"


async def test_no_more_requests_are_under_way_than_allowed(server, make, say):
    server.will(say.raw(say.completion().body, delay=0.05))
    client = make(concurrency=3)
    await asyncio.gather(*(client.complete(ASK, sample=k) for k in range(9)))
    assert server.most_under_way == 3


async def test_a_budget_stops_before_the_call_that_would_exceed_it(server, make):
    client = make(meter=Meter(Budget(calls=2)))
    await client.complete(ASK)
    await client.complete(ASK)
    with pytest.raises(BudgetError, match=r"exceed calls=2; spent so far: 2 calls, 220 tokens"):
        await client.complete(ASK)
    assert len(server.asked) == 2


async def test_a_budget_holds_under_concurrency(server, make, say):
    server.will(say.raw(say.completion().body, delay=0.05))
    client = make(meter=Meter(Budget(calls=2)))
    done = await asyncio.gather(*(client.complete(ASK, sample=k) for k in range(6)), return_exceptions=True)
    assert sum(isinstance(one, BudgetError) for one in done) == 4 and len(server.asked) == 2


async def test_a_failed_call_is_not_charged(server, make, say):
    server.will(say.refusal(401, "no"), say.completion())
    client = make(meter=Meter(Budget(calls=1)))
    with pytest.raises(EndpointError):
        await client.complete(ASK)
    assert (await client.complete(ASK)).text == "fine"


async def test_money_is_counted_where_the_price_is_known(server, make):
    client = make(price=Price(input=0.01, output=0.1), meter=Meter(Budget(usd=3)))
    assert (await client.complete(ASK)).cost == pytest.approx(2.0)
    with pytest.raises(BudgetError, match=r"usd=3.*\$2.0000"):
        for _ in range(3):
            await client.complete([Message(role="user", content="x" * 500)])
    assert len(server.asked) == 1


async def test_a_money_budget_needs_a_price(server, make):
    with pytest.raises(BudgetError, match="no price is known"):
        await make(meter=Meter(Budget(usd=3))).complete(ASK)
    assert server.asked == []


async def test_tokens_are_estimated_where_the_endpoint_does_not_count(server, make, say):
    server.will(say.raw(b'{"choices": [{"message": {"content": "' + b"x" * 400 + b'"}}]}'))
    done = await make().complete([Message(role="user", content="y" * 800)])
    assert done.input_tokens == pytest.approx(200, rel=0.05) and done.output_tokens == pytest.approx(100, rel=0.05)


async def test_text_that_no_file_could_hold_is_made_valid(server, make, say):
    server.will(say.raw(rb'{"choices": [{"message": {"content": "a\ud800b"}}]}'))
    done = await make().complete(ASK)
    assert done.text.encode() == b"a?b"


async def test_requests_can_be_forbidden(server, make, monkeypatch):
    monkeypatch.setattr(client_module, "ALLOW_REQUESTS", False)
    with pytest.raises(RuntimeError, match="ALLOW_REQUESTS"):
        await make().complete(ASK)
    assert server.asked == []


def test_one_client_serves_one_event_loop_after_the_other(server):
    client = client_module.Client(OpenAIEndpoint(server.url, None, 5.0), "m", concurrency=1)

    async def ask() -> list[str]:
        done = await asyncio.gather(*(client.complete(ASK, sample=k) for k in range(3)))
        await client.aclose()
        return [one.text for one in done]

    assert asyncio.run(ask()) == asyncio.run(ask()) == ["fine"] * 3
