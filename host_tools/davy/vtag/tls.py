"""TLS in virtual time: a server's end of a connection behind Python's own `ssl`, fed from memory.

The certificate's dates are judged by the interpreter's real clock, as the tag's end judges them.
"""

import ssl
from pathlib import Path

from davy.vtag.streams import Accept, Far, Near

READ = 16384


class _Inside:
    """What the server behind TLS takes for its stream."""

    def __init__(self, secured: "Secured") -> None:
        self._secured = secured

    def send(self, data: bytes, t_us: int) -> None:
        self._secured.send(data, t_us)

    def finish(self, t_us: int) -> None:
        self._secured.finish(t_us)

    def reset(self, t_us: int) -> None:
        self._secured.stream.reset(t_us)


class Secured:
    """The server's end of one connection with TLS."""

    def __init__(self, context: ssl.SSLContext, accept: Accept, stream: Near, t_us: int) -> None:
        self.stream = stream
        self._from_tag, self._to_tag = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._from_tag, self._to_tag, server_side=True)
        self._accept = accept
        self._far: Far | None = None
        self.failure = ""  # why the handshake failed

    def received(self, data: bytes, t_us: int) -> None:
        """Bytes as they came over the air."""
        self._from_tag.write(data)
        try:
            if self._far is None:
                self._tls.do_handshake()
                self._far = self._accept(_Inside(self), t_us)
            while self._far:
                plain = self._tls.read(READ)
                if not plain:
                    break
                self._far.received(plain, t_us)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.failure = error.reason or str(error)
            self._flush(t_us)
            self.stream.finish(t_us)
            return
        self._flush(t_us)

    def lost(self, t_us: int) -> None:
        """The connection is gone."""
        if self._far:
            self._far.lost(t_us)

    def send(self, data: bytes, t_us: int) -> None:
        """Bytes of the server."""
        self._tls.write(data)
        self._flush(t_us)

    def finish(self, t_us: int) -> None:
        """The server closes."""
        self._flush(t_us)
        self.stream.finish(t_us)

    def _flush(self, t_us: int) -> None:
        if self._to_tag.pending:
            self.stream.send(self._to_tag.read(), t_us)


def secured(certificate: Path, accept: Accept) -> Accept:
    """What `Network.listen` takes: `accept` behind TLS with the certificate and key in a PEM file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda stream, t_us: Secured(context, accept, stream, t_us)
