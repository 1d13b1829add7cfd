"""PHY payloads of LoRaWAN 1.0.4 as a network and a decoder read and write them, over the package `cryptography`.
Independent of the tag's.

EUIs, addresses and keys are bytes as they are printed, most significant first; integers stand little endian on the air.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

JOIN_REQUEST, JOIN_ACCEPT, UP, DOWN, UP_CONFIRMED, DOWN_CONFIRMED = (n << 5 for n in range(6))


class Bad(ValueError):
    """No frame, or not a genuine one."""


@dataclass(frozen=True)
class Keys:
    """A session's."""

    dev_addr: bytes
    nwk_skey: bytes
    app_skey: bytes


@dataclass(frozen=True)
class Data:
    """A data frame, decrypted; `port` is -1 when there is none."""

    down: bool
    confirmed: bool
    dev_addr: bytes
    control: int
    fcnt: int
    fopts: bytes
    port: int
    payload: bytes

    @property
    def adr(self) -> bool:
        """ADR bit."""
        return bool(self.control & 0x80)

    @property
    def adr_ack_req(self) -> bool:
        """ADRACKReq; uplinks only."""
        return bool(self.control & 0x40)

    @property
    def ack(self) -> bool:
        """ACK bit."""
        return bool(self.control & 0x20)

    @property
    def commands(self) -> bytes:
        """MAC commands, wherever they stand."""
        return self.payload if self.port == 0 else self.fopts


def ecb(key: bytes, data: bytes, *, inverse: bool = False) -> bytes:
    """AES-128 in single blocks."""
    cipher = Cipher(algorithms.AES(key), modes.ECB())
    worker = cipher.decryptor() if inverse else cipher.encryptor()
    return worker.update(data) + worker.finalize()


def mic(key: bytes, data: bytes) -> bytes:
    """The four bytes that a frame carries of its CMAC."""
    signer = CMAC(algorithms.AES(key))
    signer.update(data)
    return signer.finalize()[:4]


def data_mic(keys: Keys, frame: bytes, down: bool, fcnt: int) -> bytes:
    """MIC of a data frame without its MIC."""
    block = b"\x49\0\0\0\0" + bytes([down]) + keys.dev_addr[::-1] + fcnt.to_bytes(4, "little") + bytes([0, len(frame)])
    return mic(keys.nwk_skey, block + frame)


def crypt(keys: Keys, port: int, payload: bytes, down: bool, fcnt: int) -> bytes:
    """Encrypt or decrypt a payload."""
    head = b"\1\0\0\0\0" + bytes([down]) + keys.dev_addr[::-1] + fcnt.to_bytes(4, "little") + b"\0"
    blocks = b"".join(head + bytes([i + 1]) for i in range((len(payload) + 15) // 16))
    stream = ecb(keys.app_skey if port else keys.nwk_skey, blocks)
    return bytes(a ^ b for a, b in zip(payload, stream, strict=False))


def encode(keys: Keys, data: Data) -> bytes:
    """The frame, encrypted and signed."""
    kind = (DOWN_CONFIRMED if data.confirmed else DOWN) if data.down else UP_CONFIRMED if data.confirmed else UP
    control = data.control & 0xF0 | len(data.fopts)
    frame = (
        bytes([kind]) + data.dev_addr[::-1] + bytes([control]) + (data.fcnt & 0xFFFF).to_bytes(2, "little") + data.fopts
    )
    if data.port >= 0:
        frame += bytes([data.port]) + crypt(keys, data.port, data.payload, data.down, data.fcnt)
    return frame + data_mic(keys, frame, data.down, data.fcnt)


def address(frame: bytes) -> bytes:
    """Whose data frame it says it is."""
    if len(frame) < 12:
        raise Bad("too short")
    return frame[4:0:-1]


def decode(keys: Keys, frame: bytes, fcnt: int) -> Data:
    """A data frame with the counter `fcnt`; raises Bad when it is not genuine."""
    kind = frame[0]
    if len(frame) < 12 or kind not in (UP, DOWN, UP_CONFIRMED, DOWN_CONFIRMED):
        raise Bad("no data frame")
    down = kind in (DOWN, DOWN_CONFIRMED)
    if fcnt & 0xFFFF != int.from_bytes(frame[6:8], "little") or data_mic(keys, frame[:-4], down, fcnt) != frame[-4:]:
        raise Bad("wrong MIC")
    body = frame[8:-4]
    length = frame[5] & 15
    if length > len(body):
        raise Bad("FOpts longer than the frame")
    fopts, rest = body[:length], body[length:]
    port = rest[0] if rest else -1
    payload = crypt(keys, port, rest[1:], down, fcnt) if rest else b""
    confirmed = kind in (UP_CONFIRMED, DOWN_CONFIRMED)
    return Data(down, confirmed, address(frame), frame[5], fcnt, fopts, port, payload)


def join_accept(app_key: bytes, fields: bytes) -> bytes:
    """A join accept of these fields (JoinNonce ... CFList), signed and encrypted."""
    signed = bytes([JOIN_ACCEPT]) + fields
    return signed[:1] + ecb(app_key, fields + mic(app_key, signed), inverse=True)


def accepted(app_key: bytes, frame: bytes) -> bytes:
    """The fields of a join accept (JoinNonce ... CFList), decrypted; raises Bad when it is not genuine."""
    if len(frame) not in (17, 33) or frame[0] != JOIN_ACCEPT:
        raise Bad("no join accept")
    plain = ecb(app_key, frame[1:])
    if mic(app_key, frame[:1] + plain[:-4]) != plain[-4:]:
        raise Bad("wrong MIC")
    return plain[:-4]


def session_keys(app_key: bytes, join_nonce: int, net_id: int, dev_nonce: int) -> tuple[bytes, bytes]:
    """NwkSKey and AppSKey."""
    nonces = join_nonce.to_bytes(3, "little") + net_id.to_bytes(3, "little") + dev_nonce.to_bytes(2, "little")
    return ecb(app_key, b"\1" + nonces + bytes(7)), ecb(app_key, b"\2" + nonces + bytes(7))
