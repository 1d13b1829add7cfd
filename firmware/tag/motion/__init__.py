"""What the tag feels: from blocks of acceleration to falls and stillness. Imports `dsp` and `tag.events` only."""
