"""Who the device is, and the session it has: address, keys, and a counter for each direction.

EUIs, addresses and keys are given as they are printed, most significant byte first; on the air EUIs and addresses are
turned round. Counters have 32 bits, of which a frame carries 16; they are bounded to 30 here (34 years at a frame a
second), so that they stay small integers on a 32-bit board.
"""

from codec.fields import put_u16, put_u32
from lorawan.crypto import BLOCK, Key, same
from micropython import const

UP, DOWN = 0, 1
MIC = const(4)
COUNTER_MAX = const(0x3FFFFFFF)
_SIGN, _CIPHER = 0x49, 0x01  # first byte of the blocks B0 and A


class Otaa:
    """A device that joins over the air: its identity, ready to sign join requests and to read join accepts."""

    def __init__(self, dev_eui: bytes, join_eui: bytes, app_key: bytes) -> None:
        if len(dev_eui) != 8 or len(join_eui) != 8:
            raise ValueError("an EUI has 8 bytes")
        self.euis = turned(join_eui) + turned(dev_eui)
        self.key = Key(app_key)


class Abp:
    """A device that was given its session when it was made."""

    def __init__(self, dev_addr: bytes, nwk_skey: bytes, app_skey: bytes) -> None:
        if len(dev_addr) != 4:
            raise ValueError("an address has 4 bytes")
        self.addr = turned(dev_addr)
        self.keys = bytes(nwk_skey) + bytes(app_skey)


class Session:
    """Signs, checks and encrypts the frames of a session; empty until `begin`."""

    def __init__(self) -> None:
        self.addr = bytearray(4)  # as on the air
        self.keys = bytearray(2 * BLOCK)  # NwkSKey, AppSKey: the kept form
        self.net_id = bytearray(3)
        self.live = False
        self.up = 0  # counter of the next uplink
        self.down = -1  # of the last downlink accepted
        self._nwk = self._app = None
        self._block = bytearray(BLOCK)

    def begin(self, addr, keys, up: int, down: int) -> None:
        """Go on with these; the counters of a new session are 0 and -1."""
        self.addr[:] = addr
        self.keys[:] = keys
        self._nwk = self._app = None  # first, so that the heap need not hold four
        self._nwk = Key(bytes(self.keys[:BLOCK]))
        self._app = Key(bytes(self.keys[BLOCK:]))
        self.up = up
        self.down = down
        self.live = True

    def end(self) -> None:
        """Forget it."""
        self.live = False
        self._nwk = self._app = None
        for i in range(2 * BLOCK):
            self.keys[i] = 0

    def sign(self, buf, n: int, counter: int) -> int:
        """Put the MIC of an uplink behind buf[:n]; returns the offset after it."""
        mic = self._mic(UP, buf, n, counter)
        for i in range(MIC):
            buf[n + i] = mic[i]
        return n + MIC

    def genuine(self, buf, n: int, counter: int) -> bool:
        """Whether the 4 bytes behind buf[:n] are the MIC of a downlink with that counter."""
        return same(self._mic(DOWN, buf, n, counter), buf, n, MIC)

    def crypt(self, direction: int, port: int, counter: int, buf, at: int, n: int) -> None:
        """Encrypt or decrypt a payload in place; on port 0 with the network's key."""
        self._fill(_CIPHER, direction, counter, 0)
        (self._app if port else self._nwk).stream(self._block, buf, at, n)

    def _mic(self, direction: int, buf, n: int, counter: int):
        self._fill(_SIGN, direction, counter, n)
        return self._nwk.cmac(self._block, buf, n)

    def _fill(self, first: int, direction: int, counter: int, last: int) -> None:
        block = self._block
        block[0] = first
        for i in range(1, 5):
            block[i] = 0
        block[5] = direction
        for i in range(4):
            block[6 + i] = self.addr[i]
        put_u32(block, 10, counter)
        block[14] = 0
        block[15] = last


def session_keys(key: Key, nonces, dev_nonce: int) -> bytes:
    """NwkSKey and AppSKey (TS001 section 6.2.6); `nonces` are JoinNonce and NetID as in the join accept, 6 bytes."""
    keys = bytearray(2 * BLOCK)
    block = bytearray(BLOCK)
    for k in range(2):
        for i in range(BLOCK):
            block[i] = 0
        block[0] = k + 1
        block[1:7] = nonces
        put_u16(block, 7, dev_nonce)
        key.encrypt(block, block)
        keys[k * BLOCK : (k + 1) * BLOCK] = block
    return bytes(keys)


def turned(data: bytes) -> bytes:
    """The bytes in reverse order."""
    return bytes([data[len(data) - 1 - i] for i in range(len(data))])
