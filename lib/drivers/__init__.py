"""Drivers: handed an open bus and pins, they turn chips into values with a quality. They open nothing themselves."""
