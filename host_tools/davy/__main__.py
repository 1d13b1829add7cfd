"""`python -m davy` is the `davy` command."""

from davy.cli import main

main()
