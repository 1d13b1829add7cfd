"""An append-only journal of small records on littlefs that survives a power cut at any moment."""
