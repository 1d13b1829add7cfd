"""What the tag smells: readings with a quality against action levels. Imports `tag.events`, `quality`, `ticks` only."""
