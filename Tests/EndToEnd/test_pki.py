"""The PKI engine with clients that were written for Vault, and with other people's X.509."""

import base64
import datetime
import http.client
import subprocess
import urllib.parse
import uuid

import hvac
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtensionOID, NameOID

from support import waiting
from support.api import data, errors
from support.pki import PKI, crl_number, extension, lint, lint_list, load, openssl


@pytest.fixture
def authority(pki):
    pki.root()
    pki.role()
    return pki


def request(name, key=None, names=(), hash=hashes.SHA256()):
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), False)
    return builder.sign(key, hash).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("kind,bits", [
    ("rsa", 2048), ("rsa", 3072), ("ec", 224), ("ec", 256), ("ec", 384), ("ec", 521), ("ed25519", 0)])
def test_every_kind_of_key_makes_certificates_that_openssl_verifies(pki, tmp_path, kind, bits):
    root = pki.root("Root", key_type=kind, key_bits=bits)
    pki.role(key_type=kind, key_bits=bits)
    leaf = pki.issue("a.example.com", alt_names="b.example.com", ip_sans="10.0.0.1")
    lint(load(root["certificate"]), authority=True)
    lint(load(leaf["certificate"]))
    (tmp_path / "ca.pem").write_text(root["certificate"] + "\n")
    (tmp_path / "leaf.pem").write_text(leaf["certificate"] + "\n")
    (tmp_path / "key.pem").write_text(leaf["private_key"] + "\n")
    said = openssl("verify", "-x509_strict", "-CAfile", tmp_path / "ca.pem", tmp_path / "leaf.pem")
    assert "OK" in said
    key = serialization.load_pem_private_key(leaf["private_key"].encode(), None)
    assert key.public_key() == load(leaf["certificate"]).public_key() or kind == "ed25519"
    openssl("pkey", "-in", tmp_path / "key.pem", "-noout")


def test_signatures_can_be_pss_and_longer(pki, tmp_path):
    root = pki.root(key_type="rsa", use_pss=True, signature_bits=384)
    text = openssl("x509", "-noout", "-text", stdin=root["certificate"] + "\n")
    assert "rsassaPss" in text and "sha384" in text
    pki.role(use_pss=True, signature_bits=512)
    leaf = pki.issue("a.example.com")
    (tmp_path / "ca.pem").write_text(root["certificate"])
    (tmp_path / "leaf.pem").write_text(leaf["certificate"])
    openssl("verify", "-CAfile", tmp_path / "ca.pem", tmp_path / "leaf.pem")


def test_hvac_knows_its_way(shared, pki):
    secrets, mount = shared.hvac().secrets.pki, {"mount_point": pki.mount}
    secrets.generate_root("internal", "Root", extra_params={"key_type": "ec", "ttl": "87600h"}, **mount)
    secrets.set_urls({"issuing_certificates": ["https://a.example/ca"],
                      "crl_distribution_points": ["https://a.example/crl"]}, **mount)
    assert secrets.read_urls(**mount)["data"]["issuing_certificates"] == ["https://a.example/ca"]
    secrets.create_or_update_role("web", {"allowed_domains": "example.com", "allow_subdomains": True,
                                          "key_type": "ec"}, **mount)
    assert secrets.list_roles(**mount)["data"]["keys"] == ["web"]
    assert secrets.read_role("web", **mount)["data"]["allow_subdomains"] is True
    made = secrets.generate_certificate("web", "a.example.com", **mount)["data"]
    serial = made["serial_number"]
    assert serial in secrets.list_certificates(**mount)["data"]["keys"]
    assert secrets.read_certificate(serial, **mount)["data"]["certificate"].strip() == made["certificate"]
    signed = secrets.sign_certificate("web", request("b.example.com"), "b.example.com", **mount)["data"]
    lint(load(signed["certificate"]))
    verbatim = secrets.sign_verbatim(request("Anything"), **mount)["data"]
    lint(load(verbatim["certificate"]))
    assert secrets.read_ca_certificate(**mount).startswith("-----BEGIN CERTIFICATE-----")
    assert secrets.read_ca_certificate_chain(**mount).startswith("-----BEGIN CERTIFICATE-----")
    secrets.revoke_certificate(serial, **mount)
    crl = x509.load_pem_x509_crl(secrets.read_crl(**mount).encode())
    assert [f"{entry.serial_number:040x}" for entry in crl] == [serial.replace(":", "")]
    secrets.set_crl_configuration(expiry="100h", disable=False, **mount)
    assert secrets.read_crl_configuration(**mount)["data"]["expiry"] == "100h"
    secrets.rotate_crl(**mount)
    issuers = secrets.list_issuers(**mount)["data"]["keys"]
    assert secrets.read_issuer(issuers[0], **mount)["data"]["issuer_id"] == issuers[0]
    secrets.update_issuer(issuers[0], extra_params={"issuer_name": "one"}, **mount)
    secrets.tidy(extra_params={"tidy_cert_store": True}, **mount)
    intermediate = secrets.generate_intermediate("internal", "Second", extra_params={"key_type": "ec"}, **mount)
    signed = secrets.sign_intermediate(intermediate["data"]["csr"], "Second", **mount)["data"]
    secrets.set_signed_intermediate(signed["certificate"], **mount)
    secrets.delete_role("web", **mount)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="unknown role"):
        secrets.generate_certificate("web", "a.example.com", **mount)
    secrets.delete_root(**mount)


def test_reads_need_no_login_and_writes_do(authority):
    serial = authority.issue("a.example.com")["serial_number"]
    types = {
        "ca": "application/pkix-cert", "ca/pem": "application/pem-certificate-chain",
        "ca_chain": "application/pem-certificate-chain", "crl": "application/pkix-crl",
        "crl/pem": "application/x-pem-file", "issuer/default/der": "application/pkix-cert",
        "issuer/default/pem": "application/pem-certificate-chain", "issuer/default/json": "application/json",
        "issuer/default/crl": "application/json", "issuer/default/crl/der": "application/pkix-crl",
        f"cert/{serial}": "application/json", f"cert/{serial}/raw": "application/pkix-cert",
        f"cert/{serial}/raw/pem": "application/pem-certificate-chain", "cert/ca": "application/json",
        "cert/ca_chain": "application/json", "cert/crl": "application/json",
    }
    for path, kind in types.items():
        answer = authority.get(path, token=None)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        assert answer.headers["Content-Type"] == kind, path
    assert authority.server.api.list(f"{authority.mount}/issuers", token=None).status_code == 200
    x509.load_der_x509_certificate(authority.get("ca", token=None).content)
    x509.load_der_x509_crl(authority.get("crl", token=None).content)
    for path in ("issue/web", "revoke", "roles/web", "root/generate/internal", "tidy", "config/crl"):
        assert authority.post(path, {"common_name": "a.example.com"}, token=None).status_code == 403, path
    for path in ("issuer/default", "roles/web", "config/crl", "key/default"):
        assert authority.get(path, token=None).status_code == 403, path
    assert authority.server.api.list(f"{authority.mount}/certs", token=None).status_code == 403
    token = authority.server.token_with(authority.server.policy(
        f'path "{authority.mount}/root*" {{ capabilities = ["create", "update", "delete"] }}'))
    assert authority.server.api.delete(f"{authority.mount}/root", token=token).status_code == 403


def test_revoked_is_said_by_openssl_with_list_and_with_ocsp(authority, tmp_path):
    good, bad = authority.issue("a.example.com"), authority.issue("b.example.com")
    data(authority.post("revoke", {"serial_number": bad["serial_number"]}))
    (tmp_path / "ca.pem").write_text(good["issuing_ca"])
    (tmp_path / "crl.pem").write_text(authority.get("crl/pem").text)
    said = openssl("crl", "-in", tmp_path / "crl.pem", "-CAfile", tmp_path / "ca.pem", "-noout", "-text")
    assert "verify OK" in said and bad["serial_number"].replace(":", "").upper() in said
    for name, made, status in (("good", good, 0), ("bad", bad, 2)):
        leaf = tmp_path / f"{name}.pem"
        leaf.write_text(made["certificate"])
        said = openssl("verify", "-crl_check", "-CAfile", tmp_path / "ca.pem", "-CRLfile", tmp_path / "crl.pem",
                       leaf, status=status)
        assert ("certificate revoked" in said) == (name == "bad")
        said = openssl("ocsp", "-issuer", tmp_path / "ca.pem", "-cert", leaf, "-CAfile", tmp_path / "ca.pem",
                       "-url", f"{authority.server.address}/v1/{authority.mount}/ocsp")
        assert "Response verify OK" in said
        assert f"{leaf}: {'revoked' if name == 'bad' else 'good'}" in said


def question(made, hash=hashes.SHA1()):
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        load(made["certificate"]), load(made["issuing_ca"]), hash)
    return builder.build().public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("kind", ["ec", "rsa", "ed25519"])
@pytest.mark.parametrize("hash", [hashes.SHA1(), hashes.SHA256()])
def test_ocsp_answers_get_and_post(pki, kind, hash):
    pki.root(key_type=kind)
    pki.role()
    made = pki.issue("a.example.com")
    body = question(made, hash)
    headers = {"Content-Type": "application/ocsp-request"}
    for answer in (
        pki.server.api.request("POST", f"{pki.mount}/ocsp", raw=body, headers=headers, token=None),
        pki.get("ocsp/" + base64.b64encode(body).decode().replace("+", "%2B").replace("/", "%2F"), token=None),
    ):
        assert answer.status_code == 200, answer.content
        assert answer.headers["Content-Type"] == "application/ocsp-response"
        parsed = ocsp.load_der_ocsp_response(answer.content)
        assert parsed.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
        assert parsed.certificate_status == ocsp.OCSPCertStatus.GOOD
        assert parsed.next_update_utc - parsed.this_update_utc == datetime.timedelta(hours=12)
    pki.made("revoke", {"serial_number": made["serial_number"]})
    answer = pki.server.api.request("POST", f"{pki.mount}/ocsp", raw=body, headers=headers, token=None)
    assert ocsp.load_der_ocsp_response(answer.content).certificate_status == ocsp.OCSPCertStatus.REVOKED


def test_ocsp_by_get_takes_any_base64_however_its_slashes_are_spelt(authority):
    """RFC 6960, A.1: the path is the question in base64, which may have slashes, and some in a row."""
    issuer = load(authority.get("ca/pem", token=None).text)
    hashed = ocsp.OCSPRequestBuilder().add_certificate(issuer, issuer, hashes.SHA1()).build()

    def text(serial):
        made = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            hashed.issuer_name_hash, hashed.issuer_key_hash, serial, hashes.SHA1()).build()
        return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()

    # Bits that are all set are slashes, at one of these places in a group of three bytes.
    rows = [text(int("4142" + "43" * place + "ff" * 6 + "44" * (12 - place), 16)) for place in range(3)]
    plain = text(int("41" * 20, 16))
    assert all("//" in row for row in rows) and "//" not in plain
    for asked in [*rows, plain]:
        escaped = asked.replace("+", "%2B").replace("=", "%3D")
        first = escaped.find("/")
        spellings = {
            asked, escaped, escaped.replace("/", "%2F"), escaped.replace("/", "%2f"),
            escaped.replace("//", "/%2F"), escaped.replace("//", "%2F/"),
            escaped[:first] + "%2F" + escaped[first + 1:] if first >= 0 else escaped,
        }
        for path in spellings:
            status, headers, body = raw_get(authority, f"ocsp/{path}")
            assert (status, headers["Content-Type"]) == (200, "application/ocsp-response"), path
            parsed = ocsp.load_der_ocsp_response(body)
            assert parsed.certificate_status == ocsp.OCSPCertStatus.GOOD, path
            assert text(parsed.serial_number) == asked
    # Nowhere else, however it is spelt.
    for path in (f"ocsp//{rows[0]}/../x", "cert//ca", "issuer//default/json", "/ocsp/abcd", "ca//pem", "roles//web",
                 "ocsp%2F%2F..%2Fca"):
        for spelt in (path, path.replace("//", "%2F%2F")):
            status, headers, body = raw_get(authority, spelt, token=authority.server.api.token)
            assert status == 400 and headers["Content-Type"] == "application/json", (spelt, body)
    for method in ("POST", "LIST", "DELETE"):
        assert raw_get(authority, f"ocsp/{rows[0]}", method=method)[0] == 400


def raw_get(pki, path, token=None, method="GET"):
    """A request whose path is sent as it stands."""
    address = urllib.parse.urlsplit(pki.server.address)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    try:
        connection.putrequest(method, f"/v1/{pki.mount}/{path}")
        if token:
            connection.putheader("X-Vault-Token", token)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_ocsp_answers_without_an_end_where_none_is_configured(authority):
    made = authority.issue("a.example.com")
    authority.made("config/crl", {"ocsp_expiry": "0s"})
    answer = authority.server.api.request(
        "POST", f"{authority.mount}/ocsp", raw=question(made), token=None,
        headers={"Content-Type": "application/ocsp-request"})
    parsed = ocsp.load_der_ocsp_response(answer.content)
    assert parsed.certificate_status == ocsp.OCSPCertStatus.GOOD
    assert parsed.this_update_utc and parsed.next_update_utc is None


def test_an_intermediate_may_outlive_its_root_unless_that_is_enforced(pki):
    pki.root(ttl="24h")
    asked = {"csr": request("Second"), "common_name": "Second", "ttl": "48h"}
    end = load(pki.get("ca/pem").text).not_valid_after_utc
    assert load(pki.made("root/sign-intermediate", asked)["certificate"]).not_valid_after_utc > end
    enforced = {**asked, "enforce_leaf_not_after_behavior": True}
    assert "beyond the expiration of the CA certificate" in errors(pki.post("root/sign-intermediate", enforced), 400)
    pki.server.api.patch(f"{pki.mount}/issuer/default", {"leaf_not_after_behavior": "truncate"})
    assert load(pki.made("root/sign-intermediate", enforced)["certificate"]).not_valid_after_utc == end
    pki.server.api.patch(f"{pki.mount}/issuer/default", {"leaf_not_after_behavior": "permit"})
    assert load(pki.made("root/sign-intermediate", enforced)["certificate"]).not_valid_after_utc > end


def test_a_delta_is_made_anew_when_it_is_asked_for(authority):
    authority.made("config/crl", {"auto_rebuild": True, "enable_delta": True})

    def lists():
        return [x509.load_der_x509_crl(authority.get(path, token=None).content) for path in ("crl", "crl/delta")]

    complete, delta = lists()
    lint_list(complete)
    lint_list(delta, base=complete)
    assert [*complete, *delta] == []
    made = authority.issue("a.example.com")
    authority.made("revoke", {"serial_number": made["serial_number"]})
    assert authority.get("crl/rotate-delta").json()["data"]["success"] is True
    same, newer = lists()
    assert same == complete and crl_number(newer) > crl_number(delta)
    lint_list(newer, base=complete)
    assert [entry.serial_number for entry in newer] == [load(made["certificate"]).serial_number]
    # Without revocations in between too.
    authority.made("crl/rotate-delta")
    assert crl_number(lists()[1]) > crl_number(newer)


def test_authorities_of_every_making_and_their_lists_pass_the_checks(pki, shared):
    first = load(pki.root("First", issuer_name="first")["certificate"])
    lint(first, authority=True)
    csr = pki.made("intermediate/generate/internal", {"common_name": "Second", "key_type": "ec"})["csr"]
    signed = pki.made("root/sign-intermediate", {
        "csr": csr, "common_name": "Second", "max_path_length": 0, "permitted_dns_domains": "example.com"})
    lint(load(signed["certificate"]), authority=True)
    pki.made("intermediate/set-signed", {"certificate": signed["certificate"]})
    # One key, two authorities over it.
    third = pki.made("root/generate/internal", {
        "common_name": "Third", "key_type": "rsa", "issuer_name": "third", "ttl": "87600h"})
    crossing = pki.made("intermediate/cross-sign", {"common_name": "Third", "key_ref": third["key_id"]})["csr"]
    crossed = load(pki.made("issuer/first/sign-intermediate", {
        "csr": crossing, "common_name": "Third", "use_csr_values": True})["certificate"])
    lint(crossed, authority=True)
    crossed.verify_directly_issued_by(first)
    self_issued = load(pki.made("issuer/first/sign-self-issued", {"certificate": third["certificate"]})["certificate"])
    lint(self_issued, authority=True)
    self_issued.verify_directly_issued_by(first)
    assert crossed.public_key() == self_issued.public_key() == load(third["certificate"]).public_key()
    for issuer in pki.server.api.list(f"{pki.mount}/issuers").json()["data"]["keys"]:
        listed = x509.load_pem_x509_crl(pki.get(f"issuer/{issuer}/crl/pem", token=None).content)
        certificate = load(pki.get(f"issuer/{issuer}/pem", token=None).text)
        lint_list(listed)
        assert listed.is_signature_valid(certificate.public_key()) and listed.issuer == certificate.subject
        above = extension(listed, ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value
        assert above.key_identifier == extension(certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER).value.digest


def test_ocsp_refuses_nonsense_strangers_and_when_it_is_off(authority, shared):
    headers = {"Content-Type": "application/ocsp-request"}

    def ask(body):
        answer = shared.api.request("POST", f"{authority.mount}/ocsp", raw=body, headers=headers, token=None)
        return answer.status_code, ocsp.load_der_ocsp_response(answer.content).response_status

    assert ask(b"nonsense") == (400, ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    assert ask(b"") == (400, ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    made = authority.issue("a.example.com")
    body = question(made)
    assert ask(body)[0] == 200
    other = f"pki-{uuid.uuid4().hex[:8]}"
    shared.api.post(f"sys/mounts/{other}", {"type": "pki"})
    stranger = PKI(shared, other)
    stranger.root()
    stranger.role()
    assert ask(question(stranger.issue("a.example.com"))) == (401, ocsp.OCSPResponseStatus.UNAUTHORIZED)
    shared.api.delete(f"sys/mounts/{other}")
    authority.made("config/crl", {"ocsp_disable": True})
    assert ask(body) == (401, ocsp.OCSPResponseStatus.UNAUTHORIZED)


def test_a_lease_that_ends_revokes(authority):
    authority.role("leased", generate_lease=True)
    answer = authority.post("issue/leased", {"common_name": "a.example.com"}).json()
    assert answer["lease_id"].startswith(f"{authority.mount}/issue/leased/") and not answer["renewable"]
    ended = authority.server.api.put("sys/leases/revoke", {"lease_id": answer["lease_id"], "sync": True})
    assert ended.status_code == 204
    revoked = authority.server.api.list(f"{authority.mount}/certs/revoked")
    assert data(revoked)["keys"] == [answer["data"]["serial_number"]]


def test_requests_are_refused_clearly(authority):
    weak = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "/dev/null", "-subj",
         "/CN=a.example.com"],
        capture_output=True, text=True, check=True).stdout
    dsa = request("a.example.com", ed25519.Ed25519PrivateKey.generate(), hash=None)
    for csr, text in ((weak, "not supported"), (dsa, "keys of type ec"), ("x", "PEM"),
                      (request("a.example.org"), "not allowed by this role"),
                      (request("a.example.com", names=[x509.DNSName("evil.org")]), "not allowed by this role"),
                      (request("a.example.com", rsa.generate_private_key(65537, 2048)), "keys of type ec")):
        assert text in errors(authority.post("sign/web", {"csr": csr, "common_name": "a.example.com"}), 400)
    assert "unknown role" in errors(authority.post("issue/none", {"common_name": "a"}), 400)
    assert "not found" in errors(authority.post("revoke", {"serial_number": "01:02"}), 400)


def test_everything_is_there_after_a_restart(durable):
    durable.api.post("sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    pki = PKI(durable, "pki")
    pki.root()
    pki.role()
    made = pki.issue("a.example.com")
    pki.made("revoke", {"serial_number": made["serial_number"]})
    durable.restart()
    durable.unseal()
    crl = x509.load_der_x509_crl(pki.get("crl").content)
    assert [entry.serial_number for entry in crl] == [load(made["certificate"]).serial_number]
    lint(load(pki.issue("b.example.com")["certificate"]))
    assert crl.is_signature_valid(load(made["issuing_ca"]).public_key())


def test_what_has_not_changed_is_not_sent_again(authority):
    """With the mount tuned as Vault's documentation says; `Last-Modified` goes out in any case."""
    api, mount = authority.server.api, authority.mount
    assert api.post(f"sys/mounts/{mount}/tune", {
        "passthrough_request_headers": ["If-Modified-Since"], "allowed_response_headers": ["Last-Modified"]}).status_code == 204
    authority.made("issuer/default", {"issuer_name": "top"})

    def read(path, since=None):
        return api.get(f"{mount}/{path}", token=None, headers={"If-Modified-Since": since} if since else {})

    for path in ("ca", "ca/pem", "cert/ca", "crl", "crl/pem", "issuer/top/json", "issuer/top/der", "issuer/top/crl"):
        waiting.until(lambda: read(path).headers.get("Last-Modified"), f"{path} has the time of its last change")
        seen = read(path).headers["Last-Modified"]
        again = read(path, since=seen)
        assert (again.status_code, again.content) == (304, b""), path
        assert read(path, since="Sun, 06 Nov 1994 08:49:37 GMT").status_code == 200
    seen = read("crl").headers["Last-Modified"]
    authority.made("revoke", {"serial_number": authority.issue("a.example.com")["serial_number"]})
    assert read("crl", since=seen).status_code == 200
    seen = read("ca/pem").headers["Last-Modified"]
    assert read("ca/pem", since=seen).status_code == 304
    authority.made("issuer/default", {"issuer_name": "other"})
    assert read("ca/pem", since=seen).status_code == 200


def test_names_beyond_ascii_and_subjects_that_are_no_hosts(authority, tmp_path):
    leaf = authority.issue("bücher.example.com")
    (tmp_path / "ca.pem").write_text(data(authority.get("cert/ca"))["certificate"])
    (tmp_path / "leaf.pem").write_text(leaf["certificate"] + "\n")
    openssl("verify", "-x509_strict", "-verify_hostname", "xn--bcher-kva.example.com", "-CAfile", tmp_path / "ca.pem",
            tmp_path / "leaf.pem")
    authority.role("people", allow_any_name=True, enforce_hostnames=False, key_usage=["DigitalSignature", "CertSign"])
    for name in ("John Doe", "Jürgen Müller"):
        person = authority.issue(name, "people")["certificate"]
        certificate = load(person)
        assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == name
        (tmp_path / "person.pem").write_text(person + "\n")
        openssl("verify", "-x509_strict", "-CAfile", tmp_path / "ca.pem", tmp_path / "person.pem")
    errors(authority.post("issue/web", {"common_name": "John Doe"}), 400)
