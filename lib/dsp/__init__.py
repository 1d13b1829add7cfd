"""Fixed-point signal processing of int16 milli-g blocks: x0, y0, z0, x1, ... in an array('h'), into memory given.

Everything runs on ints: the inner loops are viper (machine code) on the tag and plain Python on CPython, one source
for both, equal to the bit on 32-bit and 64-bit builds. The rules that make it so:

- every intermediate stays within +-2^30, shown beside the code: 32-bit viper wraps there, 64-bit viper does not; - a
16-bit load is unsigned in viper, so the sign is restored by `(v ^ 0x8000) - 0x8000`, and a store is masked to 16
bits; - a 32-bit load is signed on 32-bit builds and unsigned on 64-bit ones, so state kept in array('i') is never
negative: samples
  enter it with `BIAS` added.
"""
