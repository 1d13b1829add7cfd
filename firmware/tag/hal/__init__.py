"""The only room that imports `machine`, `network` and their kin. It opens what board.json names; it decides nothing."""
