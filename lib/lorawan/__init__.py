"""A LoRaWAN 1.0.4 end device of class A and C without radio and clock: bytes and time in, bytes and deadlines out.

`mac.Mac` is the whole of it for whoever runs a radio; `regions.names.find("EU868")` gives it the rules of a region. What the
files say of the protocol is from TS001-1.0.4 (L2 1.0.4) and RP002-1.0.4 (regional parameters) of the LoRa Alliance.
"""
