"""MicroPython's image onto boards: planned, checked against the board before anything is erased, many ports at once."""
