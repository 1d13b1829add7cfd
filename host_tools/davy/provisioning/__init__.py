"""Who a tag is and which keys it has: made once, kept in an encrypted registry, written to the tag, never shown."""
