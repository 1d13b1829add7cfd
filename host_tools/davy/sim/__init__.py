"""Scenarios: a day, or a bad minute, in the life of a whole virtual tag, told in a small file."""

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
