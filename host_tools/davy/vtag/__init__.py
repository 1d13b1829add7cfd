"""The virtual tag: real MicroPython and the shipped firmware above register-level models of the chips."""

import davy.roots  # noqa: F401 - the host reads the tag's own tables, such as device/wire.py
