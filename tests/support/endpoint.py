"""A real HTTP server on loopback that answers as the test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    """Seconds between two bytes of the body."""


def completion(text: str | None = "fine", finish: str = "stop", **message: Any) -> Answer:
    """A chat completion as OpenAI's endpoint gives it."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    body = {"id": "x", "object": "chat.completion", "model": "served", "choices": [choice], "usage": usage}
    return Answer(json.dumps(body).encode())


def refusal(status: int, message: str, **headers: str) -> Answer:
    return Answer(
        json.dumps({"error": {"message": message}}).encode(),
        status,
        {k.replace("_", "-"): v for k, v in headers.items()},
    )


class Server:
    """Answers in order; the last answer is given again for ever. Remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: deque[Answer | Callable[[dict], Answer]] = deque([completion()])
        self.asked: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.under_way = self.most_under_way = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self.host = f"127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def will(self, *answers: Answer | Callable[[dict], Answer]) -> None:
        self.answers = deque(answers)

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _next(self, asked: dict, headers: dict[str, str]) -> Answer:
        with self._lock:
            self.asked.append(asked)
            self.headers.append(headers)
            answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Answer) else answer(asked)

    def _count(self, change: int) -> None:
        with self._lock:
            self.under_way += change
            self.most_under_way = max(self.most_under_way, self.under_way)

    def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server._count(+1)
                try:
                    self._give(server._next(asked, {k.lower(): v for k, v in self.headers.items()}))
                finally:
                    server._count(-1)

            def _give(self, answer: Answer) -> None:
                time.sleep(answer.delay)
                headers = {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(answer.body)),
                    **answer.headers,
                }
                try:
                    self.send_response(answer.status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for part in [answer.body] if not answer.drip else [bytes([byte]) for byte in answer.body]:
                        self.wfile.write(part)
                        self.wfile.flush()
                        time.sleep(answer.drip)
                except (BrokenPipeError, ConnectionResetError):  # the client gave up, as some tests want it to
                    pass

        return Handler
