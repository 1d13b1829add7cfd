"""What the tag's detectors are worth, measured on labelled recordings that go through the core on real MicroPython."""
