"""The small gateway: hears tags by UDP, keeps each record once, gives receipts and sends orders."""

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
