"""EU863-870: RP002-1.0.4 section 2.4; the bands and their duty cycles are those of ERC/REC 70-03 annex 1 and ETSI EN 300 220-2.

DR        0    1    2    3    4    5    6
SF/kHz    12   11   10   9    8    7    7/250
N         51   51   51   115  242  242  242
"""

from lorawan.region import Region


class EU868(Region):
    """Three default channels, sixteen in all."""

    name = "EU868"
    ident = 1
    sf = b"\x0c\x0b\x0a\x09\x08\x07\x07"
    bw = b"\x01\x01\x01\x01\x01\x01\x02"
    size = b"\x33\x33\x33\x73\xf2\xf2\xf2"
    top_dr = 6
    default_hz = (868100000, 868300000, 868500000)
    low_hz = 863000000
    high_hz = 870000000
    bands = (  # from, to, duty cycle in 1/1000
        (863000000, 865000000, 1),
        (865000000, 868000000, 10),
        (868000000, 868600000, 10),
        (868700000, 869200000, 1),
        (869400000, 869650000, 100),
        (869700000, 870000000, 10),
    )
    rx2_hz = 869525000
