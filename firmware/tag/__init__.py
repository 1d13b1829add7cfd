"""The safety tag: `core` decides, `hal` touches the hardware, `app` carries data between them."""
