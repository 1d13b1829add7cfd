"""Connections that come and go: who tries when. Pure: time and what was seen go in, what to do comes out."""
