# Freezes the application into a firmware image: the files that `davy deploy` puts on the tag, but for board.json.
#     make -C ports/esp32 BOARD=LILYGO_T3_S3 FROZEN_MANIFEST=.../boards/lilygo-t3-s3/manifest.py

include("$(PORT_DIR)/boards/manifest.py")

include("../frozen.py")
