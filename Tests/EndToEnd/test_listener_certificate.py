"""A listener whose certificate is issued by the server's own PKI mount, and renewed while it serves."""

import http.client
import json
import re
import signal
import ssl
import threading

import pytest
from cryptography.hazmat.primitives import hashes

from support.api import data
from support.certificates import Authority
from support.curl import curl
from support.pki import PKI, lint, load, openssl
from support.server import TCP, unique
from support.waiting import until


def listener(issue='path = "pki/issue/listener"', extra="", ttl="1h"):
    return (
        f'listener "tcp" {{\n  address = "127.0.0.1:0"\n{extra}\n  tls_issue {{\n    {issue}\n'
        f'    common_name = "localhost"\n    ip_sans = ["127.0.0.1"]\n    ttl = "{ttl}"\n  }}\n}}\n')


class Own:
    """A server with a plain listener to set things up by, and one whose certificate is issued."""

    def __init__(self, server):
        self.server = server
        server.start(listeners=2)

    @property
    def port(self):
        return self.server.ports[1]

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}/v1/sys/health"

    @property
    def shown(self):
        """The certificate that a new connection gets."""
        return load(ssl.get_server_certificate(("127.0.0.1", self.port)))

    @property
    def serial(self):
        return self.shown.serial_number

    @property
    def ready(self):
        self.server.initialize()
        self.server.unseal()
        return self

    def authority(self, **role):
        """The mount, its root's certificate and the role."""
        assert self.server.api.post(
            "sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "87600h"}}).status_code == 204
        pki = PKI(self.server, "pki")
        self.root = self.server.folder / "root.pem"
        self.root.write_text(pki.root()["certificate"])
        self.role(**role)
        return self

    def role(self, **more):
        PKI(self.server, "pki").role("listener", **{"no_store": True, **more})

    @property
    def is_trusted(self):
        return curl("--cacert", self.root, self.url).exit_code == 0

    def issued(self):
        until(lambda: self.is_trusted, f"the mount's certificate is shown\n{self.server.log}", 40)
        return self

    def hurry(self):
        self.server.process.send_signal(signal.SIGHUP)


@pytest.fixture
def own(servers):
    def start(listeners=None, **how):
        return Own(servers.configured(listeners=TCP + (listeners or listener()), **how))
    return start


def fingerprint(certificate):
    return certificate.fingerprint(hashes.SHA256()).hex(":")


def test_a_new_server_begins_with_a_certificate_of_its_own_and_goes_over_to_its_mounts(own, tmp_path):
    own = own()
    first = own.shown
    assert first.issuer == first.subject
    # Whoever unseals can tell by it that this is the server.
    own.server.logs(fingerprint(first))
    pinned = tmp_path / "pinned.pem"
    pinned.write_text(ssl.get_server_certificate(("127.0.0.1", own.port)))
    assert curl("--cacert", pinned, own.url).status == 501, "served, and not initialized"
    own.ready.authority()
    log = tmp_path / "audit.log"
    assert own.server.api.put(
        "sys/audit/file", {"type": "file", "options": {"file_path": str(log)}}).status_code == 204
    own.issued()
    assert curl("--cacert", own.root, own.url).status == 200
    assert curl("--cacert", pinned, own.url).exit_code == 60
    shown = own.shown
    lint(shown)
    own.server.logs(fingerprint(shown))
    chain = openssl("s_client", "-connect", f"127.0.0.1:{own.port}", "-CAfile", own.root, "-verify_return_error",
                    "-verify_ip", "127.0.0.1", "-showcerts", stdin="")
    assert "Verify return code: 0 (ok)" in chain

    own.hurry()
    until(lambda: own.serial != shown.serial_number, "SIGHUP asks for a new one")
    asked = [line for line in map(json.loads, log.read_text().splitlines())
             if line["request"]["path"] == "pki/issue/listener"]
    assert [line["type"] for line in asked[-2:]] == ["request", "response"]
    assert asked[-1]["auth"]["display_name"] == "listener certificate"
    assert asked[-1]["response"]["data"]["private_key"].startswith("hmac-sha256:")
    for file in own.server.folder.rglob("*"):
        if file.is_file():
            assert b"PRIVATE KEY" not in file.read_bytes(), f"{file}: the key is in memory only"


def test_an_intermediates_chain_is_shown_with_it(own, tmp_path):
    own = own().ready
    own.server.api.post("sys/mounts/root", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    root = PKI(own.server, "root")
    own.root = tmp_path / "root.pem"
    own.root.write_text(root.root()["certificate"])
    own.server.api.post("sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "8760h"}})
    pki = PKI(own.server, "pki")
    csr = pki.made("intermediate/generate/internal", {"common_name": "Intermediate", "key_type": "ec"})["csr"]
    signed = root.made("root/sign-intermediate", {"csr": csr, "common_name": "Intermediate", "ttl": "4380h"})
    pki.made("intermediate/set-signed", {"certificate": signed["certificate"]})
    own.role()
    own.issued()


def test_keys_of_every_kind_that_tls_has_can_be_served_with_and_others_are_refused(own):
    own = own().ready.authority().issued()
    for kind in ({"key_type": "rsa", "key_bits": 2048}, {"key_type": "ec", "key_bits": 384},
                 {"key_type": "ec", "key_bits": 521}, {"key_type": "ed25519"}):
        serial = own.serial
        own.role(**kind)
        own.hurry()
        until(lambda: own.serial != serial, f"one with {kind}", 30)
        for version in ("-tls1_2", "-tls1_3"):
            said = openssl("s_client", "-connect", f"127.0.0.1:{own.port}", "-CAfile", own.root, version, stdin="")
            assert "Verify return code: 0 (ok)" in said
    serial = own.serial
    own.role(key_type="ec", key_bits=224)
    own.hurry()
    until(lambda: re.search(r"got no new certificate.*TLS 1.3 cannot sign", own.server.log), "P-224 is refused")
    assert own.serial == serial


def test_it_is_renewed_while_connections_ask_and_none_of_them_notices(own):
    own = own(listener(ttl="6s")).ready.authority().issued()
    context = ssl.create_default_context(cafile=str(own.root))
    failures, counts, done = [], [0] * 8, threading.Event()

    def ask(number):
        """Half of them stay connected, the others connect anew each time."""
        connection = None
        try:
            while not done.is_set():
                if connection is None:
                    connection = http.client.HTTPSConnection("127.0.0.1", own.port, timeout=20, context=context)
                connection.request("GET", "/v1/sys/health")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
                counts[number] += 1
                if number % 2:
                    connection.close()
                    connection = None
        except Exception as failure:  # noqa: BLE001
            failures.append(repr(failure))

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for client in clients:
        client.start()
    serials = {own.serial}
    try:
        until(lambda: serials.add(own.serial) or len(serials) >= 3, "two renewals", 60, 0.2)
    finally:
        done.set()
        for client in clients:
            client.join()
    assert not failures
    assert all(counts)


def test_without_its_role_it_goes_on_with_what_it_has_and_says_why(own):
    own = own().ready.authority().issued()
    serial = own.serial
    assert own.server.api.delete("pki/roles/listener").status_code == 204
    own.hurry()
    until(lambda: re.search(r"got no new certificate.*unknown role", own.server.log), "the log names the reason")
    assert own.serial == serial and own.is_trusted
    own.server.api.delete("sys/mounts/pki")
    own.hurry()
    until(lambda: re.search(r"got no new certificate.*no secrets engine mounted at", own.server.log), "the mount is gone")
    assert own.serial == serial and own.is_trusted


def test_it_comes_back_by_itself_when_the_role_does(own):
    own = own(listener(ttl="15s")).ready.authority().issued()
    serial = own.serial
    own.server.api.delete("pki/roles/listener")
    until(lambda: "got no new certificate" in own.server.log, "a renewal fails", 30)
    assert own.serial == serial
    own.role()
    until(lambda: own.serial != serial, "the next attempt has one", 30)


def test_when_it_ends_without_another_the_files_are_used_again(own, tmp_path):
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue(unique("start"))
    files = f'  tls_cert_file = "{certificate}"\n  tls_key_file = "{key}"'
    own = own(listener(extra=files, ttl="5s"))
    assert curl("--cacert", authority.file, own.url).status == 501, "the files are for the start"
    own.ready.authority().issued()
    own.server.api.delete("pki/roles/listener")
    until(lambda: curl("--cacert", authority.file, own.url).status == 200, "the files' certificate is shown again", 30)
    own.server.logs("has ended")
    own.role()
    own.issued()


def test_a_sealed_server_keeps_it_and_a_restarted_one_asks_anew(own):
    own = own().ready.authority().issued()
    serial = own.serial
    assert own.server.api.put("sys/seal").status_code == 204
    assert own.serial == serial
    own.hurry()
    own.server.unseal()
    until(lambda: own.serial != serial, "it is asked for after the next unsealing")
    own.server.restart()
    assert own.shown.issuer == own.shown.subject, "the key went with the process"
    own.server.unseal()
    own.issued()


def test_a_role_in_a_namespace_serves_and_one_that_makes_leases_does_not(own):
    own = own(listener('path = "pki/issue/listener"\n    namespace = "team"')).ready
    assert own.server.api.post("sys/namespaces/team").status_code == 200
    team = {"X-Vault-Namespace": "team"}
    api = own.server.api
    api.post("sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "8760h"}}, headers=team)
    made = data(api.post("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"}, headers=team))
    own.root = own.server.folder / "root.pem"
    own.root.write_text(made["certificate"])
    role = {"allowed_domains": ["localhost"], "allow_bare_domains": True, "key_type": "ec"}
    data(api.post("pki/roles/listener", {**role, "generate_lease": True}, headers=team))
    own.hurry()
    until(lambda: re.search(r"got no new certificate.*lease", own.server.log), "a lease would be nobody's", 20)
    assert api.list("sys/leases/lookup/pki/issue/listener", headers=team).status_code == 404
    data(api.post("pki/roles/listener", role, headers=team))
    own.hurry()
    own.issued()


def test_the_configuration_and_the_end_of_the_certificate_can_be_seen(own):
    own = own(extra='telemetry { prometheus_retention_time = "1h" }').ready.authority().issued()
    shown = data(own.server.api.get("sys/config/state/sanitized"))["listeners"][1]["config"]["tls_issue"]
    assert shown["path"] == "pki/issue/listener" and shown["ttl"] == 3600
    metrics = own.server.api.get("sys/metrics?format=prometheus").text
    found = re.search(rf'listener_certificate_remaining_seconds{{address="127.0.0.1:{own.port}"}} (\S+)', metrics)
    assert found and 0 < float(found[1]) <= 3600, metrics


@pytest.mark.parametrize("block, words", [
    ('common_name = "a"', "path is missing in tls_issue"),
    ('path = "pki/issue/a"', "common_name is missing in tls_issue"),
    ('path = "pki"\ncommon_name = "a"', "path in tls_issue must be"),
    ('path = "pki/issue/a"\ncommon_name = "a b"', "common_name in tls_issue must be"),
    ('path = "pki/issue/a"\ncommon_name = "a"\nip_sans = ["home"]', "ip_sans in tls_issue must be"),
    ('path = "pki/issue/a"\ncommon_name = "a"\nttl = "1s"', "ttl in tls_issue must be at least"),
])
def test_what_cannot_be_asked_for_keeps_the_server_from_starting(servers, block, words):
    listeners = f'listener "tcp" {{\n  address = "127.0.0.1:0"\n  tls_issue {{\n{block}\n  }}\n}}\n'
    code, output = servers.configured(listeners=listeners).expect_refusal()
    assert code == 1 and words in output
