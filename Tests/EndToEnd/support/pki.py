"""A PKI mount, and checks of certificates against RFC 5280 by other people's code."""

import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtensionOID

from support.api import data

DER = {"UTCTime": 0x17, "GeneralizedTime": 0x18}


class PKI:
    """A mount spoken to without a library."""

    def __init__(self, server, mount):
        self.server, self.mount = server, mount

    def post(self, path, body=None, **how):
        return self.server.api.post(f"{self.mount}/{path}", body if body is not None else {}, **how)

    def get(self, path, **how):
        return self.server.api.get(f"{self.mount}/{path}", **how)

    def made(self, path, body=None):
        return data(self.post(path, body))

    def root(self, name="Root", **more):
        return self.made("root/generate/internal", {
            "common_name": name, "key_type": "ec", "ttl": "87600h", **more})

    def role(self, name="web", **more):
        return self.made(f"roles/{name}", {
            "allowed_domains": ["example.com", "localhost"], "allow_subdomains": True, "allow_bare_domains": True,
            "key_type": "ec", "ttl": "24h", "max_ttl": "72h", **more})

    def issue(self, name, role="web", **more):
        return self.made(f"issue/{role}", {"common_name": name, **more})


def load(pem):
    return x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem)


def openssl(*arguments, stdin=None, status=0):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, input=stdin, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def validity_tags(certificate):
    """The tags of notBefore and notAfter, found by walking the DER."""
    def element(der, place):
        tag, first = der[place], der[place + 1]
        if first < 0x80:
            return tag, place + 2, first
        size = first & 0x7F
        return tag, place + 2 + size, int.from_bytes(der[place + 2:place + 2 + size], "big")

    der = certificate.public_bytes(serialization.Encoding.DER)
    _, place, _ = element(der, 0)
    _, place, _ = element(der, place)
    for _ in range(4):  # version, serial number, signature, issuer
        _, start, size = element(der, place)
        place = start + size
    _, place, _ = element(der, place)
    first, start, size = element(der, place)
    second, _, _ = element(der, start + size)
    return first, second


def extension(certificate, oid):
    try:
        return certificate.extensions.get_extension_for_oid(oid)
    except x509.ExtensionNotFound:
        return None


def lint(certificate, authority=False):
    """What RFC 5280 asks of every certificate of ours."""
    assert certificate.version == x509.Version.v3
    octets = (certificate.serial_number.bit_length() + 8) // 8
    assert certificate.serial_number > 0 and octets <= 20, "4.1.2.2"
    validity = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    for tag, when in zip(validity_tags(certificate), validity):
        assert tag == (DER["UTCTime"] if when.year < 2050 else DER["GeneralizedTime"]), "4.1.2.5"
    oids = [value.oid for value in certificate.extensions]
    assert len(oids) == len(set(oids)), "4.2: an extension twice"
    own = extension(certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    above = extension(certificate, ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    assert own and not own.critical and above and not above.critical, "4.2.1.1, 4.2.1.2"
    assert own.value == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    usage = extension(certificate, ExtensionOID.KEY_USAGE)
    constraints = extension(certificate, ExtensionOID.BASIC_CONSTRAINTS)
    names = extension(certificate, ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    if authority:
        assert constraints and constraints.critical and constraints.value.ca, "4.2.1.9"
        assert usage and usage.critical and usage.value.key_cert_sign, "4.2.1.3"
        assert list(certificate.subject), "4.1.2.6: an authority has a name"
    else:
        assert not constraints or not constraints.value.ca
        assert not usage or not usage.value.key_cert_sign, "4.2.1.9"
        assert list(certificate.subject) or (names and names.critical), "4.2.1.6"
    bounds = extension(certificate, ExtensionOID.NAME_CONSTRAINTS)
    assert not bounds or (bounds.critical and authority), "4.2.1.10"
    key = certificate.public_key()
    assert not isinstance(key, rsa.RSAPublicKey) or key.key_size >= 2048
    assert certificate.signature_hash_algorithm is None or certificate.signature_hash_algorithm.name != "sha1"


def crl_number(crl):
    return extension(crl, ExtensionOID.CRL_NUMBER).value.crl_number


def lint_list(crl, base=None):
    """What RFC 5280 asks of every revocation list of ours; a delta's base is the complete list it is for."""
    assert crl.next_update_utc and crl.last_update_utc < crl.next_update_utc, "5.1.2.5"
    number, above = (extension(crl, oid) for oid in (ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER))
    assert number and not number.critical and number.value.crl_number.bit_length() < 160, "5.2.3"
    assert above and not above.critical and above.value.key_identifier, "5.2.1"
    indicator = extension(crl, ExtensionOID.DELTA_CRL_INDICATOR)
    if base is None:
        assert not indicator
    else:
        assert indicator and indicator.critical and indicator.value.crl_number == crl_number(base), "5.2.4"
        assert number.value.crl_number > crl_number(base) and crl.issuer == base.issuer
    serials = [entry.serial_number for entry in crl]
    assert len(serials) == len(set(serials)) and all(serial > 0 for serial in serials)
    assert all(entry.revocation_date_utc <= crl.last_update_utc for entry in crl), "5.1.2.6"
    assert crl.signature_hash_algorithm is None or crl.signature_hash_algorithm.name != "sha1"
