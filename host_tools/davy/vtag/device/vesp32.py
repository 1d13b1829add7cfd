"""The tag's `esp32`: chip temperature and the non-volatile store."""

import vport
import wire


def mcu_temperature() -> int:
    """Degrees Celsius inside the chip."""
    return vport.call(wire.ESP_TEMPERATURE)


class NVS:
    """A namespace of small values that survive power cuts, outside the file system."""

    def __init__(self, namespace: str) -> None:
        self._prefix = namespace.encode() + b"\0"

    def set_blob(self, key: str, value) -> None:
        """Store bytes."""
        vport.call(wire.NVS_SET, 0, 0, self._prefix + key.encode() + b"\0" + bytes(value))

    def get_blob(self, key: str, buf) -> int:
        """Read bytes into `buf`; ENOENT when the key is not there."""
        vport.call(wire.NVS_GET, 0, 0, self._prefix + key.encode(), -1, buf)
        return vport.received()

    def set_i32(self, key: str, value: int) -> None:
        """Store an integer."""
        self.set_blob(key, value.to_bytes(4, "little"))

    def get_i32(self, key: str) -> int:
        """Read an integer."""
        buf = bytearray(4)
        self.get_blob(key, buf)
        return int.from_bytes(buf, "little")

    def commit(self) -> None:
        """Every `set` is stored at once."""
