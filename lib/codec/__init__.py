"""Bytes on flash and on the air: integer fields, checksums and message authentication. Knows nothing of tags or records."""
