"""One virtual tag: the interpreter process, its board, its console, and what a power switch does to them."""

import contextlib
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from davy import runtime
from davy.errors import DavyError
from davy.processes import started
from davy.vtag.board import HARD, POWER_ON, SOFT, WATCHDOG, Board
from davy.vtag.console import CTRL_C, Console
from davy.vtag.device import wire
from davy.vtag.flash import PowerCut
from davy.vtag.signals import Reset, Sleep

VBOOT = Path(__file__).parent / "device" / "vboot.py"
REQUEST = struct.Struct("<BBHiiI")
REPLY = struct.Struct("<BBHiIHBB")
PATIENCE_US = 50_000
# Ctrl-C reaches a tag with the reply to what it asks next. One that asks nothing for so long computes: it gets a signal.
INSIST_S = 0.2
_MASK = (1 << 30) - 1


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_davy() -> None:
    """In the interpreter's process, before it starts: a davy that is killed takes its tag with it, also one in an endless loop.

    Without this (not on Linux) a tag ends when it next asks its board for something.
    """
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class VirtualTag:
    """A tag on the bench. `power_on`, `power_cut` and `reset` are the switch; `serve` answers what the tag asks.

    `wake_us` is the world time at which the tag's sleep ends (None while it computes or waits for an event only).
    """

    def __init__(
        self,
        board: Board,
        *,
        interpreter: str = "mp64",
        heap: str = "",
        console: bool = True,
        script: Sequence[str | Path] = (),
        environment: dict[str, str] | None = None,
        ticks_start_ms: int = 0,
    ) -> None:
        self.board = board
        self.interpreter = interpreter
        self.heap = heap
        self.script = script
        self.environment = {"MICROPYPATH": f"{VBOOT.parent}:.frozen", **(environment or {})}
        self.console = Console(outside=console)
        self.ticks_start_ms = ticks_start_ms
        self.process: subprocess.Popen[bytes] | None = None
        self.sleeping = False
        self.wake_us: int | None = None
        self.restart_us: int | None = None
        self.boots = 0
        self.exit_code: int | None = None
        self._restart_cause = POWER_ON
        self._rpc: socket.socket | None = None
        self._buffer = bytearray()
        self._boot_us = 0
        self._event = False
        self._interrupt = False  # somebody has typed Ctrl-C that no code has felt yet
        self._insist_s = 0.0
        self._booted = False  # no Ctrl-C meets a tag that mounts its flash: it would be left without a file system
        self._greeted = False  # whether the interpreter has asked for anything since it was started
        self._last_request: tuple[int, int] = (0, 0)
        board.wifi.wake = board.wake = self.wake_at

    # -- the power switch --------------------------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Whether an interpreter runs."""
        return self.process is not None

    def power_on(self, t_us: int, cause: int = POWER_ON, raw_repl: bool = False) -> None:
        """Start the interpreter."""
        self.board.power_up(t_us, cause)
        ours, theirs = socket.socketpair()
        self.console.prepare()
        command = runtime.command(self.interpreter, self.heap)
        mode = ["script", *map(str, self.script)] if self.script else ["repl" if raw_repl else "run"]
        inspect = [] if self.script else ["-i"]
        os.set_inheritable(theirs.fileno(), True)
        environment = {**os.environ, **self.environment}
        environment.pop("HOME", None)  # the REPL would write its history there
        if draw := environment.get("DAVY_DRAW"):  # each start of each tag draws numbers of its own
            environment["DAVY_DRAW"] = f"{draw}/{self.board.name}/{self.boots}"
        shared = [theirs.fileno()]
        if (
            self.board.flash.direct and not self.console.port
        ):  # a Ctrl-C from outside comes with the answer to what it asks
            shared.append(self.board.flash.fileno())
            environment["DAVY_FLASH"] = str(shared[-1])
        self.process = started(
            lambda: subprocess.Popen(
                [*command, *inspect, str(VBOOT), str(theirs.fileno()), *mode],
                stdin=self.console.child_fd,
                stdout=self.console.child_fd,
                stderr=self.console.child_fd,
                pass_fds=shared,
                start_new_session=True,
                preexec_fn=_die_with_davy,
                env=environment,
            )
        )
        theirs.close()
        # A blocking read ends after this, which is when the bench looks at the console instead.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, PATIENCE_US))
        self._rpc = ours
        self._buffer.clear()
        self._boot_us = t_us
        self.boots += 1
        self.sleeping = False
        self.wake_us = self.restart_us = None
        self._event = self._interrupt = self._greeted = False
        self._booted = bool(self.script)
        if raw_repl:
            self.console.write_child(b"\x01")

    def _kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        if self._rpc is not None:
            self._rpc.close()
            self._rpc = None
        self.sleeping = False
        self.wake_us = None

    def power_cut(self, t_us: int) -> None:
        """The power goes, now."""
        self._kill()
        self.restart_us = None
        self.board.power_cut(t_us)

    def reset(self, t_us: int, cause: int = HARD, off_us: int = 0) -> None:
        """Stop now, and start again after `off_us`."""
        self._kill()
        self.board.power_down(t_us)
        self._restart_cause = cause
        self.restart_us = t_us + off_us

    def terminate(self) -> None:
        """Stop the interpreter from another thread; the bench notices that it has ended."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End for good."""
        self._kill()
        self.console.close()

    # -- what happens to it ------------------------------------------------------------------------------------------

    def filenos(self) -> list[int]:
        """Descriptors to watch for reading."""
        return self.console.filenos() + ([self._rpc.fileno()] if self._rpc is not None else [])

    def next_us(self) -> int | None:
        """World time of the next thing that happens to this tag by itself."""
        times = [t for t in (self.wake_us, self.restart_us, self.board.wdt_due_us) if t is not None]
        return min(times) if times else None

    def starving(self, t_us: int) -> bool:
        """Whether the watchdog's time is over, although the tag never slept."""
        return self.board.wdt_due_us is not None and t_us >= self.board.wdt_due_us

    def wake_at(self, t_us: int) -> None:
        """An event for the tag at `t_us` ends its sleep there."""
        self._event = True
        if self.sleeping and (self.wake_us is None or t_us < self.wake_us):
            self.wake_us = t_us

    def advance(self, t_us: int) -> None:
        """World time has reached `t_us`: wake, restart or bite."""
        if self.starving(t_us):
            self.reset(t_us, WATCHDOG)
        if self.restart_us is not None and t_us >= self.restart_us:
            self.power_on(t_us, self._restart_cause)
        if self.sleeping and self.wake_us is not None and t_us >= self.wake_us:
            self._wake(t_us)

    def _wake(self, t_us: int) -> None:
        self.sleeping = False
        self.wake_us = None
        self._reply(self._last_request[1], 0, 0, b"", t_us)

    def serve_console(self, t_us: int) -> None:
        """Carry bytes between the terminal and the interpreter."""
        self.console.read_child()
        typed = self.console.read_outside()
        if typed:
            self.type(typed, t_us)
        if self.process is not None and self.process.poll() is not None:
            self._ended(t_us)

    def type(self, data: bytes, t_us: int) -> None:
        """Somebody types on the console: Ctrl-C interrupts running code, the rest is input."""
        self.insist()
        if CTRL_C in data and not self.console.at_prompt():
            data = data.replace(bytes([CTRL_C]), b"")
            self._interrupt = True
            self._insist_s = time.monotonic() + INSIST_S
            if self.sleeping:
                self._wake(t_us)
        self.console.write_child(data)
        if self.sleeping and data:
            self.wake_at(t_us)

    def insist(self) -> None:
        """What became of a Ctrl-C: nothing at a prompt; a signal for a tag that has asked for nothing since."""
        if not (self._interrupt and self._booted and self.process):
            return
        if self.console.at_prompt():
            self._interrupt = False
        elif time.monotonic() >= self._insist_s:
            self._interrupt = False
            os.kill(self.process.pid, signal.SIGINT)

    def _ended(self, t_us: int) -> None:
        """The interpreter has ended by itself: Ctrl-D at the prompt, which on a board is the soft reset."""
        assert self.process is not None
        self.console.read_child()
        self.exit_code = self.process.returncode
        raw = self.console.raw_repl
        self._kill()
        if self.script:
            self.board.power_down(t_us)
            return
        if not self._greeted:
            raise DavyError(f"the interpreter ended before the tag began: {self.console.last_words()}")
        self.console.write_outside(b"MPY: soft reboot\r\n")
        self.board.power_down(t_us)
        self.power_on(t_us, SOFT, raw_repl=raw)

    def serve(self, t_us: int, wait: bool = False) -> int:
        """Answer all requests that have come (with `wait`, give them a moment to come); return the world time after them:
        bus transfers take some. -1 when there were none."""
        if self._rpc is None:
            return -1
        try:
            data = self._rpc.recv(65536, 0 if wait else socket.MSG_DONTWAIT)
        except BlockingIOError:
            return -1
        except OSError:
            data = b""
        if not data:
            return -1
        self._greeted = True
        self._buffer += data
        while len(self._buffer) >= wire.HEADER and self.on:
            op, seq, n, a, b, spent_us = REQUEST.unpack_from(self._buffer)
            if len(self._buffer) < wire.HEADER + n:
                break
            payload = bytes(self._buffer[wire.HEADER : wire.HEADER + n])
            del self._buffer[: wire.HEADER + n]
            t_us += 0 if self.board.host_clock else spent_us + self.board.cost_us(op, a, b, payload)
            self._answer(op, seq, a, b, payload, t_us)
        return t_us

    def _answer(self, op: int, seq: int, a: int, b: int, payload: bytes, t_us: int) -> None:
        self._last_request = (op, seq)
        self._booted |= op == wire.BOOTED
        try:
            status, value, data = self.board.handle(op, a, b, payload, t_us)
        except Sleep as sleep:
            self.sleeping = True
            self.wake_us = None if sleep.us is None else t_us + sleep.us
            if self._event or self._interrupt:
                self._event = False
                self.wake_us = t_us
            return
        except Reset as reset:
            self.reset(t_us, reset.cause, reset.off_us)
            return
        except PowerCut:
            self.on_power_cut(t_us)
            return
        self._reply(seq, status, value, data, t_us)

    def on_power_cut(self, t_us: int) -> None:
        """The flash lost its power inside a write: off, and on again a second later unless somebody decides
        otherwise."""
        self.power_cut(t_us)
        self._restart_cause = POWER_ON
        self.restart_us = t_us + 1_000_000

    def _reply(self, seq: int, status: int, value: int, data: bytes, t_us: int) -> None:
        flags = wire.FLAG_IRQ if self.board.pins.scan(t_us) else 0
        if self._interrupt and self._booted:
            flags |= wire.FLAG_INTERRUPT
            self._interrupt = False
        since_us = t_us - self._boot_us
        now_ms = (self.ticks_start_ms + since_us // 1000) & _MASK
        assert self._rpc is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._rpc.sendall(REPLY.pack(status, flags, len(data), value, now_ms, since_us % 1000, seq, 0) + data)


def load_spec(path: Path) -> dict[str, Any]:
    """A `board.json` as a dict."""
    return json.loads(path.read_text())
