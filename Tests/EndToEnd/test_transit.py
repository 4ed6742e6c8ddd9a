"""The transit engine with clients that were written for Vault, and with other people's cryptography."""

import base64
import datetime
import hashlib
import hmac
import os
import subprocess
import threading
import time
import uuid

import hvac
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.x509.oid import NameOID

from support import ed25519 as rfc8032
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


def test_a_parameter_that_nobody_reads_is_named_in_a_warning(shared, mount, kv):
    text = "Endpoint ignored these unrecognized parameters: "
    shared.api.post(f"{mount}/keys/app")

    def warnings(path, body):
        answer = shared.api.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()["warnings"]

    plain = {"plaintext": encode("x")}
    assert warnings(f"{mount}/encrypt/app", plain) is None
    assert warnings(f"{mount}/encrypt/app", {**plain, "key_versoin": 1}) == [text + "[key_versoin]"]
    batch = {"batch_input": [{**plain, "anything": 1}]}
    assert warnings(f"{mount}/encrypt/app", batch) is None, "items are the client's"
    assert warnings(f"{mount}/encrypt/app", {**batch, "b": 1, "a": 2}) == [text + "[a b]"]
    assert warnings(f"{kv}/data/x", {"data": {"any": 1}, "options": {"cas": 0}}) is None
    assert warnings(f"{kv}/data/x", {"data": {"any": 1}, "cas": 1}) == [text + "[cas]"]


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


def test_signatures_with_a_context_verify_elsewhere(shared, mount, transit):
    """Ed25519ctx and Ed25519ph, both ways, with an implementation in Python."""
    message, context = b"to be signed", b"mail"
    digest = hashlib.sha512(message).digest()
    transit.create_key("ed", key_type="ed25519", exportable=True)
    public = base64.b64decode(transit.read_key("ed")["data"]["keys"]["1"]["public_key"])
    seed = base64.b64decode(transit.export_key("ed", "signing-key")["data"]["keys"]["1"])[:32]
    prehashed = {"prehashed": True, "hash_algorithm": "sha2-512"}
    for said, variant, own in (({}, 0, context), (prehashed, 1, context), (prehashed, 1, b"")):
        signed = digest if variant else message
        body = {"input": encode(signed), "signature_context": encode(own), **said}
        made = data(shared.api.post(f"{mount}/sign/ed", body))["signature"]
        assert rfc8032.verify(public, base64.b64decode(made.split(":")[2]), signed, variant, own)
        theirs = rfc8032.sign(seed, signed, variant, own)
        assert made == "vault:v1:" + encode(theirs)

        def valid(signature, **other):
            return data(shared.api.post(f"{mount}/verify/ed", {**body, "signature": signature, **other}))["valid"]

        assert valid(made) is True
        assert valid(made, signature_context=encode(b"another")) is False
        assert valid("vault:v1:" + encode(rfc8032.sign(seed, signed))) is False
    transit.create_key("ec", key_type="ecdsa-p256")
    assert "signature_context is not supported" in errors(
        shared.api.post(f"{mount}/sign/ec", {"input": "AAAA", "signature_context": "AAAA"}), 400)


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
    sent, made = threading.Event(), threading.Event()

    def make():
        sent.set()
        try:
            assert shared.api.post(f"{mount}/keys/rsa", {"type": "rsa-4096"}, timeout=120).status_code == 200
        finally:
            made.set()

    thread = threading.Thread(target=make)
    thread.start()
    sent.wait()
    answered = 0
    while not made.is_set():
        assert shared.api.post(f"{mount}/encrypt/app", {"plaintext": "AAAA"}).status_code == 200
        answered += 1
    thread.join()
    assert transit.read_key("rsa")["data"]["type"] == "rsa-4096"
    # Behind the key there would be one answer at most.
    assert answered > 5


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


def expand(secret, info, length):
    return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)


def test_derived_keys_are_hkdf_of_the_context(shared, mount, transit):
    context = b"tenant 1"
    for kind, cipher, size in (("aes256-gcm96", AESGCM, 32), ("aes128-gcm96", AESGCM, 16),
                               ("chacha20-poly1305", ChaCha20Poly1305, 32)):
        shared.api.post(f"{mount}/keys/{kind}", {"type": kind, "derived": True, "exportable": True})
        text = transit.encrypt_data(kind, encode("secret"), context=encode(context))["data"]["ciphertext"]
        sealed = base64.b64decode(text.split(":")[2])
        key = base64.b64decode(transit.export_key(kind, "encryption-key")["data"]["keys"]["1"])
        assert cipher(expand(key, context, size)).decrypt(sealed[:12], sealed[12:], None) == b"secret"


def test_convergent_nonces_are_codes_of_the_plaintext(transit):
    context, plaintext = b"tenant 1", b"secret"
    transit.create_key("app", derived=True, convergent_encryption=True, exportable=True)
    text = transit.encrypt_data("app", encode(plaintext), context=encode(context))["data"]["ciphertext"]
    sealed = base64.b64decode(text.split(":")[2])
    key = base64.b64decode(transit.export_key("app", "encryption-key")["data"]["keys"]["1"])
    keys = expand(key, context, 64)
    assert sealed[:12] == hmac.digest(keys[32:], plaintext, "sha256")[:12]
    assert AESGCM(keys[:32]).decrypt(sealed[:12], sealed[12:], None) == plaintext


def test_a_key_is_agreed_on_with_somebody_elses_key(shared, mount, transit):
    transit.create_key("own", key_type="ecdsa-p384")
    peer = ec.generate_private_key(ec.SECP384R1())
    pem = peer.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert shared.api.post(f"{mount}/derive-key/shared", {
        "base_key_name": "own", "peer_public_key": pem}).status_code == 204
    text = transit.encrypt_data("shared", encode("secret"))["data"]["ciphertext"]
    sealed = base64.b64decode(text.split(":")[2])
    own = serialization.load_pem_public_key(transit.read_key("own")["data"]["keys"]["1"]["public_key"].encode())
    key = expand(peer.exchange(ec.ECDH(), own), b"", 32)
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], None) == b"secret"


def test_openssl_verifies_signatures(shared, mount, transit, tmp_path):
    message = tmp_path / "message"
    message.write_bytes(b"to be signed")
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:auto"]
    for name, kind, algorithm, digest, options in (
            ("p256", "ecdsa-p256", None, "sha256", []), ("p384", "ecdsa-p384", None, "sha384", []),
            ("p521", "ecdsa-p521", None, "sha512", []), ("pss", "rsa-2048", "pss", "sha256", pss),
            ("pkcs1", "rsa-3072", "pkcs1v15", "sha256", []), ("sha3", "rsa-2048", "pkcs1v15", "sha3-256", [])):
        transit.create_key(name, key_type=kind)
        hashed = digest if digest.startswith("sha3-") else digest.replace("sha", "sha2-")
        made = data(shared.api.post(f"{mount}/sign/{name}/{hashed}", {
            "input": encode(message.read_bytes()), "signature_algorithm": algorithm}))["signature"]
        (tmp_path / "signature").write_bytes(base64.b64decode(made.split(":")[2]))
        (tmp_path / "key.pem").write_text(transit.read_key(name)["data"]["keys"]["1"]["public_key"])
        done = subprocess.run(
            ["openssl", "dgst", f"-{digest}", *options, "-verify", tmp_path / "key.pem",
             "-signature", tmp_path / "signature", message], capture_output=True, text=True)
        assert done.stdout.strip() == "Verified OK", (name, done)


def test_tokens_are_signed_that_others_read(transit):
    """A JWT out of transit's jws form: header and claims are the client's, the signature ours."""
    transit.create_key("issuer", key_type="ecdsa-p256")
    head = jwt.utils.base64url_encode(b'{"alg":"ES256","typ":"JWT"}')
    claims = jwt.utils.base64url_encode(b'{"sub":"app"}')
    signature = transit.sign_data("issuer", encode(head + b"." + claims),
                                  marshaling_algorithm="jws")["data"]["signature"].split(":")[2]
    token = (head + b"." + claims).decode() + "." + signature
    pem = transit.read_key("issuer")["data"]["keys"]["1"]["public_key"]
    assert jwt.decode(token, pem, algorithms=["ES256"]) == {"sub": "app"}


def test_exported_keys_are_the_keys(transit):
    message = b"to be signed"
    for kind in ("rsa-2048", "ecdsa-p256"):
        transit.create_key(kind, key_type=kind, exportable=True)
        text = transit.export_key(kind, "signing-key")["data"]["keys"]["1"]
        key = serialization.load_pem_private_key(text.encode(), None)
        public = transit.read_key(kind)["data"]["keys"]["1"]["public_key"]
        assert key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode() == public
    arguments = () if kind == "rsa-2048" else (ec.ECDSA(hashes.SHA256()),)
    signature = "vault:v1:" + encode(key.sign(message, *arguments))
    assert transit.verify_signed_data(kind, encode(message), signature=signature)["data"]["valid"] is True


def test_hostile_numbers_are_refused(shared, mount, transit):
    transit.create_key("app")
    transit.create_key("rsa", key_type="rsa-2048")
    huge = 2**62
    for number in (huge, -huge, -1, 2**70, 1.5, "x", [], {}, True):
        for path, body in (
                ("encrypt/app", {"plaintext": "AAAA", "key_version": number}),
                ("keys/app/trim", {"min_available_version": number}),
                ("keys/app/config", {"min_decryption_version": number}),
                ("keys/app/config", {"min_encryption_version": number}),
                ("keys/app/config", {"auto_rotate_period": number}),
                ("keys/new", {"type": "hmac", "key_size": number}),
                ("sign/rsa", {"input": "AAAA", "salt_length": number}),
                ("datakey/plaintext/app", {"bits": number}),
                ("random", {"bytes": number}),
                ("cache-config", {"size": number}),
                ("keys/app/csr", {"version": number})):
            answer = shared.api.post(f"{mount}/{path}", body)
            # 1 is a number, and so is what Vault takes for one.
            assert answer.status_code in (200, 204, 400), (path, number, answer.text)
            if number in (huge, -huge) and "version" not in path:
                assert answer.status_code == 400, (path, number, answer.text)
    for version in ("v9223372036854775807", "v-1", "v99999999999999999999999", "v", "v0x1"):
        errors(shared.api.post(f"{mount}/decrypt/app", {"ciphertext": f"vault:{version}:AAAA"}), 400)
    assert transit.encrypt_data("app", "AAAA")["data"]["ciphertext"].startswith("vault:v1:")


def test_batches_have_an_end(shared, mount, transit):
    transit.create_key("app")
    items = [{"plaintext": ""}] * 10_001
    assert "at most 10000" in errors(shared.api.post(f"{mount}/encrypt/app", {"batch_input": items}), 400)
    errors(shared.api.post(f"{mount}/encrypt/app", {"batch_input": []}), 400)
    errors(shared.api.post(f"{mount}/encrypt/app", {"batch_input": "x"}), 400)
    errors(shared.api.post(f"{mount}/encrypt/app", {"batch_input": [1]}), 400)


def test_keys_are_imported_from_the_command_line(shared, mount, transit, tmp_path):
    cli = shared.cli()
    secret = os.urandom(32)
    cli.ok("transit", "import", f"{mount}/keys/app", "-", "type=aes256-gcm96", "exportable=true",
           input=encode(secret))
    assert base64.b64decode(transit.export_key("app", "encryption-key")["data"]["keys"]["1"]) == secret
    cli.ok("transit", "import-version", f"{mount}/keys/app", encode(os.urandom(32)), "hash_function=SHA512")
    assert transit.read_key("app")["data"]["latest_version"] == 2
    key = ec.generate_private_key(ec.SECP256R1())
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption()))
    cli.ok("transit", "import", f"{mount}/keys/signer", f"@{pem}", "type=ecdsa-p256")
    signature = transit.sign_data("signer", encode("x"))["data"]["signature"]
    key.public_key().verify(base64.b64decode(signature.split(":")[2]), b"x", ec.ECDSA(hashes.SHA256()))
    cli.fails(2, "transit", "import", f"{mount}/keys/app", encode(secret))
    said = cli.fails(1, "transit", "import", f"{mount}/keys/bad", "hunter2!")
    assert "hunter2" not in said
    cli.fails(1, "transit", "import", f"{mount}/app", encode(secret))


def test_every_call_of_hvac(transit):
    transit.create_key("app", exportable=True, allow_plaintext_backup=True)
    transit.update_key_configuration("app", min_decryption_version=1, deletion_allowed=True)
    transit.rotate_key("app")
    transit.rotate_key("app")
    assert transit.read_key("app")["data"]["latest_version"] == 3
    sealed = transit.encrypt_data("app", encode("x"), key_version=2)["data"]["ciphertext"]
    assert transit.rewrap_data("app", sealed)["data"]["ciphertext"].startswith("vault:v3:")
    assert set(transit.export_key("app", "hmac-key")["data"]["keys"]) == {"1", "2", "3"}
    for kind in ("plaintext", "wrapped"):
        made = transit.generate_data_key("app", key_type=kind, bits=512)["data"]
        assert ("plaintext" in made) == (kind == "plaintext")
    assert transit.hash_data(encode("abc"), algorithm="sha2-512", output_format="base64")["data"]["sum"]
    transit.update_key_configuration("app", min_decryption_version=2, min_encryption_version=3)
    transit.trim_key("app", 2)
    assert set(transit.read_key("app")["data"]["keys"]) == {"2", "3"}
    backup = transit.backup_key("app")["data"]["backup"]
    transit.delete_key("app")
    transit.restore_key(backup)
    assert transit.decrypt_data("app", sealed)["data"]["plaintext"] == encode("x")
    assert transit.list_keys()["data"]["keys"] == ["app"]
