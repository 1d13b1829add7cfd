"""Answers what is asked over the service console (kinds.py) while the tag is on duty; loaded with the first question."""

import json

import ticks
from codec import hdlc
from codec.fields import get_u32
from micropython import const
from tag.console import changing, kinds, live
from tag.console.files import Files
from tag.console.watcher import Watcher

_LINES = const(2000)  # bytes of SET
_STALE_MS = const(10000)  # what nobody takes for so long is dropped, and what it promised
_SET_MS = const(1000)  # between two changes: each writes flash


class Desk:
    """`app` as in tag/app.py. `take` a question, `work` on its answer once a round."""

    def __init__(self, app, root: str = "") -> None:
        self._app = app
        self._root = root
        self._files = Files(app.memory.journal)
        self._survey = None  # one that is under way
        self.body = bytearray(hdlc.LARGEST + hdlc.OVERHEAD)
        frame = bytearray(hdlc.ROOM)
        self._frame = frame
        self._view = memoryview(frame)
        self._kind = self._ident = 0  # of what is under way
        self._text = b""
        self._moved_ms = 0  # when it was asked, or last went on
        self._lines = b""
        self._change = None  # lines that wait for their turn
        self._set_ms = -1  # of the last change; -1: none
        self._restart = False
        self._watcher = Watcher(app)

    def take(self, buf, n: int, t_ms: int) -> None:
        """A question in buf[:n]. Whatever its bytes are, and however little memory is left, nothing raises."""
        try:
            self._take(buf, n, t_ms)
        except MemoryError:
            self._refuse("no memory")

    def _take(self, buf, n: int, t_ms: int) -> None:
        if n < kinds.HEAD:
            return
        kind = buf[0]
        a = get_u32(buf, 2) if n >= 6 else 0
        b = get_u32(buf, 6) if n >= 10 else 0
        c = get_u32(buf, 10) if n >= 14 else 0
        if kind == kinds.WATCH:
            self._watcher.watch(n > kinds.HEAD and buf[2] == 1, t_ms)
        elif kind == kinds.READ and b == kinds.GO_ON:
            self._files.go_on(a, c)
        elif not self._restart or self._text:  # else the answer is out: it starts anew in this round
            self._kind, self._ident = kind, buf[1]
            self._moved_ms = t_ms
            self._drop()
            self._answer(kind, (a, b, c), buf, n, t_ms)

    def _answer(self, kind: int, args, buf, n: int, t_ms: int) -> None:
        if kind == kinds.HELLO:
            self._watcher.watch(False, t_ms)
            self._lines = b""
            self._say(live.about(self._app, t_ms))
        elif kind == kinds.LIST:
            self._files.begin(kind, args[0], 0, 0)
        elif kind == kinds.HASH:
            self._files.begin(kind, args[0], 0, args[1])
        elif kind == kinds.READ:
            self._files.begin(kind, args[0], args[1], args[2])
        elif kind == kinds.SETTINGS:
            self._say(changing.known(self._root))
        elif kind == kinds.SET and n > kinds.HEAD:
            self._set(buf[2], bytes(buf[3:n]))
        elif kind == kinds.SURVEY and n >= kinds.HEAD + 2:
            self._begin_survey(buf[2], buf[3] == 1, t_ms)
        elif kind == kinds.RESTART:
            self._restart = self._may_restart()
            self._say({"problem": "" if self._restart else "an alarm is on"})
        else:
            self._refuse("no such question")

    def heard(self, event, seq: int) -> None:
        """An event became record `seq`; 0 when the journal refused it."""
        self._watcher.heard(event, seq)

    def work(self, console, t_ms: int) -> bool:
        """Send at most one frame of an answer, and what a watcher is due; whether more can go at once."""
        try:
            return self._work(console, t_ms)
        except MemoryError:
            self._watcher.watch(False, t_ms)
            self._drop()
            return False

    def _work(self, console, t_ms: int) -> bool:
        if not self._watcher.tell(self, console, t_ms):
            return False
        job = self._survey or self._files
        if not (self._text or self._restart or self._change is not None or job.waits):
            return False
        if ticks.diff(t_ms, self._moved_ms) >= _STALE_MS:
            self._drop()
            return False
        if self._text:
            return self._speak(console, t_ms)
        if self._change is not None:
            return self._make(t_ms)
        if self._restart:
            self._restart = False
            if self._may_restart():  # an alarm may have come since
                self._app.restart(t_ms)
            return False
        n = job.step(self.body, t_ms)
        if n >= 0:
            if not self.put(console, self._kind | kinds.ANSWER, self._ident, n):
                return False
            job.taken(n)
        self._moved_ms = t_ms
        if n == kinds.FAILED:
            self._end_job()
            self._refuse("cannot be read")
        elif n == kinds.LATER:
            return False
        elif n == kinds.OVER:
            self._say(self._survey.told)
            self._end_job()
        return job.waits or len(self._text) > 0

    def _drop(self) -> None:
        """Nothing is under way any more."""
        self._text = b""
        self._restart = False
        self._change = None
        self._end_job()

    def _end_job(self) -> None:
        self._files.begin(0, 0, 0, 0)
        if self._survey:
            self._survey.end()
            self._survey = None

    def _begin_survey(self, seconds: int, link, t_ms: int) -> None:
        from tag.console.survey import begin  # not loaded otherwise

        self._survey, problem = begin(self._app, seconds, link, t_ms)
        if problem:
            self._refuse(problem)

    def _may_restart(self) -> bool:
        return self._app.core.alarms.highest() == 0

    # -- sending ---------------------------------------------------------------------------------------------------------

    def put(self, console, kind: int, ident: int, n: int) -> bool:
        """Send `body`, whose n bytes after its head are in place; False when nobody takes it: later again."""
        body = self.body
        body[0] = kind
        body[1] = ident
        return console.put(self._view[: hdlc.seal(body, kinds.HEAD + n, self._frame)])

    def _say(self, what) -> None:
        self._text = json.dumps(what).encode()

    def _refuse(self, why: str) -> None:
        self._kind = kinds.REFUSED
        self._text = why.encode()

    def _speak(self, console, t_ms: int) -> bool:
        """Whether more can go at once: not where nobody takes it."""
        before = len(self._text)
        self._text = self.part(console, self._kind | kinds.ANSWER, self._ident, self._text)
        left = len(self._text)
        if left < before:
            self._moved_ms = t_ms
        return 0 < left < before

    def part(self, console, kind: int, ident: int, text: bytes) -> bytes:
        """Send the beginning of a text; what is left of it."""
        n = min(len(text), kinds.TEXT)
        at = kinds.HEAD
        self.body[at] = 1 if n < len(text) else 0
        self.body[at + 1 : at + 1 + n] = text[:n]
        return text[n:] if self.put(console, kind, ident, 1 + n) else text

    # -- settings ----------------------------------------------------------------------------------------------------------

    def _set(self, more: int, text: bytes) -> None:
        self._lines += text
        if len(self._lines) > _LINES:
            self._lines = b""
            self._refuse("too many settings at once")
        elif more:
            self._say({})
        else:
            self._change = self._lines
            self._lines = b""

    def _make(self, t_ms: int) -> bool:
        """The change, once its turn has come."""
        if self._set_ms >= 0 and 0 <= ticks.diff(t_ms, self._set_ms) < _SET_MS:
            return False
        self._set_ms = self._moved_ms = t_ms
        lines, self._change = self._change or b"", None
        self._say(changing.make(self._app.memory, lines, t_ms, self._root))
        return True
