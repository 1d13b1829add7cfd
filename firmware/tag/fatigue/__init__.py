"""Fatigue as an indicator of risk: from how the wearer moves, from hours awake, from a button. docs/fatigue.md has the evidence."""
