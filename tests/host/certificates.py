"""Certificates of a site, made by `cryptography`: a CA, servers' certificates with any name and dates, another CA."""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "broker.mine"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A CA. `der` is what a tag gets."""

    def __init__(self, name: str = "site CA") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(name, self._key, name, None, -1, 3650)
        self.der = self._certificate.public_bytes(serialization.Encoding.DER)
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM)

    def server(self, path: Path, name: str = NAME, first_day: int = -1, last_day: int = 365) -> Path:
        """A server's certificate and key in a PEM file; days are counted from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self._certificate.subject.rfc4514_string().removeprefix("CN=")
        certificate = self._sign(name, key, issuer, name, first_day, last_day)
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def _sign(
        self, name: str, key: ec.EllipticCurvePrivateKey, issuer: str, server: str | None, first: int, last: int
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=first))
            .not_valid_after(now + datetime.timedelta(days=last))
        )
        if server:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(server)]), False)
        else:
            builder = builder.add_extension(x509.BasicConstraints(True, 0), True)
        return builder.sign(self._key, hashes.SHA256())
