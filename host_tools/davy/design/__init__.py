"""How the numbers in lib/ were found: designs with SciPy, run by a person, never by the tag."""
