"""The hierarchy that people use: a root that is offline, an intermediate here, leaves for a day, and servers and
clients that check them."""

import socket
import subprocess
import uuid

import pytest

from support.api import data
from support.pki import PKI, lint, load, openssl
from support.waiting import until


@pytest.fixture
def offline(tmp_path):
    """A root's key and certificate that the server never sees."""
    key, certificate, config = tmp_path / "root-key.pem", tmp_path / "root.pem", tmp_path / "root.cnf"
    config.write_text(
        "[v3]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always\n")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-days", "3650",
            "-subj", "/CN=Offline Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout",
            key, "-out", certificate)

    class Offline:
        file = certificate
        count = 0

        def sign(self, csr):
            self.count += 1
            (tmp_path / "i.csr").write_text(csr)
            openssl("x509", "-req", "-in", tmp_path / "i.csr", "-CA", certificate, "-CAkey", key, "-days", "1825",
                    "-set_serial", 1000 + self.count, "-extfile", config, "-extensions", "v3", "-out",
                    tmp_path / "i.pem")
            return (tmp_path / "i.pem").read_text()

    return Offline()


@pytest.fixture
def pki(shared, offline):
    path = f"pki-{uuid.uuid4().hex[:8]}"
    shared.api.post(f"sys/mounts/{path}", {"type": "pki", "config": {"max_lease_ttl": "43800h"}})
    pki = PKI(shared, path)
    intermediate(pki, offline, "first")
    pki.role(ttl="24h")
    yield pki
    shared.api.delete(f"sys/mounts/{path}")


def intermediate(pki, offline, name):
    """A new intermediate, signed by the offline root, becomes the default."""
    csr = pki.made("intermediate/generate/internal", {"common_name": f"Intermediate {name}", "key_type": "ec"})["csr"]
    signed = pki.made("intermediate/set-signed", {"certificate": offline.sign(csr)})
    pki.made(f"issuer/{signed['imported_issuers'][0]}", {"issuer_name": name})
    pki.made("config/issuers", {"default": name})


def verify(offline, made, tmp_path):
    """As a client does that trusts the root alone and was sent the chain."""
    (tmp_path / "leaf.pem").write_text(made["certificate"])
    (tmp_path / "chain.pem").write_text("\n".join(made["ca_chain"]))
    openssl("verify", "-x509_strict", "-CAfile", offline.file, "-untrusted", tmp_path / "chain.pem",
            tmp_path / "leaf.pem")


def test_the_intermediate_is_rotated_and_no_client_notices(pki, offline, tmp_path):
    before = pki.issue("a.example.com")
    verify(offline, before, tmp_path)
    leaf = load(before["certificate"])
    lint(leaf)
    lasting = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert 86_400 <= lasting.total_seconds() <= 86_400 + 60
    intermediate(pki, offline, "second")
    after = pki.issue("a.example.com")
    assert after["issuing_ca"] != before["issuing_ca"]
    verify(offline, after, tmp_path)
    # What the first one signed is still good, and can still be revoked: its list is its own.
    verify(offline, before, tmp_path)
    pki.made("revoke", {"serial_number": before["serial_number"]})
    for name, listed in (("first", True), ("second", False)):
        said = openssl("crl", "-noout", "-text", stdin=pki.get(f"issuer/{name}/crl/pem").text)
        assert (before["serial_number"].replace(":", "").upper() in said) == listed
    # It signs no more.
    pki.server.api.patch(f"{pki.mount}/issuer/first", {"usage": "read-only,crl-signing,ocsp-signing"})
    assert pki.post("issuer/first/issue/web", {"common_name": "a.example.com"}).status_code == 400
    data(pki.get("issuer/first"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def nginx(tmp_path):
    """nginx with a certificate and its chain."""
    running = []

    def start(made, name):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cert.pem").write_text("\n".join([made["certificate"], *made["ca_chain"]]) + "\n")
        (folder / "key.pem").write_text(made["private_key"] + "\n")
        port = free_port()
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{}} http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
            f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
            f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem;\n"
            f"ssl_certificate_key {folder}/key.pem; location / {{ return 200 'hello'; }} }} }}\n")
        process = subprocess.Popen(
            ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        running.append(process)

        def answers():
            assert process.poll() is None, process.stderr.read().decode()
            return subprocess.run(["curl", "-sk", f"https://127.0.0.1:{port}/"], capture_output=True).returncode == 0

        until(answers, "nginx answers")
        return port

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def curl(port, offline, *more):
    return subprocess.run(
        ["curl", "-sS", "--resolve", f"web.example.com:{port}:127.0.0.1", "--cacert", str(offline.file),
         *map(str, more), f"https://web.example.com:{port}/"], capture_output=True, text=True, timeout=30)


def test_nginx_serves_with_it_and_curl_trusts_it_until_it_is_revoked(pki, offline, nginx, tmp_path):
    made = pki.issue("web.example.com")
    port = nginx(made, "web")
    assert curl(port, offline).stdout == "hello"
    other = subprocess.run(
        ["curl", "-sS", "--resolve", f"other.example.com:{port}:127.0.0.1", "--cacert", str(offline.file),
         f"https://other.example.com:{port}/"], capture_output=True, text=True, timeout=30)
    assert other.returncode == 60, "another name"
    lists = tmp_path / "lists.pem"
    # curl wants the lists of all authorities of the chain; the root's is made offline too, here by nobody: its own
    # part is left out by asking about the leaf alone.
    lists.write_text(pki.get("crl/pem").text)
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(offline.file.read_text() + "\n".join(made["ca_chain"]))
    (tmp_path / "web.pem").write_text(made["certificate"])

    def checked(status):
        return openssl("verify", "-crl_check", "-CAfile", bundle, "-CRLfile", lists, tmp_path / "web.pem",
                       status=status)

    checked(0)
    pki.made("revoke", {"serial_number": made["serial_number"]})
    lists.write_text(pki.get("crl/pem").text)
    assert "certificate revoked" in checked(2)
    (tmp_path / "issuer.pem").write_text(made["issuing_ca"])
    said = openssl("ocsp", "-issuer", tmp_path / "issuer.pem", "-cert", tmp_path / "web.pem", "-CAfile", bundle,
                   "-url", f"{pki.server.address}/v1/{pki.mount}/ocsp")
    assert "web.pem: revoked" in said


def test_a_connection_to_a_server_whose_certificate_is_revoked_is_refused(pki, nginx, tmp_path):
    """The whole way: the list is fetched from here, and curl ends the handshake."""
    pki.root("Root of its own", issuer_name="own")
    pki.made("config/issuers", {"default": "own"})
    made, other = pki.issue("web.example.com"), pki.issue("web.example.com")
    ports = nginx(made, "revoked"), nginx(other, "good")
    authority, lists = tmp_path / "own.pem", tmp_path / "own-crl.pem"
    authority.write_text(made["issuing_ca"])

    class Trusted:
        file = authority

    def answers():
        lists.write_text(pki.get("issuer/own/crl/pem", token=None).text)
        return [curl(port, Trusted, "--crlfile", lists) for port in ports]

    assert [answer.stdout for answer in answers()] == ["hello", "hello"]
    pki.made("revoke", {"serial_number": made["serial_number"]})
    refused, taken = answers()
    assert taken.stdout == "hello"
    assert refused.returncode == 60 and refused.stdout == "" and "revoked" in refused.stderr, refused.stderr
    said = openssl("s_client", "-connect", f"127.0.0.1:{ports[0]}", "-CAfile", authority, "-CRL", lists, "-crl_check",
                   "-verify_return_error", "-brief", stdin="", status=1)
    assert "certificate revoked" in said


def test_the_command_line_makes_a_hierarchy_and_says_who_signed_whom(shared):
    root, child = (f"pki-{uuid.uuid4().hex[:8]}" for _ in range(2))
    cli = shared.cli()
    for mount in (root, child):
        cli.ok("secrets", "enable", "-max-lease-ttl=87600h", f"-path={mount}", "pki")
    cli.ok("write", f"{root}/root/generate/internal", "common_name=Root", "key_type=ec", "ttl=87600h")
    cli.ok("pki", "issue", "-issuer_name=web", f"{root}/issuer/default", child, "common_name=Web", "key_type=ec",
           "ttl=43800h")
    cli.ok("write", f"{child}/config/issuers", "default=web")
    cli.ok("write", f"{child}/roles/web", "allowed_domains=example.com", "allow_subdomains=true", "key_type=ec",
           "ttl=24h")
    leaf = cli.ok("write", "-field=certificate", f"{child}/issue/web", "common_name=a.example.com")
    lint(load(leaf))
    said = cli.ok("pki", "verify-sign", "-format=json", f"{root}/issuer/default", f"{child}/issuer/web")
    assert '"trust_match": true' in said
    listed = cli.ok("pki", "list-intermediates", "-format=json", f"{root}/issuer/default", f"{child}/issuer/web")
    assert f'"{child}/issuer/web": true' in listed
    for mount in (root, child):
        cli.ok("secrets", "disable", mount)
