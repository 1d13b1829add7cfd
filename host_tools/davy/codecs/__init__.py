"""What the payloads of a tag say, for servers and people: in Python here, in JavaScript for ChirpStack and The Things Stack."""
