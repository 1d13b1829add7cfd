"""What the tag decides to say: alarms, their states and outputs, faults, the button, orders. Imports `tag.events`, `ticks`."""
