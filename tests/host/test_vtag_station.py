"""A virtual tag led out to a real gateway: `davy vtag start --gateway` and `davy gateway` find each other."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from test_vtag_tools import ENVIRONMENT, Tag

from davy.errors import DavyError
from davy.vtag.station import DEVELOPMENT_ID, address


def test_address() -> None:
    assert address("127.0.0.1:4750") == ("127.0.0.1", 4750)
    assert address("[::1]:1") == ("::1", 1)
    for text in ("", "host", "host:", ":1", "host:0", "host:99999", "host:x"):
        with pytest.raises(DavyError, match="is no address"):
            address(text)


def test_records_and_orders_over_udp(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "davy", "gateway", "--port", "0", "--json"]
    gateway = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert gateway.stdin and gateway.stdout and gateway.stderr
    patience = threading.Timer(180, gateway.kill)  # ends every wait for its words
    patience.start()
    tag = None
    try:
        port = json.loads(gateway.stdout.readline())["port"]
        tag = Tag(tmp_path / "flash.bin", "--gateway", f"127.0.0.1:{port}")
        for line in gateway.stderr:
            if "speaks from" in line:
                break
        gateway.stdin.write("evacuate\n")
        gateway.stdin.flush()
        deadline = time.monotonic() + 60
        seen: dict[tuple[str, str], dict[str, object]] = {}
        while ("downlink", "evacuate: done") not in seen and time.monotonic() < deadline:
            record = json.loads(gateway.stdout.readline())
            assert record["tag"] == DEVELOPMENT_ID
            seen[record["kind"], record["text"]] = record
        assert ("alarm", "evacuation: on (gateway)") in seen
    finally:
        if tag:
            tag.stop()
        patience.cancel()
        gateway.send_signal(signal.SIGINT)
        gateway.communicate(timeout=30)
    assert gateway.returncode == 130
