"""`davy lorawan trace`: what it writes is checked by another decoder, in every region and class."""

import json
from pathlib import Path
from typing import Any

from cli_here import davy


def traced(tmp_path: Path, *args: str) -> dict[str, Any]:
    out = tmp_path / "trace.json"
    code, _, err = davy("lorawan", "trace", *args, "--json", str(out))
    assert (code, err) == (0, "")
    return json.loads(out.read_text(encoding="utf-8"))
