"""Viper's pointers for CPython: `ptr16(a)[i]` is unsigned memory there, as it is for the machine code on the tag.

On MicroPython the viper compiler replaces the names `ptr16` and `ptr32` by memory access and never looks at these
functions. CPython's views are stricter than the machine: a value that does not fit raises, so the tests there prove
every store masked.
"""


def ptr16(buffer):
    """The buffer's bytes as unsigned 16-bit numbers."""
    return memoryview(buffer).cast("B").cast("H")


def ptr32(buffer):
    """The buffer's bytes as unsigned 32-bit numbers."""
    return memoryview(buffer).cast("B").cast("I")


def ptr8(buffer):
    """The buffer's bytes."""
    return memoryview(buffer).cast("B")
