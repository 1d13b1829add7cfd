"""The identity of a tag that was never provisioned."""

# A tag without settings of its own gets these, so that two commands are enough to see it report. The key is public: the gateway
# says so whenever it serves a tag that uses it.
DEVELOPMENT_ID = "00000000000da770"
DEVELOPMENT_KEY = "646176792d646576656c6f706d656e74"
