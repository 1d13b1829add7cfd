"""The lines of bench/tray.py take the time of serial lines, both ways, at the speed the tool has set, and lose nothing."""

import json
import os
import pty
import random
import select
import subprocess
import sys
import threading
import time
import tty

import paced_lines
import pytest
import serial


@pytest.mark.parametrize("baud", [115_200, 921_600])
def test_a_byte_takes_ten_bits(baud: int) -> None:
    near, slave = pty.openpty()
    tty.setraw(slave)
    data = random.Random(baud).randbytes(baud // 40)  # a quarter of a second
    command = [sys.executable, paced_lines.__file__, "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lines:
        assert lines.stdin and lines.stdout
        try:
            [port] = json.loads(lines.stdout.readline())
            lines.stdin.write(json.dumps({"line": 0, "far": os.ttyname(slave)}) + "\n")
            lines.stdin.flush()
            assert lines.stdout.readline() == "{}\n"
            with serial.Serial(port, baud, timeout=10) as tool:
                start_s = time.monotonic()
                threading.Thread(target=tool.write, args=(data,), daemon=True).start()
                got = b""
                while len(got) < len(data) and select.select([near], [], [], 10)[0]:
                    got += os.read(near, 4096)
                there_s = time.monotonic() - start_s
                start_s = time.monotonic()
                threading.Thread(target=os.write, args=(near, data), daemon=True).start()
                back = tool.read(len(data))
                back_s = time.monotonic() - start_s
        finally:
            lines.stdin.close()
    os.close(near)
    os.close(slave)
    assert got == data and back == data
    assert there_s >= 0.24 and back_s >= 0.24  # never quicker than the line; how much slower is the computer's matter
