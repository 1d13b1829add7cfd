"""CPython's stand-in for MicroPython's `cryptolib`: AES in the modes ECB (1), CBC (2) and CTR (6), over the package `cryptography`.

As there, an object that has encrypted cannot decrypt, and `encrypt(source, target)` may have the same buffer twice.
"""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ECB, _CBC, _CTR = 1, 2, 6


class aes:
    """One key in one mode; CBC and CTR go on where the last call ended."""

    def __init__(self, key: bytes, mode: int, IV: bytes = b"") -> None:
        chosen = {_ECB: modes.ECB, _CBC: lambda: modes.CBC(IV), _CTR: lambda: modes.CTR(IV)}.get(mode)
        if chosen is None:
            raise ValueError("mode")
        self._cipher = Cipher(algorithms.AES(bytes(key)), chosen())
        self._encryptor = self._decryptor = None

    def encrypt(self, source, target=None):
        """Encrypt into `target` when there is one, else return bytes."""
        if self._decryptor:
            raise ValueError("can't encrypt & decrypt")
        self._encryptor = self._encryptor or self._cipher.encryptor()
        return _put(self._encryptor.update(bytes(source)), target)

    def decrypt(self, source, target=None):
        """Decrypt into `target` when there is one, else return bytes."""
        if self._encryptor:
            raise ValueError("can't encrypt & decrypt")
        self._decryptor = self._decryptor or self._cipher.decryptor()
        return _put(self._decryptor.update(bytes(source)), target)


def _put(data: bytes, target):
    if target is None:
        return data
    target[: len(data)] = data
    return None
