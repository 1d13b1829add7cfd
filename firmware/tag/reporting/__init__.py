"""What the tag tells: records of its events, the outbox that delivers them, and the frames they travel in."""
