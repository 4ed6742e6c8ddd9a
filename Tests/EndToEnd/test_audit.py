"""Audit devices on a real server: files and their rotation, a real rsyslogd, sockets that hang, full disks."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from support import waiting
from support.api import data, errors
from support.cli import binary
from support.server import unique


def enable(server, path="file", kind="file", **options):
    return server.api.post(f"sys/audit/{path}", {"type": kind, "options": options})


def entries(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def audited(servers, tmp_path):
    """A development server with a file device, and its log."""
    server = servers.dev(token=unique("root-token")).start()
    log = tmp_path / "audit.log"
    assert enable(server, file_path=str(log)).status_code == 204
    server.audit_log = log
    return server


# Files


def test_hvac_enables_lists_hashes_and_disables_a_device(servers, tmp_path):
    server = servers.dev().start()
    client = server.hvac()
    log = tmp_path / "audit.log"
    client.sys.enable_audit_device("file", description="where it goes", options={"file_path": str(log)}, path="file")
    listed = client.sys.list_enabled_audit_devices()
    assert listed["data"]["file/"] == {
        "type": "file", "path": "file/", "description": "where it goes", "local": False,
        "options": {"file_path": str(log)}}
    assert listed["file/"] == listed["data"]["file/"]
    answer = client.sys.calculate_hash("file", "hello")
    assert answer["hash"].startswith("hmac-sha256:") and answer["data"]["hash"] == answer["hash"]
    assert oct(log.stat().st_mode & 0o777) == "0o600"
    client.sys.disable_audit_device("file")
    assert client.sys.list_enabled_audit_devices()["data"] == {}
    written = log.read_text()
    client.sys.list_mounted_secrets_engines()
    assert log.read_text() == written


def test_every_secret_is_in_the_log_as_its_digest_and_nowhere_in_plain(audited):
    server, secret = audited, unique("secret")
    server.api.post("secret/data/app", {"data": {"password": secret, "nested": {"list": [secret + "1"]}, "port": 5432}})
    assert data(server.api.get("secret/data/app"))["data"]["password"] == secret
    token = server.token_with("default")
    errors(server.client(token).get("secret/data/app"), 403)
    errors(server.client("hvs." + secret).get("secret/data/app"), 403)
    server.api.post("sys/wrapping/wrap", {"key": secret}, headers={"X-Vault-Wrap-TTL": "60"})
    errors(server.api.post("secret/data/app", {"data": secret}), 400)
    server.api.post("auth/token/lookup", {"token": token})
    text = server.audit_log.read_text()
    for plain in (secret, token, server.root_token):
        assert plain not in text, text[text.index(plain) - 300:text.index(plain) + 100]

    def digest(value):
        return data(server.api.post("sys/audit-hash/file", {"input": value}))["hash"]

    written = entries(server.audit_log)
    assert all(entry["type"] in ("request", "response") for entry in written)
    ids = [entry["request"]["id"] for entry in written[1:] if entry["request"]["path"] == "secret/data/app"]
    assert all(ids.count(one) == 2 for one in ids), "each request has its line and its response's"
    put = next(e for e in written if e["request"]["path"] == "secret/data/app" and e["type"] == "request")
    assert put["request"]["data"] == {
        "data": {"password": digest(secret), "nested": {"list": [digest(secret + "1")]}, "port": 5432}}
    assert put["request"]["client_token"] == put["auth"]["client_token"] == digest(server.root_token)
    assert put["auth"]["policy_results"] == {
        "allowed": True, "granting_policies": [{"name": "root", "namespace_id": "root", "type": "acl"}]}
    assert put["request"]["mount_type"] == "kv" and put["request"]["remote_address"] == "127.0.0.1"
    read = next(e for e in written if e["request"]["operation"] == "read" and e["type"] == "response")
    assert read["response"]["data"]["data"]["password"] == digest(secret)
    denied = next(e for e in written if e["auth"].get("client_token") == digest(token))
    assert denied["error"] == "permission denied" and denied["auth"]["policy_results"] == {"allowed": False}


def test_what_a_client_gets_was_recorded_before(audited):
    """The line is in the file when the answer is at the client, for each of many at once."""
    missing = []

    def work(number):
        api = audited.client(audited.root_token)
        for _ in range(40):
            request_id = api.get("sys/mounts").json()["request_id"]
            text = audited.audit_log.read_text()
            if text.count(f'"id":"{request_id}"') != 2:
                missing.append(request_id)

    threads = [threading.Thread(target=work, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missing == []


def test_after_a_rotation_sighup_takes_the_new_file(audited):
    server, log = audited, audited.audit_log
    old = log.with_suffix(".1")
    log.rename(old)
    server.api.get("sys/mounts")
    assert not log.exists() and "sys/mounts" in old.read_text()
    server.process.send_signal(signal.SIGHUP)
    waiting.until(log.exists, "the new file is there")
    before = old.read_text()
    server.api.get("sys/policy")
    assert old.read_text() == before
    assert [entry["request"]["path"] for entry in entries(log)] == ["sys/policy", "sys/policy"]


def test_a_log_is_no_program_no_folder_no_link_and_not_among_the_plugins(servers, tmp_path):
    server = servers.dev().start()
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    plugins = os.path.dirname(os.path.realpath(binary("coffer")))
    (tmp_path / "way").symlink_to(plugins)
    name = f"coffer-plugin-{unique('x')}"
    for path in (program, tmp_path, tmp_path / "link", f"{plugins}/{name}", tmp_path / "way" / name):
        text = errors(enable(server, file_path=str(path)), 400)
        assert "audit log" in text
    assert "executable" in errors(enable(server, file_path=str(tmp_path / "a.log"), mode="0755"), 400)
    assert program.read_text() == "#!/bin/sh\n"
    assert not (tmp_path / "target").exists() and not os.path.exists(f"{plugins}/{name}")
    assert data(server.api.get("sys/audit")) == {}


def test_standard_output_can_be_the_log(servers):
    server = servers.dev().start()
    assert enable(server, file_path="stdout", prefix="audit: ").status_code == 204
    server.api.get("sys/mounts")
    waiting.until(lambda: 'audit: {"time":' in server.out_file.read_text(), "a line on standard output")


# A full disk


def test_a_full_disk_is_a_failing_device_and_room_brings_it_back(servers, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here: " + mounted.stderr.decode().strip())
    try:
        server = servers.dev().start()
        assert enable(server, file_path=str(disk / "audit.log")).status_code == 204

        def is_full():
            answer = server.api.get("sys/mounts")
            return answer.status_code == 500 and "no audit backend succeeded" in errors(answer, 500)

        waiting.until(is_full, "requests stop", seconds=60, every=0)
        server.logs("the audit device does not record")
        # Health and seal status still answer, and a second device lets requests through again.
        assert server.api.get("sys/health", token=None).status_code == 200
        (disk / "audit.log").write_text("")
        assert server.api.get("sys/mounts").status_code == 200
        waiting.until(lambda: "the audit device records again" in server.log, "the log says so")
        assert enable(server, "second", file_path=str(tmp_path / "second.log")).status_code == 204
        for _ in range(100):
            assert server.api.get("sys/mounts").status_code == 200
        assert len(entries(tmp_path / "second.log")) > 200
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


# Sockets


class Listener:
    """A TCP listener that reads what comes, until it is told to stop reading."""

    def __init__(self):
        self.server = socket.socket()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.server.bind(("127.0.0.1", 0))
        self.server.listen()
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        self.reads = threading.Event()
        self.reads.set()
        self.received = bytearray()
        self.is_closed = False
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while not self.is_closed:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=[connection], daemon=True).start()

    def _read(self, connection):
        connection.settimeout(0.2)
        while not self.is_closed:
            self.reads.wait(0.2)
            if not self.reads.is_set():
                continue
            try:
                part = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            if not part:
                return
            self.received += part

    def close(self):
        self.is_closed = True
        self.server.close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()


def test_a_socket_gets_the_lines(servers, listener):
    server = servers.dev().start()
    assert enable(server, "socket", "socket", address=listener.address, socket_type="tcp").status_code == 204
    server.api.get("sys/mounts")
    lines = waiting.until(
        lambda: b'"path":"sys/mounts"' in listener.received and bytes(listener.received).splitlines(), "the lines")
    assert json.loads(lines[0])["request"]["path"] == "sys/audit/test"


def test_a_unix_socket_gets_the_lines(servers, tmp_path):
    server = servers.dev().start()
    place = str(tmp_path / "audit.sock")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(place)
        unix.listen()
        unix.settimeout(10)
        assert enable(server, "unix", "socket", address=place, socket_type="unix").status_code == 204
        connection, _ = unix.accept()
        with connection:
            assert b"sys/audit/test" in connection.recv(65536)


def test_an_unreachable_socket_is_not_enabled_unless_the_test_is_skipped(servers):
    server = servers.dev().start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = "127.0.0.1:%d" % probe.getsockname()[1]
        assert "test message" in errors(enable(server, "s", "socket", address=nobody), 400)
        assert enable(server, "file", file_path="discard").status_code == 204
        assert enable(server, "s", "socket", address=nobody, skip_test="true").status_code == 204
        assert server.api.get("sys/mounts").status_code == 200


def fill(server, listener, until):
    """Writes large values whose raw lines fill the socket's buffers."""
    listener.reads.clear()
    big = "x" * 200_000

    def step():
        answer = server.api.post("secret/data/big", {"data": {"v": big}}, timeout=60)
        return until(answer)

    waiting.until(step, "the socket is full", seconds=90, every=0)


def test_a_peer_that_stops_reading_delays_nobody_while_another_device_works(servers, listener, tmp_path):
    server = servers.dev().start()
    assert enable(server, "file", file_path=str(tmp_path / "audit.log")).status_code == 204
    options = {"address": listener.address, "write_timeout": "500ms", "log_raw": "true"}
    assert enable(server, "socket", "socket", **options).status_code == 204
    slowest = []

    def hangs(answer):
        assert answer.status_code == 200
        slowest.append(answer.elapsed.total_seconds())
        return "the audit device does not record" in server.log

    fill(server, listener, hangs)
    assert max(slowest) < 0.5, "no request waited for the socket"
    for _ in range(50):
        assert server.api.get("sys/mounts").status_code == 200
    listener.reads.set()
    waiting.until(
        lambda: server.api.get("sys/mounts") and "the audit device records again" in server.log,
        "the socket is tried again", seconds=40, every=0.2)
    text = (tmp_path / "audit.log").read_text()
    assert "x" * 100 not in text, "log_raw of the socket does not change the file"


def test_a_peer_that_stops_reading_stops_requests_with_a_clear_error_when_it_is_alone(servers, listener):
    server = servers.dev().start()
    options = {"address": listener.address, "write_timeout": "500ms", "log_raw": "true"}
    assert enable(server, "socket", "socket", **options).status_code == 204
    fill(server, listener, lambda answer: answer.status_code == 500)
    text = errors(server.api.get("sys/mounts"), 500)
    assert "no audit backend succeeded in logging the request" in text
    assert server.api.get("sys/health", token=None).status_code == 200
    listener.reads.set()
    waiting.until(
        lambda: server.api.get("sys/mounts").status_code == 200, "requests go on", seconds=40, every=0.2)


# Syslog


@pytest.fixture
def rsyslog(tmp_path):
    """An rsyslogd of the test's own, with a Unix socket and a UDP port."""
    program = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
    if not program:
        pytest.skip("rsyslogd is not installed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # A Unix socket's path has to be short.
    folder = tmp_path / "r"
    folder.mkdir()
    config = folder / "rsyslog.conf"
    config.write_text(f"""
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log.sock" CreatePath="off")
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="{port}")
template(name="plain" type="string" string="%syslogfacility-text% %syslogseverity-text% %programname% %msg%\\n")
*.* action(type="omfile" file="{folder}/out.log" template="plain")
""")
    process = subprocess.Popen(
        [program, "-n", "-f", str(config), "-i", str(folder / "pid")], stdin=subprocess.DEVNULL,
        stdout=open(folder / "out", "wb"), stderr=subprocess.STDOUT)
    try:
        waiting.until(
            lambda: (folder / "log.sock").exists() or process.poll() is not None, "rsyslogd listens")
        assert process.poll() is None, (folder / "out").read_text()
        yield folder, port
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("kind", ["unixgram", "udp"])
def test_rsyslog_receives_the_lines(servers, rsyslog, kind):
    folder, port = rsyslog
    server = servers.dev().start()
    address = f"{folder}/log.sock" if kind == "unixgram" else f"127.0.0.1:{port}"
    answer = enable(
        server, "syslog", "syslog", facility="LOCAL3", tag="coffer-test", address=address, socket_type=kind)
    assert answer.status_code == 204, answer.text
    request_id = server.api.get("sys/mounts").json()["request_id"]
    out = folder / "out.log"
    lines = waiting.until(
        lambda: out.exists() and out.read_text().count(request_id) == 2 and out.read_text().splitlines(), "the lines")
    for line in (line for line in lines if request_id in line):
        assert line.startswith("local3 info coffer-test ")
        assert json.loads(line[line.index("{"):])["request"]["path"] == "sys/mounts"


def test_without_a_local_syslog_the_device_is_not_enabled(servers):
    if os.path.exists("/dev/log"):
        pytest.skip("this machine has a local syslog")
    server = servers.dev().start()
    assert "test message" in errors(enable(server, "syslog", "syslog"), 400)


# Declared in the configuration


def declaration(path, file):
    return f'audit "file" "{path}" {{\n  description = "declared"\n  options {{\n    file_path = "{file}"\n  }}\n}}'


def test_declared_devices_come_and_go_with_the_configuration(servers, tmp_path):
    log = tmp_path / "declared.log"
    server = servers.durable("declared", extra=declaration("main", log))
    assert data(server.api.get("sys/audit"))["main/"]["description"] == "declared"
    assert len(entries(log)) == 2
    assert "configuration" in errors(server.api.delete("sys/audit/main"), 400)
    errors(enable(server, "main", file_path="discard"), 400)
    server.stop()
    config = server.folder / "config.hcl"
    config.write_text(config.read_text().replace(declaration("main", log), ""))
    server.start()
    server.unseal()
    assert data(server.api.get("sys/audit")) == {}


def test_a_wrong_declaration_is_said_at_the_start(servers):
    server = servers.configured("wrong", extra='audit "kafka" "x" {}')
    code, output = server.expect_refusal()
    assert code == 1 and "unknown backend type" in output
