# Freezes the application into a firmware image: the files that `davy deploy` puts on the tag, but for board.json.
#     make -C ports/esp32 BOARD=ESP32_GENERIC_C3 FROZEN_MANIFEST=.../boards/esp32-c3-generic/manifest.py

include("$(PORT_DIR)/boards/manifest.py")

include("../frozen.py")
