"""RU864-870: RP002-1.0.4 section 2.13; DRs as in EU868. Duty cycle below 1 % (RP002); 864-865 MHz 0.1 % (the Alliance's
draft for RU 868).

The limits of the two lower bands were not read in the Russian rule itself (SFMC decision 07-20-03-001): no network uses them
unless it adds channels there.
"""

from lorawan.region import Region


class RU864(Region):
    """Two default channels, sixteen in all."""

    name = "RU864"
    ident = 2
    sf = b"\x0c\x0b\x0a\x09\x08\x07\x07"
    bw = b"\x01\x01\x01\x01\x01\x01\x02"
    size = b"\x33\x33\x33\x73\xf2\xf2\xf2"
    top_dr = 6
    default_hz = (868900000, 869100000)
    low_hz = 864000000
    high_hz = 870000000
    bands = (
        (864000000, 865000000, 1),
        (866000000, 868000000, 10),
        (868700000, 869200000, 10),
    )
    rx2_hz = 869100000
