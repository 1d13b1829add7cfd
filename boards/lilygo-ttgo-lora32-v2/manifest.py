# Freezes the application into a firmware image: the files that `davy deploy` puts on the tag, but for board.json.
#     make -C ports/esp32 BOARD=LILYGO_TTGO_LORA32 FROZEN_MANIFEST=.../boards/lilygo-ttgo-lora32-v2/manifest.py

include("$(PORT_DIR)/boards/manifest.py")

include("../frozen.py")
