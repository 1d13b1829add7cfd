"""The one inner loop of encryption, compiled to machine code on the tag: exclusive or of two stretches of bytes."""

import sys

if sys.implementation.name == "micropython":
    import micropython

    @micropython.viper
    def mix(target, target_at: int, source, source_at: int, n: int):
        """target[target_at:][:n] ^= source[source_at:][:n]; the caller keeps both ranges inside the buffers."""
        t = ptr8(target)  # noqa: F821
        s = ptr8(source)  # noqa: F821
        i = 0
        while i < int(n):
            t[int(target_at) + i] = t[int(target_at) + i] ^ s[int(source_at) + i]
            i += 1

else:

    def mix(target, target_at: int, source, source_at: int, n: int) -> None:
        """target[target_at:][:n] ^= source[source_at:][:n]."""
        for i in range(n):
            target[target_at + i] ^= source[source_at + i]
