"""Fixed-point signal processing of int16 milli-g blocks: x0, y0, z0, x1, ... in an array('h'), into memory given.

Everything runs on ints: the inner loops are viper (machine code) on the tag and plain Python on CPython, one source
for both, equal to the bit on 32-bit and 64-bit builds. The rules that make it so:

- Every intermediate stays within +-2^30, shown beside the code: 32-bit viper wraps beyond 2^31, 64-bit viper does not.
- A 16-bit load is unsigned in viper: `(v ^ 0x8000) - 0x8000` restores the sign, and a store is masked to 16 bits.
- A 32-bit load is signed on 32-bit builds and unsigned on 64-bit ones, so state in array('i') is never negative:
  samples enter it with 32768 added, which is what `v ^ 0x8000` alone gives.

And one that keeps the heap out of it: MicroPython takes the frame of a bytecode function from the heap when locals and
stack together need more than 11 slots (`micropython -v -v` prints N_STATE). Functions called for each chunk have few
arguments and keep their memory in arrays.
"""
