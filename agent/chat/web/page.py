"""The page of a chat: the conversation beside the model. It shows a session's events and calls its methods."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from nicegui import app as pages
from nicegui import background_tasks, ui
from nicegui.client import Client
from starlette.responses import Response

from ....errors import OptwrightError, UsageError
from ...changes import Edit
from ...sections import headline, title
from ..chats import Chats
from ..events import ENDS, Event, Formulated, Programmed, Step
from ..session import Session
from ..uploads import keep_stream
from . import frame
from .conversation import Acts as TalkActs
from .conversation import Conversation, Working
from .elements import button, el, put, say
from .model_tabs import NOTHING, Acts, ModelTabs
from .shown import Shown, shown
from .transfer import Receiver, Transfers, no_page, owner_of

_ASKS = {
    "new": "Tell the problem: what is to be decided, what limits it, and what the goal is",
    "question": "Your answer, in your own words",
    "talk": "Ask, or say what to change",
}


def add(chats: Chats, transfers: Transfers) -> None:
    """Register the pages."""

    @ui.page("/")
    def new(client: Client) -> None:
        Page(chats, transfers, client, owner_of(dict(pages.storage.browser)), None)

    @ui.page("/c/{id}")
    def chat(client: Client, id: str) -> Response | None:
        owner = owner_of(dict(pages.storage.browser))
        try:
            session = chats.open(id, owner)
        except UsageError:
            return no_page("There is no such chat.")
        Page(chats, transfers, client, owner, session)
        return None


class Page:
    """One browser tab. It holds the session for as long as the browser is there."""

    def __init__(self, chats: Chats, transfers: Transfers, client: Client, owner: str, session: Session | None) -> None:
        self._chats, self._client, self._owner, self._session = chats, client, owner, session
        self._files: list[Path] = []
        self._receiver = Receiver(self._receive)
        key = secrets.token_urlsafe(16)
        transfers.pages[key] = self._receiver
        frame.head()
        frame.header(client, lambda: chats.listed(owner), session.id if session else "")
        with el("div", cls="frame", data_upload=key):
            frame.switch()
            self._draw_talk()
            self._draw_model()
        self._seen = 0
        if session:
            self._watched(session)
        else:
            background_tasks.create(self._tabs.refresh(NOTHING))
        self._state()
        client.on_delete(self._gone)

    _task: asyncio.Task[None] | None = None

    # ---- what is on the page

    def _draw_talk(self) -> None:
        with el("section", cls="talk", aria_labelledby="talk-heading"):
            el("h2", "Conversation", "unseen", id="talk-heading")
            log = el("div", cls="log", role="log", aria_label="Messages", tabindex="0")
            with log:
                self._welcome = frame.welcome()
            self._working = Working()
            self._notice = el("p", "", "notice", role="alert", hidden=True)
            self._draw_composer()
        acts = TalkActs(answer=self._say, relax=self._relax, undo=self._undo, why=self._why, show=self._show)
        self._conversation = Conversation(log, acts)

    def _draw_composer(self) -> None:
        self._chips = el("ul", cls="chips", aria_label="Files to send", hidden=True)
        with el("form", cls="composer") as form:
            el("label", "Message", "unseen", for_="words")
            self._words = el("textarea", id="words", name="words", rows=2)
            self._words.on("keydown", js_handler=_ENTER)
            with el("div", cls="row"):
                attach = el("button", "Add files", type="button", title="Tables or values: CSV, Excel, JSON, Parquet")
                attach.on("click", js_handler="() => document.getElementById('files').click()")
                el("input", id="files", type="file", multiple=True, hidden=True, aria_hidden="true", tabindex="-1")
                el("span", "Enter sends, Shift+Enter begins a new line", "quiet small hint")
                self._stop = button("Stop", self._stopped, "primary", hidden=True)
                self._send = el("button", "Send", "primary", type="submit")
        form.on("submit", lambda event: self._say(str(event.args)), js_handler=_SUBMIT)

    def _draw_model(self) -> None:
        acts = Acts(
            edit=self._edit, why=self._why, relax=self._relax, go=self._go, word=self._begin_words, opened=self._drawn
        )
        with el("section", cls="model", aria_labelledby="model-heading"):
            with el("div", cls="model-head"):
                el("h2", "Model", "unseen", id="model-heading")
                with el("div"):
                    self._title = el("p", "", "title")
                    self._outcome = el("p", "", "outcome")
                self._back = button("Undo", self._undo, hidden=True, data_key="undo")
            self._tabs = ModelTabs(self._chats.engine, acts, lambda: self._session)

    # ---- what happens

    def _watched(self, session: Session) -> None:
        """Everything that was, now; everything that comes, as it comes."""
        for event in list(session.events):
            self._hear(event)
        self._seen = len(session.events)
        self._task = background_tasks.create(self._watch(session), name=f"watch {session.id}")

    async def _watch(self, session: Session) -> None:
        await self._refresh()
        async for event in session.watch(self._seen, follow=True):
            self._hear(event)
            self._seen += 1
            over = isinstance(event, ENDS)
            if over:
                await session.settled()
            self._state(event)
            growing = isinstance(event, Formulated | Programmed) and session.version is None
            if (over or growing) and self._seen == len(session.events):
                await self._refresh()

    def _hear(self, event: Event) -> None:
        put(self._welcome, hidden=True)
        self._conversation.add(event)

    def _gone(self) -> None:
        if self._task:
            self._task.cancel()
        self._session = self._task = None

    def _state(self, event: Event | None = None) -> None:
        """What can be pressed, and what the message field asks for."""
        session = self._session
        busy = bool(session and session.busy)
        if not busy:
            self._working.done()
        elif isinstance(event, Step):
            self._working.show(event)
        elif event is None or not isinstance(event, ENDS):
            self._working.show(None)
        put(self._stop, hidden=not busy)
        put(self._send, hidden=busy)
        self._tabs.rest(busy)
        put(self._back, disabled=busy)
        stands = session.standing if session else None
        kind = "new" if stands is None or not stands.version else "talk"
        put(self._words, placeholder=_ASKS["question" if stands and stands.question else kind])

    async def _refresh(self) -> None:
        if session := self._session:
            found = await shown(session)
            self._head(found)
            await self._tabs.refresh(found)

    def _head(self, found: Shown) -> None:
        words, tone = headline(found.solution) if found.solution else ("", "plain")
        name = title(found.solution) if found.solution else found.formulation.title if found.formulation else ""
        say(self._title, f"{name} · version {found.version.number}" if found.version else name)
        say(self._outcome, words)
        self._outcome.classes(replace=f"outcome {tone}")
        put(self._back, hidden=not (found.version and found.version.parent))

    def _drawn(self) -> None:
        """The browser puts the focus back where it was, and sets the formulas."""
        self._client.run_javascript("optwright.drawn()")

    # ---- what the user does

    def _do(self, act: Callable[[Session], None]) -> bool:
        """Begin a turn; why that cannot be is said above the message field."""
        put(self._notice, hidden=True)
        try:
            act(self._opened())
        except OptwrightError as error:
            self._tell(str(error))
            background_tasks.create(self._refresh())  # fields show again what is
            return False
        self._state()
        return True

    def _opened(self) -> Session:
        """The page's session; a new chat begins with the first thing that is said or sent."""
        if self._session is None:
            self._session = session = self._chats.new(self._owner)
            self._client.run_javascript(f"history.replaceState(null, '', {json.dumps(f'/c/{session.id}')})")
            self._watched(session)
        return self._session

    def _tell(self, text: str) -> None:
        say(self._notice, text)
        put(self._notice, hidden=None)

    def _say(self, text: str) -> None:
        if not text.strip() and not self._files:
            self._tell("The message is empty: say what you want to know or to change.")
            return
        if self._do(lambda session: session.say(text, self._files)):
            self._files = []
            self._show_files()
            self._client.run_javascript(f"optwright.said({json.dumps(text)})")

    def _edit(self, edit: Edit) -> None:
        self._do(lambda session: session.what_if([edit]))

    def _why(self, about: str) -> None:
        self._do(lambda session: session.why(about))
        self._client.run_javascript("optwright.show('talk')")

    def _relax(self) -> None:
        self._do(lambda session: session.relax())

    def _undo(self) -> None:
        self._do(lambda session: session.undo())

    def _go(self, version: int) -> None:
        self._do(lambda session: session.go(version))

    async def _stopped(self) -> None:
        if self._session:
            await self._session.stop()

    async def _show(self, tab: str) -> None:
        self._client.run_javascript("optwright.show('model')")
        await self._tabs.choose(tab)

    def _begin_words(self, text: str) -> None:
        self._client.run_javascript(f"optwright.begin({json.dumps(text)})")

    # ---- files

    async def _receive(self, name: str, stream: AsyncIterator[bytes]) -> bool:
        """A file that the browser sends. Why it is refused is said above the message field."""
        put(self._notice, hidden=True)
        try:
            path = await keep_stream(self._opened().folder, name, stream)
        except OptwrightError as error:
            self._tell(str(error))
            return False
        self._files.append(path)
        self._show_files()
        return True

    def _show_files(self) -> None:
        put(self._chips, hidden=not self._files)
        self._chips.clear()
        with self._chips:
            for path in self._files:
                with el("li"):
                    el("span", path.name)
                    button("Remove", lambda path=path: self._forget(path), "link", aria_label=f"Remove {path.name}")

    def _forget(self, path: Path) -> None:
        if path in self._files:
            self._files.remove(path)
            path.unlink(missing_ok=True)
            self._show_files()


_ENTER = (
    "(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); "
    "const send = e.target.form.querySelector('[type=submit]'); if (!send.hidden) e.target.form.requestSubmit(); } }"
)
_SUBMIT = "(e) => { e.preventDefault(); emit(e.target.elements.words.value); }"
