"""The transit engine with clients that were written for Vault, and with other people's cryptography."""

import base64
import datetime
import os
import threading
import time
import uuid

import hvac
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.x509.oid import NameOID

from support.api import data, errors

NAME, AUTHORITY = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("app", "authority"))


def encode(value):
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


@pytest.fixture
def mount(shared):
    path = f"transit-{uuid.uuid4().hex[:8]}"
    assert shared.api.post(f"sys/mounts/{path}", {"type": "transit"}).status_code == 204
    yield path
    shared.api.delete(f"sys/mounts/{path}")


@pytest.fixture
def transit(shared, mount):
    class Mounted:
        def __getattr__(self, name):
            return lambda *a, **k: getattr(shared.hvac().secrets.transit, name)(*a, mount_point=mount, **k)
    return Mounted()


def test_an_applications_day(transit):
    transit.create_key("app")
    old = transit.encrypt_data("app", encode("secret"))["data"]["ciphertext"]
    assert old.startswith("vault:v1:")
    transit.rotate_key("app")
    assert transit.decrypt_data("app", old)["data"]["plaintext"] == encode("secret")
    new = transit.rewrap_data("app", old)["data"]["ciphertext"]
    assert new.startswith("vault:v2:")
    transit.update_key_configuration("app", min_decryption_version=2)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="too old"):
        transit.decrypt_data("app", old)
    assert transit.decrypt_data("app", new)["data"]["plaintext"] == encode("secret")
    assert transit.read_key("app")["data"]["latest_version"] == 2
    assert transit.list_keys()["data"]["keys"] == ["app"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="deletion is not allowed"):
        transit.delete_key("app")
    transit.update_key_configuration("app", deletion_allowed=True)
    transit.delete_key("app")
    with pytest.raises(hvac.exceptions.InvalidPath):
        transit.read_key("app")


def test_batches_and_their_failures(transit, shared, mount):
    transit.create_key("app")
    items = [{"plaintext": encode(str(n))} for n in range(1000)]
    results = transit.encrypt_data("app", plaintext=None, batch_input=items)["data"]["batch_results"]
    back = transit.decrypt_data("app", ciphertext=None, batch_input=results)["data"]["batch_results"]
    assert [item["plaintext"] for item in back] == [item["plaintext"] for item in items]
    answer = shared.api.post(f"{mount}/encrypt/app", {"batch_input": [items[0], {"plaintext": "?"}]})
    assert answer.status_code == 400
    assert answer.json()["data"]["batch_results"][1] == {"error": "failed to base64-decode plaintext"}
    answer = shared.api.post(f"{mount}/encrypt/app", {
        "batch_input": [items[0], {"plaintext": "?"}], "partial_failure_response_code": 207})
    assert answer.status_code == 207


def test_a_data_key_is_used_with_somebody_elses_cipher(transit):
    transit.create_key("app")
    made = transit.generate_data_key("app", key_type="plaintext")["data"]
    nonce = os.urandom(12)
    sealed = AESGCM(base64.b64decode(made["plaintext"])).encrypt(nonce, b"a large file", None)
    opened = transit.decrypt_data("app", made["ciphertext"])["data"]["plaintext"]
    assert AESGCM(base64.b64decode(opened)).decrypt(nonce, sealed, None) == b"a large file"


def test_an_exported_key_opens_what_was_encrypted(transit):
    transit.create_key("app", exportable=True)
    text = transit.encrypt_data("app", encode("secret"), associated_data=encode("row 7"))["data"]["ciphertext"]
    sealed = base64.b64decode(text.removeprefix("vault:v1:"))
    key = base64.b64decode(transit.export_key("app", "encryption-key")["data"]["keys"]["1"])
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], b"row 7") == b"secret"


def test_signatures_verify_elsewhere(transit):
    message = b"to be signed"
    transit.create_key("ec", key_type="ecdsa-p256")
    signature = transit.sign_data("ec", encode(message))["data"]["signature"]
    pem = transit.read_key("ec")["data"]["keys"]["1"]["public_key"]
    key = serialization.load_pem_public_key(pem.encode())
    key.verify(base64.b64decode(signature.split(":")[2]), message, ec.ECDSA(hashes.SHA256()))

    transit.create_key("rsa", key_type="rsa-2048")
    key = serialization.load_pem_public_key(
        transit.read_key("rsa")["data"]["keys"]["1"]["public_key"].encode())
    for name, scheme in (("pss", padding.PSS(padding.MGF1(hashes.SHA512()), padding.PSS.MAX_LENGTH)),
                         ("pkcs1v15", padding.PKCS1v15())):
        signature = transit.sign_data("rsa", encode(message), hash_algorithm="sha2-512",
                                      signature_algorithm=name)["data"]["signature"]
        key.verify(base64.b64decode(signature.split(":")[2]), message, scheme, hashes.SHA512())

    transit.create_key("ed", key_type="ed25519")
    signature = transit.sign_data("ed", encode(message))["data"]["signature"]
    raw = base64.b64decode(transit.read_key("ed")["data"]["keys"]["1"]["public_key"])
    ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature.split(":")[2]), message)
    assert transit.verify_signed_data("ed", encode(message), signature=signature)["data"]["valid"] is True
    assert transit.verify_signed_data("ed", encode(b"other"), signature=signature)["data"]["valid"] is False


def test_codes_hashes_and_random_bytes(transit):
    transit.create_key("app")
    code = transit.generate_hmac("app", encode("text"), algorithm="sha2-512")["data"]["hmac"]
    assert transit.verify_signed_data(
        "app", encode("text"), hmac=code, hash_algorithm="sha2-512")["data"]["valid"] is True
    assert transit.hash_data(encode("abc"), "sha2-256")["data"]["sum"].startswith("ba7816bf")
    first, second = (transit.generate_random_bytes(n_bytes=40)["data"]["random_bytes"] for _ in range(2))
    assert len(base64.b64decode(first)) == 40 and first != second


def test_who_may_only_update_does_not_make_keys(shared, mount):
    shared.api.post(f"sys/policies/acl/{mount}", {
        "policy": f'path "{mount}/encrypt/*" {{ capabilities = ["update"] }}'})
    client = shared.api.post("auth/token/create", {"policies": [mount]}).json()["auth"]["client_token"]
    body = {"plaintext": encode("x")}
    assert shared.api.post(f"{mount}/encrypt/new", body, token=client).status_code == 403
    assert shared.api.post(f"{mount}/encrypt/new", body).status_code == 200
    assert shared.api.post(f"{mount}/encrypt/new", body, token=client).status_code == 200


def test_rotation_under_load_loses_nothing(shared, mount, transit):
    transit.create_key("app")
    problems, end = [], time.monotonic() + 3

    def work(number):
        session = shared.hvac().secrets.transit
        count = 0
        while time.monotonic() < end:
            text = encode(f"{number} {count}")
            sealed = session.encrypt_data("app", text, mount_point=mount)["data"]["ciphertext"]
            if session.decrypt_data("app", sealed, mount_point=mount)["data"]["plaintext"] != text:
                problems.append(sealed)
            count += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    rotations = 0
    while time.monotonic() < end:
        transit.rotate_key("app")
        rotations += 1
    for thread in threads:
        thread.join()
    assert not problems
    assert transit.read_key("app")["data"]["latest_version"] == rotations + 1


def test_slow_keys_do_not_hold_up_others(shared, mount, transit):
    """While an RSA key is made, which takes a second or so, encryption goes on."""
    transit.create_key("app")
    made = threading.Event()

    def make():
        for number in range(3):
            transit.create_key(f"rsa-{number}", key_type="rsa-4096")
        made.set()

    thread = threading.Thread(target=make)
    thread.start()
    slowest = 0
    while not made.is_set():
        started = time.monotonic()
        assert shared.api.post(f"{mount}/encrypt/app", {"plaintext": "AAAA"}).status_code == 200
        slowest = max(slowest, time.monotonic() - started)
    thread.join()
    assert slowest < 0.5, f"{slowest:.2f} s"


def test_keys_survive_a_restart(servers):
    server = servers.durable()
    server.api.post("sys/mounts/transit", {"type": "transit"})
    server.api.post("transit/keys/app", {"exportable": True})
    sealed = data(server.api.post("transit/encrypt/app", {"plaintext": encode("x")}))["ciphertext"]
    server.stop()
    server.start()
    server.unseal()
    assert data(server.api.post("transit/decrypt/app", {"ciphertext": sealed}))["plaintext"] == encode("x")


def test_no_plaintext_is_repeated_in_errors(shared, mount, transit):
    transit.create_key("app")
    for path in ("encrypt/app", "decrypt/app", "sign/app", "hmac/app"):
        answer = shared.api.post(f"{mount}/{path}", {
            "plaintext": "hunter2!", "ciphertext": "hunter2!", "input": "hunter2!"})
        assert "hunter2" not in errors(answer, 400)


def test_a_key_gets_its_certificate(shared, mount, transit):
    """The request goes to an authority, and its answer is kept beside the key."""
    transit.create_key("app", key_type="ecdsa-p256")
    authority = ec.generate_private_key(ec.SECP256R1())
    template = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(authority, hashes.SHA256())
    answer = data(shared.api.post(f"{mount}/keys/app/csr", {
        "csr": template.public_bytes(serialization.Encoding.PEM).decode()}))
    request = x509.load_pem_x509_csr(answer["csr"].encode())
    assert request.is_signature_valid and request.subject == NAME

    def certificate(public_key, subject):
        return x509.CertificateBuilder(
            issuer_name=AUTHORITY, subject_name=subject, public_key=public_key, serial_number=7,
            not_valid_before=datetime.datetime(2026, 1, 1), not_valid_after=datetime.datetime(2036, 1, 1),
        ).sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    own, root = certificate(request.public_key(), NAME), certificate(authority.public_key(), AUTHORITY)
    errors(shared.api.post(f"{mount}/keys/app/set-certificate", {"certificate_chain": root}), 400)
    errors(shared.api.post(f"{mount}/keys/app/set-certificate", {"certificate_chain": own + own}), 400)
    assert shared.api.post(f"{mount}/keys/app/set-certificate", {"certificate_chain": own + root}).status_code == 200
    assert transit.read_key("app")["data"]["keys"]["1"]["certificate_chain"] == own + root


def test_a_key_is_brought_in_with_somebody_elses_cryptography(shared, mount, transit):
    wrapping = serialization.load_pem_public_key(
        data(shared.api.get(f"{mount}/wrapping_key", timeout=60))["public_key"].encode())
    key, ephemeral = os.urandom(32), os.urandom(32)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    ciphertext = wrapping.encrypt(ephemeral, oaep) + aes_key_wrap_with_padding(ephemeral, key)
    assert shared.api.post(f"{mount}/keys/app/import", {
        "type": "aes256-gcm96", "ciphertext": encode(ciphertext)}).status_code == 204
    sealed = transit.encrypt_data("app", encode("x"))["data"]["ciphertext"]
    sealed = base64.b64decode(sealed.split(":")[2])
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], None) == b"x"


def test_a_backup_is_restored_elsewhere(shared, transit, mount):
    transit.create_key("app", exportable=True, allow_plaintext_backup=True)
    sealed = transit.encrypt_data("app", encode("x"))["data"]["ciphertext"]
    backup = transit.backup_key("app")["data"]["backup"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="already exists"):
        transit.restore_key(backup)
    transit.restore_key(backup, name="copy")
    assert transit.decrypt_data("copy", sealed)["data"]["plaintext"] == encode("x")


def test_the_command_line(shared, mount):
    cli = shared.cli()
    cli.run("write", "-f", f"{mount}/keys/app")
    sealed = cli.run("write", "-field=ciphertext", f"{mount}/encrypt/app", f"plaintext={encode('x')}").stdout
    assert cli.run("write", "-field=plaintext", f"{mount}/decrypt/app",
                   f"ciphertext={sealed.strip()}").stdout.strip() == encode("x")
