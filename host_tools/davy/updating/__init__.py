"""The app onto a tag: bundles, what of them has to travel, and how a tag takes one up."""
