"""Davy's tools for a person's computer: the `davy` command, the virtual tag, the simulator and the gateway."""

__version__ = "0.1.0"
