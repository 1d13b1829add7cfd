"""The virtual tag's only way out: one socket pair to the host process, where time, chips, flash and radio are.

Every hardware operation of the virtual modules is one `call`. A call with buffers handed in allocates nothing, so
that the sampling path can be proved under `heap_lock` with the virtual board beneath it.
"""

import sys

import wire
from micropython import const

_TICK_COST_US = const(5)  # what reading the clock costs a tag whose time stands still while it computes: busy waits end
_TELL_US = const(50000)  # after so much of that the host is told, so that a watchdog can bite a tag that only waits

_header = bytearray(wire.HEADER)
_reply = bytearray(wire.HEADER)
_sink = bytearray(64)
_pipe = None
_seq = 0
_now_ms = 0
_now_us = 0
_host_clock = False
on_irq = None  # set by the machine module: called when a pin interrupt is pending
on_wake = None  # set by the radio while it scans: called after every sleep


class _RawPipe:
    """CPython's raw file with the two calls of a MicroPython stream that are used here."""

    def __init__(self, fd: int) -> None:
        self._file = open(fd, "r+b", 0)

    def write(self, buf, n: int) -> None:
        view = memoryview(buf)[:n]
        while view:
            view = view[self._file.write(view) :]

    def readinto(self, buf, n: int) -> int:
        done = 0
        while done < n:
            got = self._file.readinto(memoryview(buf)[done:n])
            if not got:
                break
            done += got
        return done


def connect(fd: int) -> None:
    """Open the socket pair's end that the host left as file descriptor `fd`."""
    global _pipe, _host_clock
    _pipe = _RawPipe(fd) if sys.implementation.name == "cpython" else open(fd, "r+b")
    _host_clock = call(wire.HELLO) == 1


def _put(at: int, value: int) -> None:
    _header[at] = value & 0xFF
    _header[at + 1] = (value >> 8) & 0xFF
    _header[at + 2] = (value >> 16) & 0xFF
    _header[at + 3] = (value >> 24) & 0xFF


def call(op: int, a: int = 0, b: int = 0, tx=None, tx_n: int = -1, rx=None) -> int:
    """Ask the board for `op`; return the reply's value. Payload goes out of `tx` and comes into `rx` (both optional).

    With `rx` the number of payload bytes received is `received()`. An errno in the reply is raised as OSError.
    """
    global _seq, _now_ms, _now_us
    n = 0 if tx is None else (len(tx) if tx_n < 0 else tx_n)
    _seq = (_seq + 1) & 0xFF
    _header[0] = op
    _header[1] = _seq
    _header[2] = n & 0xFF
    _header[3] = n >> 8
    _put(4, a)
    _put(8, b)
    _put(12, 0 if _host_clock else _now_us - (_reply[12] | _reply[13] << 8))
    _pipe.write(_header, wire.HEADER)
    if n:
        _pipe.write(tx, n)
    interrupted = False
    try:
        got = _pipe.readinto(_reply, wire.HEADER)
    except KeyboardInterrupt:
        # A signal met the wait for the reply. The reply still comes, whole: take it, so that the pipe stays in step.
        got = _pipe.readinto(_reply, wire.HEADER)
        interrupted = True
    if got != wire.HEADER:
        raise SystemExit  # the host is gone
    n = received()
    if n:
        if rx is None or len(rx) < n:
            while n > 0:
                n -= _pipe.readinto(_sink, min(n, len(_sink)))
        else:
            _pipe.readinto(rx, n)
    _now_ms = _reply[8] | _reply[9] << 8 | _reply[10] << 16 | _reply[11] << 24
    _now_us = _reply[12] | _reply[13] << 8
    flags = _reply[1]
    if interrupted or flags & wire.FLAG_INTERRUPT:
        raise KeyboardInterrupt
    if flags & wire.FLAG_IRQ and on_irq is not None and op != wire.PIN_PENDING:
        status, value, low, high = _reply[0], _value(), _reply[2], _reply[3]
        on_irq()  # asks for more: what this reply said is put back afterwards
        _reply[2] = low
        _reply[3] = high
        return _checked(status, value)
    if _reply[0]:
        raise OSError(_reply[0])
    return _value()


def _checked(status: int, value: int) -> int:
    if status:
        raise OSError(status)
    return value


def _value() -> int:
    value = _reply[4] | _reply[5] << 8 | _reply[6] << 16
    top = _reply[7]
    return value | (top << 24) if top < 0x40 else value | ((top - 256 if top > 127 else top) << 24)


def received() -> int:
    """Payload bytes of the last reply."""
    return _reply[2] | _reply[3] << 8


def ticks_ms() -> int:
    """Milliseconds since the tag was switched on, modulo 2^30."""
    global _now_us
    if _host_clock:
        call(wire.TIME)
        return _now_ms
    _now_us += _TICK_COST_US
    if _now_us > _TELL_US:
        call(wire.TIME)
    return (_now_ms + _now_us // 1000) & 0x3FFFFFFF


def ticks_us() -> int:
    """Microseconds since the tag was switched on, modulo 2^30."""
    ms = ticks_ms()
    # ms * 1000 modulo 2^30 without leaving 30 bits: 2^20 * 1000 is -24 * 2^20 there.
    return ((ms & 0xFFFFF) * 1000 + _now_us % 1000 - ((((ms >> 20) * 24) & 1023) << 20)) & 0x3FFFFFFF


def sleep(ms: int, us: int = 0) -> None:
    """Let the world go on for a while, or (ms < 0) until an event for this tag; an event ends the sleep early."""
    call(wire.SLEEP, ms, us)
    if on_wake is not None:
        on_wake()


def control(order: dict):
    """Give a test's order to the host (faults, world values); return its answer."""
    import json

    answer = bytearray(4096)
    call(wire.CONTROL, 0, 0, json.dumps(order).encode(), -1, answer)
    return json.loads(bytes(answer[: received()]).decode())
