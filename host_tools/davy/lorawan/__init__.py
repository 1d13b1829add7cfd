"""LoRaWAN on the host: a test network, a device's MAC behind a pipe, and the air between them. Nothing here uses
lib/lorawan."""
