"""`davy selftest`: what is asked of a tag and of a person (`session`), many ports at once (`crew`), the report (`report`)."""
