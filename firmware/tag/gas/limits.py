"""Action levels: what concentration raises which alarm. Data, in the scaled units of `tag.events.GASES`.

An alarm is raised AT the level and beyond, and its cause is gone only past the clear level, so that it does not
chatter. Whether it then latches belongs to the alarm: tag/alarms/table.py. `delay_ms` is how long the reading must
stay beyond the level first.

Sources: CH4 30 CFR 57 subpart T (0.5 % ventilate and stop, 1.0 % withdraw until below 0.5 %). CO, H2S, O2: Industrial
Scientific's default alarms, also OSHA 1910.146 for O2. Clear levels other than those of 1.0 % CH4: chosen here, about
a tenth inside.
"""

from micropython import const
from tag.events import ALARM_GAS_HIGH, ALARM_GAS_LOW, CH4, CO, H2S, O2

RISING = const(1)  # danger above the level
FALLING = const(-1)  # danger below the level

# (gas, direction, level, clear level, alarm, delay_ms)
LEVELS = (
    (CH4, RISING, 50, 40, ALARM_GAS_LOW, 0),
    (CH4, RISING, 100, 50, ALARM_GAS_HIGH, 0),
    (CO, RISING, 350, 310, ALARM_GAS_LOW, 0),
    (CO, RISING, 700, 630, ALARM_GAS_HIGH, 0),
    (H2S, RISING, 100, 90, ALARM_GAS_LOW, 0),
    (H2S, RISING, 200, 180, ALARM_GAS_HIGH, 0),
    (O2, FALLING, 1950, 1970, ALARM_GAS_LOW, 0),
    (O2, RISING, 2350, 2330, ALARM_GAS_HIGH, 0),
)
