"""The journals of tags on a computer: pulled, recovered from a flash dump, verified, exported, told in a report."""
