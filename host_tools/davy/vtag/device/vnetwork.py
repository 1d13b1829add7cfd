"""The tag's `network`: a Wi-Fi station whose access point the host switches on and off."""

import vport
import wire

STA_IF = 0
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202


class WLAN:
    """The station interface."""

    def __init__(self, interface_id: int = STA_IF) -> None:
        self._id = interface_id

    def active(self, on=None) -> bool:
        """Radio on, off, or ask."""
        return vport.call(wire.WLAN_ACTIVE, -1 if on is None else int(bool(on))) == 1

    def connect(self, ssid: str, key: str = "") -> None:
        """Begin to join; `isconnected` tells when it has worked."""
        vport.call(wire.WLAN_CONNECT, 0, 0, (ssid + "\0" + key).encode())

    def disconnect(self) -> None:
        """Leave the access point."""
        vport.call(wire.WLAN_LEAVE)

    def isconnected(self) -> bool:
        """Whether datagrams can travel."""
        return self.status() == STAT_GOT_IP

    def status(self, param=None) -> int:
        """A STAT_ value, or the signal strength for 'rssi'."""
        if param == "rssi":
            return vport.call(wire.WLAN_RSSI)
        return vport.call(wire.WLAN_STATUS)

    def scan(self):
        """What is heard: (name, address, channel, dBm, security, hidden) each; takes 2 s."""
        vport.sleep(2000)
        buf = bytearray(32)
        dbm = vport.call(wire.WLAN_SCAN, 0, 0, None, -1, buf)
        name = bytes(buf[: vport.received()])
        return [(name, b"\x02\x00\x00\x00\x00\x01", 6, dbm, 3, 0)] if name else []

    def config(self, *args, **kwargs):
        """Settings that change nothing here; 'mac' is the chip's own number."""
        if args and args[0] == "mac":
            import machine

            return machine.unique_id()
        return None

    def ifconfig(self):
        """Address, mask, gateway, name server."""
        return ("10.0.0.2", "255.255.255.0", "10.0.0.1", "10.0.0.1")
