"""What a tag can say: the one table of records, from which the codec, the host decoder and the documents are made.

An *event* inside the tag is a flat tuple `(kind, t_ms, field, ...)` with the fields in the order of `SCHEMA`. Once
it has a sequence number it is a *record*: the same fields in the journal, on the air and at the gateway.

Field types are those of `struct`, little endian: B u8, b i8, H u16, h i16, I u32; `s` is UTF-8 text and `x` are bytes,
both to the record's end, so they can only come last. What the fields are called and mean stands in `tag/schema.py`, which
the tag never loads. Ids are never reused: a retired one stays in the table.
"""

from micropython import const

# -- kinds of records ------------------------------------------------------------------------------------------------
BOOT = const(1)
HEARTBEAT = const(2)
READING = const(3)
ALARM = const(4)
FAULT = const(5)
FALL = const(6)
STILL = const(7)
BUTTON = const(8)
DOWNLINK = const(9)
CRASH = const(10)
CONFIG = const(11)
DROP = const(12)
IMPACT = const(13)
SAMPLES = const(14)
LEVEL = const(15)
EXPOSURE = const(16)
CALIBRATION = const(17)
TIME = const(18)
DISCARD = const(19)
READINGS = const(20)
PEER = const(21)
UPDATE = const(22)
SELFTEST = const(23)
FATIGUE = const(24)
WORKLOAD = const(25)
PLACE = const(26)

# kind -> (name, how it is delivered, types of its fields): 1 urgent, before all others; 2 kept until it is delivered, as urgent
# ones are; 0 readings and the like: oldest first, and given up when there is no room, or when they are too old. What is kept is on
# flash at once.
SCHEMA = {
    BOOT: ("boot", 2, "BHHHH"),
    HEARTBEAT: ("heartbeat", 0, "HHIHHB"),
    READING: ("reading", 0, "BBh"),
    ALARM: ("alarm", 1, "BBBh"),
    FAULT: ("fault", 1, "BBB"),
    FALL: ("fall", 1, "BHBH"),
    STILL: ("still", 0, "H"),
    BUTTON: ("button", 0, "BH"),
    DOWNLINK: ("downlink", 1, "BHB"),
    CRASH: ("crash", 1, "Bs"),
    CONFIG: ("config", 1, "Bs"),
    DROP: ("drop", 1, "HHH"),
    IMPACT: ("impact", 0, "HHB"),
    SAMPLES: ("samples", 0, "IBx"),
    LEVEL: ("level", 1, "BBBhHB"),
    EXPOSURE: ("exposure", 2, "BHHhhhhB"),
    CALIBRATION: ("calibration", 1, "BBBhhhHIbs"),
    TIME: ("time", 2, "IHB"),
    DISCARD: ("discard", 2, "IIHH"),
    READINGS: ("readings", 0, "BBHhx"),
    PEER: ("peer", 1, "IBBbB"),
    UPDATE: ("update", 2, "BHs"),
    SELFTEST: ("selftest", 2, "IIIHIs"),
    FATIGUE: ("fatigue", 2, "BBbBbbbBHBbBBB"),
    WORKLOAD: ("workload", 2, "HHIHHIHHHHHBH"),
    PLACE: ("place", 2, "BBBBBbH"),
}

# -- gases: id -> (name, unit of the scaled value, counts per unit, unit shown) ----------------------------------------
CH4 = const(1)
CO = const(2)
H2S = const(3)
O2 = const(4)
NO2 = const(5)
SO2 = const(6)
NH3 = const(7)
CO2 = const(8)
NO = const(9)

GASES = {
    CH4: ("ch4", "pct100", 100, "%vol"),
    CO: ("co", "ppm10", 10, "ppm"),
    H2S: ("h2s", "ppm10", 10, "ppm"),
    O2: ("o2", "pct100", 100, "%vol"),
    NO2: ("no2", "ppm100", 100, "ppm"),
    SO2: ("so2", "ppm100", 100, "ppm"),
    NH3: ("nh3", "ppm10", 10, "ppm"),
    CO2: ("co2", "pct1000", 1000, "%vol"),
    NO: ("no", "ppm10", 10, "ppm"),
}

# -- alarms, ascending priority but for the last ----------------------------------------------------------------------
ALARM_FAULT = const(1)
ALARM_GAS_LOW = const(2)
ALARM_GAS_HIGH = const(3)
ALARM_MAN_DOWN = const(4)
ALARM_SOS = const(5)
ALARM_EVACUATION = const(6)
ALARM_WEAR = const(7)  # "are you wearing me?": came late, ranks below all others
ALARM_WARNING = const(8)  # gas that rises towards a level: said early, ranks below all others
ALARM_MESSAGE = const(9)  # somebody has written: a press says that it was read; ranks below all others
ALARM_PEER = const(10)  # a neighbour's tag calls for help by radio
ALARM_COUNT = const(11)  # with 0, no alarm

# -- states of an alarm: see tag/alarms/table.py ---------------------------------------------------------------------
OFF = const(0)
PRE = const(1)
ON = const(2)
ACKED = const(3)
HELP = const(4)
ESCALATED = const(5)

# -- causes of an alarm: what raised it. For the gas alarms the cause is the gas id, for ALARM_FAULT the fault source.
CAUSE_FALL = const(1)
CAUSE_STILL = const(2)
CAUSE_BUTTON = const(3)
CAUSE_REMOTE = const(4)
CAUSE_CHECKIN = const(5)
CAUSE_DROP = const(6)
CAUSE_DRILL = const(7)

# -- sources of a fault: also bit numbers in HEARTBEAT.faults --------------------------------------------------------
FAULT_MOTION = const(0)
FAULT_GAS = const(1)
FAULT_BATTERY = const(2)
FAULT_OUTPUTS = const(3)
FAULT_BUTTON = const(4)
FAULT_LINK = const(5)
FAULT_JOURNAL = const(6)
FAULT_CONFIG = const(7)
FAULT_BOARD = const(8)
FAULT_TASK = const(9)

FAULT_LIMITS = const(10)  # the limit profile: the last good one is in force
FAULT_DUE = const(11)  # a calibration or bump test is due
FAULT_OVERDUE = const(12)  # the same where the site says that nobody works without
FAULT_AIR = const(13)  # temperature and pressure: gas readings are not compensated
FAULT_HEART = const(14)  # the heart-rate sensor: the rate is unknown

# Faults that touch safety raise the fault alarm; the others are records only.
SAFETY_FAULTS = (
    FAULT_MOTION,
    FAULT_GAS,
    FAULT_BATTERY,
    FAULT_OUTPUTS,
    FAULT_BUTTON,
    FAULT_JOURNAL,
    FAULT_BOARD,
    FAULT_TASK,
    FAULT_LIMITS,
    FAULT_OVERDUE,
)

FAULT_COUNT = const(15)

# codes of a fault: what is wrong with the source
CODE_MISSING = const(1)
CODE_FAILED = const(2)
CODE_STALE = const(3)
CODE_RANGE = const(4)
CODE_FULL = const(5)
CODE_CORRUPT = const(6)
CODE_LOW = const(7)
CODE_CRASHED = const(8)
CODE_LATE = const(9)
CODE_UNSIGNED = const(10)
CODE_DUE = const(11)
CODE_DRIFT = const(12)

# -- button presses --------------------------------------------------------------------------------------------------------
PRESS_SHORT = const(1)
PRESS_LONG = const(2)

# -- downlink messages and what became of them --------------------------------------------------------------------------------
MSG_ACK = const(1)  # the gateway holds these records: handled by the outbox, never shown to the core
MSG_HELP = const(2)  # "help knows" of the alarm named
MSG_EVACUATE = const(3)
MSG_ALL_CLEAR = const(4)
MSG_TEXT = const(5)
MSG_SHIFT_END = const(6)  # the wearer's shift is over: exposure is closed
MSG_DRILL_START = const(7)  # an evacuation, for practice
MSG_DRILL_STOP = const(8)
MSG_TIME = const(9)  # what time it is
MSG_CONFIG = const(10)  # settings, in force from the next start
MSG_LIMITS = const(11)  # a part of a limit profile's file
MSG_READINGS = const(12)  # send these records again
MSG_REACTION = const(13)  # ask the wearer for a reaction test

# message -> types of its arguments, as in SCHEMA
MESSAGES = {
    MSG_ACK: "x",
    MSG_HELP: "B",
    MSG_EVACUATE: "",
    MSG_ALL_CLEAR: "",
    MSG_TEXT: "s",
    MSG_SHIFT_END: "",
    MSG_DRILL_START: "",
    MSG_DRILL_STOP: "",
    MSG_TIME: "IH",
    MSG_CONFIG: "s",
    MSG_LIMITS: "HHx",
    MSG_READINGS: "II",
    MSG_REACTION: "",
}

DONE = const(1)
REFUSED = const(2)
UNKNOWN = const(3)
SHOWN = const(4)  # the wearer was shown it
ANSWERED = const(5)  # and has pressed the button

# -- who told the time ---------------------------------------------------------------------------------------------------------
FROM_USB = const(1)
FROM_GATEWAY = const(2)
FROM_LORAWAN = const(3)
FROM_NTP = const(4)

# -- why a FATIGUE record was made --------------------------------------------------------------------------------------------
OCCASION_LEVEL = const(1)  # the level is another
OCCASION_PERIOD = const(2)
OCCASION_TEST = const(3)  # a reaction test was finished
OCCASION_BROKEN = const(4)  # an alarm ended it, or presses at random
OCCASION_UNANSWERED = const(5)  # nobody pressed when the light asked for one

# -- why a tag's place is another one than before ------------------------------------------------------------------------
PLACE_HEARD = const(1)  # the beacons of a zone
PLACE_SILENT = const(2)  # nothing is heard any more
PLACE_FOREIGN = const(3)  # what is heard fits no place of the map
PLACE_BOARDED = const(4)  # a vehicle
PLACE_LEFT = const(5)
PLACE_AIR = const(6)  # the same place; its pressure is that of another level, or of none

# -- tasks of the shell, as named in CRASH and in the supervisor --------------------------------------------------------
TASK_MOTION = const(0)
TASK_GAS = const(1)
TASK_INTERFACE = const(2)
TASK_REPORTING = const(3)
TASK_SUPERVISION = const(4)
TASK_RADIO = const(5)
TASK_PLACE = const(6)
TASK_CONSOLE = const(7)
TASK_HEART = const(8)
TASK_COUNT = const(9)
