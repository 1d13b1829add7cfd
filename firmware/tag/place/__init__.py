"""Where the wearer is: pure parts, which are handed what was heard and the time."""
