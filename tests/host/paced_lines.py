"""Serial lines that take the time of serial lines, for a tray of virtual boards: `python paced_lines.py N`, a process for all.

Each has an end for the tool, whose names it prints as a line of JSON. Standard input says what is at the other end, a line of JSON
each: {"line": 3, "far": "/dev/pts/7"}; null: nothing. Both ways a byte takes ten bits of the speed that the tool has set.
"""

import json
import os
import pty
import select
import sys
import termios
import time
import tty
from dataclasses import dataclass, field

SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}
TICK_S = 0.004
MOST_B = 16384  # waits in a line; more stays with the sender


@dataclass
class Way:
    """One direction: what waits, and until when the line is taken."""

    waits: bytearray = field(default_factory=bytearray)
    free_s: float = 0.0

    def due(self, now_s: float, bytes_s: float) -> bytes:
        """What has come through by now."""
        if not self.waits:
            self.free_s = now_s
            return b""
        n = min(int((now_s - self.free_s) * bytes_s), len(self.waits))
        if n:
            self.free_s += n / bytes_s
        data = bytes(self.waits[:n])
        del self.waits[:n]
        return data


class Line:
    """One line: the tool's end, and whatever is at the other one."""

    def __init__(self) -> None:
        self.near, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.near, False)
        self.port = os.ttyname(self.slave)
        self.far = -1
        self.out, self.back = Way(), Way()

    def plug(self, far: str | None) -> None:
        """Change what is at the other end."""
        if self.far >= 0:
            os.close(self.far)
        self.far = -1
        self.out, self.back = Way(), Way()
        if far:
            self.far = os.open(far, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self.far)
            termios.tcflush(self.far, termios.TCIFLUSH)

    def bytes_s(self) -> float:
        """As the tool has set it."""
        return SPEEDS.get(termios.tcgetattr(self.slave)[5], 115200) / 10

    def readable(self) -> dict[int, Way]:
        """What may be read, and where that goes."""
        ways = {self.near: self.out, self.far: self.back}
        return {fd: way for fd, way in ways.items() if fd >= 0 and self.far >= 0 and len(way.waits) < MOST_B}

    def move(self, now_s: float) -> bool:
        """Let come out what is due; whether more is on its way."""
        if self.far < 0:
            return False
        speed = self.bytes_s()
        for way, fd in ((self.out, self.far), (self.back, self.near)):
            if data := way.due(now_s, speed):
                try:
                    n = os.write(fd, data)
                except BlockingIOError:
                    n = 0
                way.waits[:0] = data[n:]  # nobody reads at present
        return bool(self.out.waits or self.back.waits)


def main() -> None:
    """Until standard input ends."""
    lines = [Line() for _ in range(int(sys.argv[1]))]
    print(json.dumps([line.port for line in lines]), flush=True)
    moving = False
    while True:
        ways = {fd: way for line in lines for fd, way in line.readable().items()}
        ready, _, _ = select.select([0, *ways], [], [], TICK_S if moving else 1)
        now_s = time.monotonic()
        if 0 in ready:
            words = sys.stdin.readline()
            if not words:
                return
            order = json.loads(words)
            lines[order["line"]].plug(order["far"])
            print("{}", flush=True)
            continue
        for fd in ready:
            way = ways[fd]
            if not way.waits:
                way.free_s = now_s
            try:
                way.waits += os.read(fd, 4096)
            except OSError:
                continue
        moving = sum(line.move(now_s) for line in lines) > 0
        if moving:
            time.sleep(max(0.0, TICK_S - (time.monotonic() - now_s)))


if __name__ == "__main__":
    main()
