"""The tag's entry. The watchdog runs before anything else is loaded: firmware that cannot start is tried again and again,
with a minute in the REPL between two tries to mend it.

The app comes from a slot where `slots.py` finds one in force; else from plain files, or frozen. This file and `slots.py` need
nothing of either.
"""

import gc
import os

import machine

WATCHDOG_MS = 8000
SERVICE_MS = 15 * 60 * 1000
RETRY_MS = 60 * 1000

watchdog = machine.WDT(timeout=WATCHDOG_MS)
# Collect early and often: a heap that is used in small pieces stays in one piece.
gc.threshold(4096)
boot = None
try:
    names = os.listdir("/")
    if "boot.a" in names or "boot.b" in names:
        try:
            import slots

            boot = slots.start(watchdog.feed, machine.reset)
        except Exception as error:  # what chooses is damaged: there may be plain files, or a frozen app
            print("davy: no slots:", repr(error))
    names = None
    from tag import app
    from tag.hal.system import Watchdog

    app.boot = boot
    app.main(Watchdog())
except KeyboardInterrupt:
    machine.WDT(timeout=SERVICE_MS).feed()  # on ESP32 a second object changes the period of the one watchdog
except Exception as error:
    if boot:
        boot.crashed(error)  # on trial it does not return: the other one starts
    machine.WDT(timeout=RETRY_MS).feed()
    raise
