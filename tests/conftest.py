"""Tests of the host are ordinary pytest; those in tests/device run on three interpreters, see device_plugin.py."""

import signal

pytest_plugins = ["device_plugin", "spread"]

# Started in the background of a script, we would hand the ignoring of Ctrl-C down to every tool that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
