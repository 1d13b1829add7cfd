"""Winsen's infrared gas modules that speak the MH command set: what winsen_ndir.py has to know of each, and what a person should.

    module    gas  ranges (resolution)                   T90 s   warm-up s  life y  source
    mh-440d   CH4  5 %vol (0.01), 100 %LEL (1 %LEL)      30 (a)  180 (b)    -       MHSensor (c)
    mh-441d   CH4  5 %vol (0.01), 100 %LEL (1 %LEL)      30 (a)  180 (b)    -       MH-441D datasheet 6.2
    mh-z14a   CO2  2000, 5000, 10000 ppm (1 ppm)         120     60         10      MH-Z14A manual 1.4
    mh-z16    CO2  2000, 5000, 10000 ppm, 5 %vol (1 ppm) 30      180        5       MH-Z16 manual
    mh-z19b   CO2  2000, 5000, 10000 ppm (1 ppm)         120     180        5       MH-Z19B manual 1.0, 1.6
    mh-z19c   CO2  2000, 5000, 10000 ppm (1 ppm)         120     60         10      MH-Z19C manual 1.2

(a) no sheet that could be read says it: the usual figure for such sensors. (b) sellers' pages. (c) the library
github.com/Methane-Project/MHSensor. A CO2 range above 32767 ppm uses all 16 bits. The basis of %LEL is 5 %vol.

Cross-sensitivity: none of the sheets gives numbers. Infrared CH4 modules see other hydrocarbons (ethane, propane, vapours) as
more methane; no module sees hydrogen or carbon monoxide. Nothing poisons them; dust and condensed water on the mirror do harm.
Pressure: no sheet mentions it. An infrared sensor counts molecules, so that a reading in %vol grows with the pressure: Vaisala,
"How do temperature and pressure effect CO2 measurement?" gives measured * 1013 hPa / pressure. Temperature is the module's.

Self-calibration ("ABC"): a CO2 module takes the lowest value of each 24 h for the 400 ppm of fresh air, which a tag underground
never sees, and would so teach itself to read low. The driver switches it off. Range (99h): the sheets contradict each other on
the place of the number in that command, so it is not sent: order the module with the range that board.json names.
"""

# name -> (gas, T90 in s, warm-up in s)
MODULES = {
    "mh-440d": ("ch4", 30, 180),
    "mh-441d": ("ch4", 30, 180),
    "mh-z14a": ("co2", 120, 60),
    "mh-z16": ("co2", 30, 180),
    "mh-z19b": ("co2", 120, 180),
    "mh-z19c": ("co2", 120, 60),
}

# gas -> range -> (what a count of the module is in counts of the gas, as (multiplier, divisor), and full scale in these).
# Counts of the gas: 0.01 %vol of CH4, 0.001 %vol (10 ppm) of CO2.
RANGES = {
    "ch4": {"5vol": (1, 1, 500), "100lel": (5, 1, 500)},
    "co2": {"2000ppm": (1, 10, 200), "5000ppm": (1, 10, 500), "10000ppm": (1, 10, 1000), "5vol": (1, 10, 5000)},
}
