"""MQTT 3.1.1 for a device that publishes little and must not lose it: bytes and time go in, bytes and what happened come out."""
