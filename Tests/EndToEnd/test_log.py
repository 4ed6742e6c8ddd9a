"""sys/loggers and sys/monitor, and the commands `monitor` and `debug`."""

import json
import socket
import subprocess
import tarfile
import threading

import pytest
import requests

from support import waiting
from support.api import data, errors
from support.cli import binary


@pytest.fixture
def dev(servers):
    return servers.dev().start()


class Watch:
    """Reads the stream in a thread of its own."""

    def __init__(self, server, **params):
        self.lines = []
        self.answer = requests.get(
            f"{server.address}/v1/sys/monitor", params=params, stream=True, timeout=30,
            headers={"X-Vault-Token": server.root_token})
        assert self.answer.status_code == 200
        self.ended = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for line in self.answer.iter_lines(chunk_size=1):
                self.lines.append(line.decode())
            self.ended = True
        except requests.exceptions.RequestException:
            pass

    def close(self):
        self.answer.close()


def test_levels_are_read_changed_and_reverted(dev):
    levels = data(dev.api.get("sys/loggers"))
    assert levels["core"] == "info" and levels["plugins"] == "info"
    assert dev.api.post("sys/loggers/core", {"level": "debug"}).status_code == 204
    assert data(dev.api.get("sys/loggers/core")) == {"core": "debug"}
    assert data(dev.api.get("sys/loggers"))["plugins"] == "info"
    assert dev.api.post("sys/loggers", {"level": "trace"}).status_code == 204
    assert set(data(dev.api.get("sys/loggers")).values()) == {"trace"}
    assert dev.api.delete("sys/loggers/core").status_code == 204
    assert data(dev.api.get("sys/loggers"))["core"] == "info"
    assert dev.api.delete("sys/loggers").status_code == 204
    assert set(data(dev.api.get("sys/loggers")).values()) == {"info"}
    errors(dev.api.post("sys/loggers/core", {"level": "loud"}), 400)
    errors(dev.api.post("sys/loggers/core", {}), 400)
    assert "not found" in errors(dev.api.get("sys/loggers/nobody"), 404)


def test_a_changed_level_takes_effect(dev):
    dev.api.post("sys/loggers/core", {"level": "error"})
    dev.api.post("sys/mounts/quiet", {"type": "kv"})
    dev.api.delete("sys/loggers/core")
    dev.api.post("sys/mounts/loud", {"type": "kv"})
    waiting.until(lambda: "loud/" in dev.log, "the log has the mount")
    assert "quiet/" not in dev.log


def test_lines_are_streamed_until_the_server_seals(dev):
    watch = Watch(dev, log_level="info")
    dev.api.post("sys/mounts/streamed", {"type": "kv"})
    waiting.until(lambda: any("streamed/" in line for line in watch.lines), "the line comes")
    assert dev.root_token not in "\n".join(watch.lines).split()
    dev.api.post("sys/seal")
    waiting.until(lambda: watch.ended, "the stream ends")


def test_json_lines_are_json(dev):
    watch = Watch(dev, log_format="json")
    dev.api.post("sys/mounts/json", {"type": "kv"})
    waiting.until(lambda: watch.lines, "a line comes")
    assert json.loads(watch.lines[0])["@level"] == "info"
    watch.close()


def test_bad_parameters_are_refused(dev):
    assert errors(dev.api.get("sys/monitor", params={"log_level": "loud"}), 400).startswith("unknown log level: ")
    assert errors(dev.api.get("sys/monitor", params={"log_format": "xml"}), 400).startswith("unknown log format: ")
    errors(dev.api.get("sys/monitor", token=None), 403)
    errors(dev.api.get("sys/monitor", headers={"X-Vault-Wrap-TTL": "60s"}), 400)


def test_places_are_limited_and_given_back(dev):
    watches = [Watch(dev) for _ in range(16)]
    errors(dev.api.get("sys/monitor"), 429)
    for watch in watches:
        watch.answer.raw._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)
    def free():
        answer = dev.api.request("HEAD", "sys/monitor")
        return answer.status_code == 200
    waiting.until(free, "places are free again", 10)


def test_a_reader_that_does_not_read_does_not_grow_the_server(dev):
    connection = socket.create_connection(("127.0.0.1", dev.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(
        f"GET /v1/sys/monitor?log_level=trace HTTP/1.1\r\nHost: a\r\nX-Vault-Token: {dev.root_token}\r\n\r\n".encode())
    before = dev.core.resident_bytes()
    for number in range(300):
        dev.api.post("sys/loggers/core", {"level": "info" if number % 2 else "debug"})
    assert dev.api.get("sys/health").status_code == 200
    assert dev.core.resident_bytes() < before + 20_000_000
    connection.close()


def test_the_monitor_command_prints_lines_until_the_server_ends(dev):
    process = subprocess.Popen(
        [binary("coffer"), "monitor", "-log-level=debug"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"COFFER_ADDR": dev.address, "COFFER_TOKEN": dev.root_token, "HOME": str(dev.home)})
    lines = []
    reader = threading.Thread(target=lambda: [lines.append(line) for line in process.stdout], daemon=True)
    reader.start()
    try:
        def seen():
            dev.api.post("sys/loggers/core", {"level": "info"})
            return any("log level changed" in line for line in lines)
        waiting.until(seen, "the command prints a line", 10)
        dev.api.post("sys/seal")
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def test_debug_gathers_a_bundle_that_tar_opens(dev, tmp_path):
    output = tmp_path / "bundle.tar.gz"
    result = dev.cli().run(
        "debug", "-duration=2s", "-interval=1s", "-metrics-interval=1s", f"-output={output}")
    assert result.returncode == 0, result.stderr
    with tarfile.open(output) as archive:
        names = {name.rpartition("/")[2]: name for name in archive.getnames()}
        def content(name):
            return archive.extractfile(names[name]).read()
        assert {"index.json", "config.json", "host_info.json", "metrics.json", "server_status.json",
                "coffer.log", "requests.json"} <= set(names)
        index = json.loads(content("index.json"))
        assert index["targets"] and index["duration_seconds"] == 2
        assert len(json.loads(content("metrics.json"))) >= 2
        assert "Samples" in json.loads(content("metrics.json"))[0]
        assert json.loads(content("server_status.json"))[0]["seal"]["sealed"] is False
        assert json.loads(content("config.json"))[0]["storage"]["type"] == "inmem"
        everything = b"".join(content(name) for name in names)
    assert dev.root_token.encode() * 2 not in everything
    assert output.stat().st_mode & 0o077 == 0


def test_debug_keeps_to_its_targets_and_refuses_others(dev, tmp_path):
    output = tmp_path / "folder"
    result = dev.cli().run(
        "debug", "-duration=1s", "-interval=1s", "-compress=false", "-target=host", f"-output={output}")
    assert result.returncode == 0, result.stderr
    assert {entry.name for entry in output.iterdir()} == {"host_info.json", "index.json"}
    assert dev.cli().run("debug", "-target=nothing").returncode == 1
    assert dev.cli().run("debug", "-target=pprof").returncode == 1
    assert "already there" in dev.cli().fails(1, "debug", "-compress=false", f"-output={output}")


def test_debug_notes_what_the_token_may_not_read(dev, tmp_path):
    token = dev.token_with("default")
    output = tmp_path / "bundle"
    result = dev.cli(token=token).run(
        "debug", "-duration=1s", "-interval=1s", "-compress=false", f"-output={output}")
    assert result.returncode == 0, result.stderr
    index = json.loads((output / "index.json").read_text())
    assert {error["target"] for error in index["errors"]} >= {"config", "host", "metrics"}
    assert "seal" in json.loads((output / "server_status.json").read_text())[0]
