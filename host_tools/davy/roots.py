"""Where the tag's own code lies, and how the host imports it.

The host runs the same files as the tag (record table, codecs, core). In a checkout they stand in `firmware/` and `lib/`; in an
installed wheel they are carried along in `davy/device/`. Importing this module puts them on `sys.path`.
"""

import os
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
CHECKOUT = _HERE.parents[1]
BASE = CHECKOUT if (CHECKOUT / "firmware" / "main.py").is_file() else _HERE / "device"

# What is made or fetched once and can be had again: in the checkout, or the user's own, where nobody else can put firmware.
CACHE = (
    CHECKOUT / "build"
    if BASE == CHECKOUT
    else Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "davy"
)

FIRMWARE = BASE / "firmware"
LIB = BASE / "lib"
BOARDS = BASE / "boards"
SHIMS = _HERE / "shims"

for _root in (SHIMS, FIRMWARE, LIB):
    if str(_root) not in sys.path:
        sys.path.append(str(_root))
