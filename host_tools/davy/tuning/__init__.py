"""How the detectors' numbers were chosen: on the features that the device code computes, tested on people left out."""
