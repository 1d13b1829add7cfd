"""The tag's entry. The watchdog runs before anything else is loaded: firmware that cannot start is tried again and again,
with a minute in the REPL between two tries to mend it."""

import gc

from tag.hal.system import Watchdog

# Collect early and often: a heap that is used in small pieces stays in one piece.
gc.threshold(4096)
watchdog = Watchdog()
try:
    from tag import app

    app.main(watchdog)
except KeyboardInterrupt:
    watchdog.service()
except Exception:
    watchdog.retry()
    raise
