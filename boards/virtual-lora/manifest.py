# Freezes the application into a MicroPython of the Unix port: all that `davy deploy` builds, but for board.json.
#     make -C ports/unix FROZEN_MANIFEST=.../boards/virtual-lora/manifest.py

include("$(PORT_DIR)/variants/manifest.py")

include("../frozen.py")
