"""Who may come in, and what a browser may do inside."""

import os

import httpx
import pytest

pytest.importorskip("nicegui", reason="nicegui is not installed: pip install 'optwright[ui]'")
from optwright.agent.chat.serving import secret
from optwright.agent.chat.web.door import Door, Policy

TOKEN = "se cret&1"


async def inside(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def visitor(token: str = TOKEN) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Policy(Door(inside, token, "secret")))
    return httpx.AsyncClient(transport=transport, base_url="http://host")


async def test_without_a_token_the_door_stands_open_and_the_policy_holds():
    async with visitor("") as client:
        answer = await client.get("/")
    assert answer.text == "in"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_the_token_in_the_address_is_changed_for_a_cookie_and_leaves_the_address():
    async with visitor() as client:
        assert (await client.get("/c/1")).status_code == 401
        assert (await client.get("/c/1", params={"token": "other"})).status_code == 401
        answer = await client.get("/c/1", params={"token": TOKEN, "a": "b"})
        assert answer.status_code == 303 and answer.headers["location"] == "/c/1?a=b"
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert TOKEN not in answer.headers["set-cookie"]
        assert (await client.get("/c/1")).text == "in"


async def test_the_form_takes_the_token_too():
    async with visitor() as client:
        assert "<form" in (await client.get("/")).text
        wrong = await client.post("/", data={"token": "no"})
        assert wrong.status_code == 401 and "That is not the token." in wrong.text
        assert (await client.post("/", data={"token": TOKEN})).status_code == 303
        assert (await client.get("/")).text == "in"


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/\\elsewhere.example/"])
async def test_the_way_back_never_leads_elsewhere(path):
    async with visitor() as client:
        answer = await client.get(httpx.URL("http://host" + path, params={"token": TOKEN}))
    assert answer.headers["location"].startswith("/") and not answer.headers["location"].startswith(("//", "/\\"))


async def test_a_cookie_of_another_secret_is_no_pass():
    async with visitor() as client:
        await client.get("/", params={"token": TOKEN})
        stolen = dict(client.cookies)
    transport = httpx.ASGITransport(app=Door(inside, TOKEN, "another secret"))
    async with httpx.AsyncClient(transport=transport, base_url="http://host", cookies=stolen) as client:
        assert (await client.get("/")).status_code == 401


async def test_a_web_socket_without_a_pass_is_closed():
    sent = []

    async def send(message):
        sent.append(message)

    await Door(inside, TOKEN, "secret")({"type": "websocket", "headers": []}, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_the_secret_stays_and_is_ours_alone(tmp_path):
    path = tmp_path / "web" / "secret"
    made = secret(path)
    assert len(made) == 64 and secret(path) == made
    assert os.stat(path).st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_only_our_own_pages_reach_the_server(served):
    assert httpx.get(served.url).status_code == 200
    for headers in ({"host": "rebound.example"}, {"origin": "http://elsewhere.example"}):
        assert httpx.get(served.url, headers=headers).status_code == 403
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "origin": "http://elsewhere.example",
               "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="}  # fmt: skip
    address = f"{served.url}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert httpx.get(address, headers=upgrade).status_code == 403
