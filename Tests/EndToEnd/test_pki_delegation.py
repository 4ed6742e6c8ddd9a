"""OCSP answers that a responder signs for its issuer, as OpenSSL and Python's cryptography see them."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from support.pki import extension, lint, load, openssl


def ask(pki, made):
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        load(made["certificate"]), load(made["issuing_ca"]), hashes.SHA1())
    body = builder.build().public_bytes(serialization.Encoding.DER)
    answer = pki.server.api.request("POST", f"{pki.mount}/ocsp", raw=body, token=None,
                                    headers={"Content-Type": "application/ocsp-request"})
    return answer.status_code, ocsp.load_der_ocsp_response(answer.content)


@pytest.mark.parametrize("issuer", ["ec", "rsa"])
@pytest.mark.parametrize("responder", ["ec", "rsa", "ed25519"])
def test_openssl_believes_a_responder(pki, tmp_path, issuer, responder):
    pki.root(key_type=issuer)
    pki.role()
    pki.made("config/crl", {"ocsp_delegated": True, "ocsp_responder_key_type": responder})
    good, bad = pki.issue("a.example.com"), pki.issue("b.example.com")
    pki.made("revoke", {"serial_number": bad["serial_number"]})
    (tmp_path / "ca.pem").write_text(good["issuing_ca"])
    for name, made in (("good", good), ("revoked", bad)):
        leaf = tmp_path / f"{name}.pem"
        leaf.write_text(made["certificate"])
        said = openssl("ocsp", "-issuer", tmp_path / "ca.pem", "-cert", leaf, "-CAfile", tmp_path / "ca.pem",
                       "-resp_text", "-url", f"{pki.server.address}/v1/{pki.mount}/ocsp")
        assert "Response verify OK" in said and f"{leaf}: {name}" in said
        assert "OCSP Signing" in said and "OCSP No Check" in said


def test_the_certificate_of_a_responder_is_for_nothing_else(pki):
    pki.root()
    pki.role()
    made = pki.issue("a.example.com")
    assert ask(pki, made)[1].certificates == []
    pki.made("config/crl", {"ocsp_delegated": True, "ocsp_responder_ttl": "48h"})
    _, answer = ask(pki, made)
    (responder,) = answer.certificates
    lint(responder)
    issuer = load(made["issuing_ca"])
    responder.verify_directly_issued_by(issuer)
    usage = extension(responder, ExtensionOID.EXTENDED_KEY_USAGE).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert extension(responder, ExtensionOID.OCSP_NO_CHECK) and not extension(responder, ExtensionOID.BASIC_CONSTRAINTS)
    assert answer.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(responder.public_key()).digest
    responder.public_key().verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    # What the authority has signed is on its books.
    serial = ":".join(f"{byte:02x}" for byte in responder.serial_number.to_bytes(20, "big"))
    assert load(pki.get(f"cert/{serial}").json()["data"]["certificate"]) == responder
    # The same one answers until its time comes.
    assert ask(pki, pki.issue("b.example.com"))[1].certificates == [responder]


def test_an_issuer_without_the_usage_has_no_responder_either(pki):
    pki.root()
    pki.role()
    made = pki.issue("a.example.com")
    pki.made("config/crl", {"ocsp_delegated": True})
    changed = pki.server.api.patch(f"{pki.mount}/issuer/default", {"usage": "read-only,issuing-certificates"})
    assert changed.status_code == 200, changed.text
    status, answer = ask(pki, made)
    assert (status, answer.response_status) == (401, ocsp.OCSPResponseStatus.UNAUTHORIZED)
