"""Tests of the host are ordinary pytest; those in tests/device run on three interpreters, see device_plugin.py."""

import signal

import hypothesis

pytest_plugins = ["device_plugin", "spread"]

# Started in the background of a script, we would hand the ignoring of Ctrl-C down to every tool that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline for an example is a claim about this computer and whatever else it does just now.
hypothesis.settings.register_profile(
    "davy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("davy")
