"""Tests of the host are ordinary pytest; those in tests/device run on three interpreters, see device_plugin.py."""

pytest_plugins = ["device_plugin"]
