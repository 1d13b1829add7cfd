"""What a computer on the USB cable can ask of a tag on duty: kinds.py says what, desk.py answers."""
