# Freezes the application into a firmware image: the files that `davy deploy` puts on the tag, but for board.json.
#     make -C ports/esp32 BOARD=ESP32_GENERIC_S3 FROZEN_MANIFEST=.../boards/heltec-wifi-lora-32-v3/manifest.py

include("$(PORT_DIR)/boards/manifest.py")

include("../frozen.py")
