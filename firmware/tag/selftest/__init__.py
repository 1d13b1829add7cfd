"""The self-test of a tag on the bench: `verdicts` judges numbers, the others get them from the parts; `run` is what a person's
computer calls."""
