"""Listeners: TLS, client certificates, reload, Unix sockets, several at once, and what keeps one from opening."""

import json
import shutil
import signal
import socket
import ssl
import stat
import subprocess

import pytest

from support import waiting
from support.certificates import Authority, tls_listener
from support.cli import CLI
from support.curl import curl
from support.raw import Connection, head
from support.server import TCP, unique


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server_certificate(authority):
    return authority.issue(unique("server"))


@pytest.fixture
def tls_server(servers, authority):
    """Starts a server with TLS; `extra` goes into its listener."""
    def start(extra="", files=None):
        certificate, key = files or authority.issue(unique("server"))
        server = servers.configured(listeners=tls_listener(certificate, key, extra))
        server.ca_file = authority.file
        return server.start()
    return start


def test_a_server_with_tls_is_reached_with_its_authority_and_not_without(tls_server, authority):
    server = tls_server()
    url = f"{server.address}/v1/sys/seal-status"
    assert curl("--cacert", authority.file, url).status == 200
    assert curl(url).exit_code == 60, "an unknown authority"
    server.initialize()
    server.unseal()
    assert server.hvac().is_authenticated()
    assert "Sealed" in server.cli().ok("status")
    cli = server.cli()
    del cli.environment["COFFER_CACERT"]
    assert "certificate" in cli.fails(1, "status").lower()
    assert "Sealed" in cli.ok("status", environment={"VAULT_CACERT": str(authority.file)})
    assert "Sealed" in cli.ok("status", f"-ca-cert={authority.file}")
    assert "Sealed" in cli.ok("status", "-tls-skip-verify")
    assert "Sealed" in cli.ok("status", environment={"VAULT_SKIP_VERIFY": "true"})


def test_plain_http_to_a_tls_port_is_told_so(tls_server):
    server = tls_server()
    answer = curl(f"http://127.0.0.1:{server.port}/v1/sys/health")
    assert answer.status == 400 and "HTTPS" in answer.body


def test_old_versions_of_tls_are_refused(tls_server, authority):
    server = tls_server()
    url = f"{server.address}/v1/sys/seal-status"
    for allowed in ("1.2", "1.3"):
        assert curl("--cacert", authority.file, "--tls-max", allowed, url).status == 200
    for old in ("-tls1", "-tls1_1"):
        assert not handshake(server, authority, old, "-cipher", "DEFAULT@SECLEVEL=0")
    assert handshake(server, authority, "-tls1_2")


def test_a_minimum_version_of_1_3_refuses_1_2(tls_server, authority):
    server = tls_server('tls_min_version = "tls13"')
    assert not handshake(server, authority, "-tls1_2")
    assert handshake(server, authority, "-tls1_3")


def test_a_maximum_version_of_1_2_refuses_1_3(tls_server, authority):
    server = tls_server('tls_max_version = "tls12"')
    assert not handshake(server, authority, "-tls1_3")
    assert handshake(server, authority, "-tls1_2")


def test_client_certificates_cannot_be_required_without_an_authority(servers, authority):
    certificate, key = authority.issue(unique("fail-closed"))
    listener = tls_listener(certificate, key, "tls_require_and_verify_client_cert = true")
    code, output = servers.configured(listeners=listener).expect_refusal()
    assert code == 1
    assert "tls_client_ca_file" in output


def handshake(server, authority, *options):
    """Whether openssl's client completes a handshake."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", str(authority.file), *options],
        input="", capture_output=True, text=True, timeout=20)
    return done.returncode == 0 and "Verify return code: 0 (ok)" in done.stdout


def test_a_client_certificate_can_be_required(tls_server, authority, tmp_path):
    server = tls_server(f'tls_client_ca_file = "{authority.file}"\n  tls_require_and_verify_client_cert = true')
    url = f"{server.address}/v1/sys/seal-status"
    certificate, key = authority.issue("client", "clientAuth")
    with_it = ["--cert", certificate, "--key", key]
    assert curl("--cacert", authority.file, *with_it, url).status == 200
    assert curl("--cacert", authority.file, url).exit_code != 0
    stranger, stranger_key = Authority(tmp_path / "stranger").issue("client", "clientAuth")
    assert curl("--cacert", authority.file, "--cert", stranger, "--key", stranger_key, url).exit_code != 0
    cli = server.cli()
    assert cli.run("status").returncode == 1
    assert cli.run("status", f"-client-cert={certificate}", f"-client-key={key}").returncode == 2


def test_a_client_certificate_that_is_only_asked_for_may_be_missing(tls_server, authority, tmp_path):
    server = tls_server(f'tls_client_ca_file = "{authority.file}"')
    url = f"{server.address}/v1/sys/seal-status"
    assert curl("--cacert", authority.file, url).status == 200
    certificate, key = authority.issue("client", "clientAuth")
    assert curl("--cacert", authority.file, "--cert", certificate, "--key", key, url).status == 200


def test_sighup_reads_certificates_again_and_keeps_what_works(tls_server, authority):
    certificate, key = authority.issue(unique("reloaded"))
    server = tls_server(files=(certificate, key))
    first = served(server)
    with Connection(server.port, context=trusting(authority)) as connection:
        authority.issue(certificate.stem)
        assert served(server) == first, "nothing changes before the signal"
        server.process.send_signal(signal.SIGHUP)
        second = waiting.until(lambda: served(server) != first and served(server), "the new certificate is served")
        connection.send(head("GET", "/v1/sys/seal-status"))
        assert connection.answer().status == 200, "open connections go on"

    certificate.write_text("no certificate")
    server.process.send_signal(signal.SIGHUP)
    waiting.until(lambda: str(certificate) in server.log, "the log names the file")
    assert served(server) == second and server.running

    authority.issue(certificate.stem)
    _, other_key = authority.issue(unique("other"))
    shutil.copy(other_key, key)
    before = len(server.log)
    server.process.send_signal(signal.SIGHUP)
    waiting.until(lambda: len(server.log) > before, "the log says that the key does not fit")
    assert served(server) == second and server.running

    authority.issue(certificate.stem)
    server.process.send_signal(signal.SIGHUP)
    waiting.until(lambda: served(server) != second, "the third certificate is served")


def served(server):
    return ssl.get_server_certificate(("127.0.0.1", server.port))


def trusting(authority):
    return ssl.create_default_context(cafile=str(authority.file))


def test_sighup_without_tls_harms_nobody(durable):
    durable.process.send_signal(signal.SIGHUP)
    durable.process.send_signal(signal.SIGHUP)
    assert durable.api.get("sys/mounts").status_code == 200


def test_a_unix_socket_is_private_and_serves(servers, tmp_path):
    path = tmp_path / "coffer.sock"
    server = servers.configured(listeners=f'listener "unix" {{\n address = "{path}"\n}}\n').start()
    assert stat.S_ISSOCK(path.stat().st_mode) and path.stat().st_mode & 0o777 == 0o600
    answer = curl("--unix-socket", path, "http://localhost/v1/sys/seal-status")
    assert answer.status == 200 and answer.json()["initialized"] is False
    made = curl("--unix-socket", path, "-X", "PUT", "-d", '{"secret_shares": 1, "secret_threshold": 1}',
                "http://localhost/v1/sys/init").json()
    cli = server_cli(server, path, made["root_token"])
    assert cli.run("status").returncode == 2
    cli.ok("operator", "unseal", made["keys_base64"][0])
    assert cli.run("status").returncode == 0
    cli.ok("secrets", "enable", "-path=kv", "kv-v2")
    cli.ok("kv", "put", "kv/x", "a=b")
    assert cli.ok("kv", "get", "-field=a", "kv/x").strip() == "b"
    assert server.terminate() == 0
    assert not path.exists(), "the socket's name goes with the server"


def server_cli(server, path, token):
    return CLI(f"unix://{path}", token, server.home)


def test_a_unix_socket_can_have_a_mode_and_replaces_a_stale_one(servers, tmp_path):
    path = tmp_path / "coffer.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    servers.configured(
        listeners=f'listener "unix" {{\n address = "{path}"\n socket_mode = "0660"\n}}\n').start()
    assert path.stat().st_mode & 0o777 == 0o660
    assert curl("--unix-socket", path, "http://localhost/v1/sys/seal-status").status == 200


def test_a_unix_socket_does_not_replace_a_file_or_a_living_server(servers, tmp_path):
    file = tmp_path / "precious"
    file.write_text("precious")
    code, output = servers.configured(
        "first", listeners=f'listener "unix" {{\n address = "{file}"\n}}\n').expect_refusal()
    assert code == 1 and str(file) in output and file.read_text() == "precious"
    path = tmp_path / "coffer.sock"
    listeners = f'listener "unix" {{\n address = "{path}"\n}}\n'
    servers.configured("second", listeners=listeners).start()
    code, output = servers.configured("third", listeners=listeners).expect_refusal()
    assert code == 1 and str(path) in output
    assert curl("--unix-socket", path, "http://localhost/v1/sys/seal-status").status == 200


def test_several_listeners_serve_the_same_server(servers, authority, server_certificate, tmp_path):
    path = tmp_path / "coffer.sock"
    server = servers.configured(
        listeners=TCP + tls_listener(*server_certificate) + f'listener "unix" {{ address = "{path}" }}\n' + TCP)
    server.start(listeners=4)
    plain, encrypted, again = server.ports
    server.initialize()
    server.unseal()
    for answer in (
        curl(f"http://127.0.0.1:{plain}/v1/sys/health"), curl(f"http://127.0.0.1:{again}/v1/sys/health"),
        curl("--cacert", authority.file, f"https://127.0.0.1:{encrypted}/v1/sys/health"),
        curl("--unix-socket", path, "http://localhost/v1/sys/health"),
    ):
        assert answer.status == 200 and answer.json()["sealed"] is False


def test_an_ipv6_address_is_listened_on(servers):
    server = servers.configured(listeners=TCP.replace("127.0.0.1", "[::1]")).launch()
    waiting.until(lambda: server.addresses or not server.running, "it listens", 20)
    if not server.running:
        assert "::1" in server.output
        pytest.skip("there is no IPv6 here")
    assert curl(f"http://[::1]:{server.port}/v1/sys/seal-status").status == 200


# What keeps a listener from opening


def test_a_port_that_is_taken_is_named(servers):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = servers.configured(listeners=TCP.replace(":0", f":{port}"))
        code, output = server.expect_refusal()
        assert code == 1 and f"127.0.0.1:{port}" in output and "in use" in output
        dev = servers.dev()
        dev.arguments = [a.replace(":0", f":{port}") for a in dev.arguments]
        code, output = dev.expect_refusal()
        assert code == 1 and f"127.0.0.1:{port}" in output and "Root Token" not in output


def test_a_running_server_is_not_pushed_off_its_port(servers, durable):
    code, output = servers.configured("second", listeners=TCP.replace(":0", f":{durable.port}")).expect_refusal()
    assert code == 1 and str(durable.port) in output
    assert durable.api.get("sys/mounts").status_code == 200


@pytest.mark.parametrize("broken", ["missing", "rubbish", "folder", "key for another", "key in place of certificate"])
def test_a_certificate_that_cannot_be_used_is_named(servers, authority, tmp_path, broken):
    certificate, key = authority.issue(unique("broken"))
    if broken == "missing":
        certificate = tmp_path / "missing.pem"
    elif broken == "rubbish":
        certificate.write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    elif broken == "folder":
        certificate = tmp_path
    elif broken == "key for another":
        _, key = authority.issue(unique("other"))
    else:
        certificate = key
    code, output = servers.configured(listeners=tls_listener(certificate, key)).expect_refusal()
    assert code == 1
    assert str(certificate) in output or str(key) in output
    assert "PRIVATE KEY" not in output


@pytest.mark.parametrize("broken", ["missing", "rubbish"])
def test_a_key_or_client_authority_that_cannot_be_used_is_named(servers, authority, tmp_path, broken):
    certificate, key = authority.issue(unique("broken"))
    file = tmp_path / "file.pem"
    if broken == "rubbish":
        file.write_text("rubbish")
    for name, listener in (
        ("key", tls_listener(certificate, file)),
        ("ca", tls_listener(certificate, key, f'tls_client_ca_file = "{file}"\ntls_require_and_verify_client_cert = true')),
    ):
        code, output = servers.configured(name, listeners=listener).expect_refusal()
        assert code == 1 and str(file) in output


def test_an_address_that_is_not_ours_is_named(servers):
    code, output = servers.configured(listeners=TCP.replace("127.0.0.1:0", "192.0.2.1:8200")).expect_refusal()
    assert code == 1 and "192.0.2.1:8200" in output


# The end


def test_sigterm_lets_a_request_in_flight_finish(servers):
    server = servers.durable()
    mount = server.mount(2)
    body = json.dumps({"data": {"a": "x" * 1000}})
    with Connection(server.port) as connection:
        connection.send(
            head("POST", f"/v1/{mount}/data/x", server.root_token, [("Content-Length", str(len(body)))]) + body[:500])
        # The server has surely read the head when another request that came later is answered.
        assert server.api.get("sys/health").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        waiting.until(lambda: not accepts(server.port), "no new connections are taken")
        assert server.running
        connection.send(body[500:])
        assert connection.answer().status == 200
    assert server.process.wait(20) == 0
    server.start().unseal()
    assert server.api.get(f"{mount}/data/x").status_code == 200


def accepts(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def test_sigterm_and_sigint_end_a_server_in_order_and_soon(servers):
    for number, name in ((signal.SIGTERM, "term"), (signal.SIGINT, "int")):
        server = servers.durable(name)
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        server.mount(2)
        children = server.plugins
        server.process.send_signal(number)
        assert server.process.wait(10) == 0
        waiting.until(lambda: not any(child.alive for child in children), "the engines end")
        for connection in idle:
            connection.close()


def test_a_sealed_server_ends_too(servers):
    assert servers.configured().start().terminate(10) == 0
