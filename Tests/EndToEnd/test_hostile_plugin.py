"""What a hostile plugin is refused is told by name, in the log and in the status, and floods neither."""

import os
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import waiting
from support.api import data, errors
from support.hostile import (
    CALLS, EACCES, EPERM, ask, attempt, call, hostile_server, others_served, revive, status,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with hostile_server(tmp_path_factory.mktemp("hostile")) as server:
        if not status(server, "hostile")["refusals_reported"]:
            assert "is not logged" in server.log
            pytest.skip("this system lets nobody listen")
        yield server


@pytest.fixture(autouse=True)
def others_go_on(server):
    with others_served(server):
        yield


def rude(server):
    waiting.until(lambda: server.api.post("raw/other").status_code == 200, "the rude one serves", 60, 0.2)


def told(server, text, name="hostile"):
    """A line that names the plugin, as the server and not as the plugin calls it."""
    return [
        line for line in server.log.splitlines()
        if f'plugin "{name}"' in line and text in line and f"plugin={name}" in line]


def never_reads(server):
    rude(server)
    big = "x" * 4_000_000

    def push(number):
        path = "raw/deaf" if number < 4 else "raw/x"
        return server.client(server.root_token).post(path, {"big": big}, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(push, range(32))) <= {200, 500, 503, 504}


def hangs(server):
    for _ in range(12):
        pid = status(server, "hostile")["pid"]
        assert ask(server, "hang", timeout=20).status_code in (500, 503, 504)
        if status(server, "hostile")["pid"] != pid:
            return
    raise AssertionError("it was never given up")


def refused_file(server, path):
    assert attempt(server, "file", path=path) == -EACCES


def another_storage(server):
    rude(server)
    other = data(server.api.get("sys/mounts"))["secret/"]["uuid"]
    assert "permissionDenied" in data(server.api.post(f"raw/foreign/{other}"))["said"]


def endless_frame(server):
    rude(server)
    assert "malformed frame" in errors(server.api.post("raw/endless"), 500)


def fatal(server, name, *arguments):
    assert 'plugin "hostile"' in errors(ask(server, "call", {"number": CALLS[name], "arguments": list(arguments)}), 500)


# What it does, what the log says of it, and as what it is counted; the plugin that does it.
ATTACKS = {
    "reads the server's environment": (
        lambda server: refused_file(server, f"/proc/{server.process.pid}/environ"),
        "was refused a file (open): /proc/{pid}/environ", "open", "hostile"),
    "reads the server's store": (
        lambda server: refused_file(server, f"{server.folder}/store/data.mdb"),
        "was refused a file (open): {folder}/store/data.mdb", "open", "hostile"),
    "reads a file by a way around": (
        lambda server: refused_file(server, "/proc/self/root/usr/../etc/shadow"),
        "was refused a file (open): /etc/shadow", "open", "hostile"),
    "makes a file": (
        lambda server: attempt(server, "file", path="/tmp/of-the-plugin", flags=os.O_CREAT | os.O_WRONLY) == -EACCES,
        "was refused a file (open): /tmp/of-the-plugin", "open", "hostile"),
    "opens a socket": (
        lambda server: call(server, "socket", int(socket.AF_INET), 1, 0) == -EACCES,
        "was refused a system call: socket", "socket", "hostile"),
    "forks": (
        lambda server: attempt(server, "forks", most=5) == 0,
        "was refused a system call: clone", "clone", "hostile"),
    "runs a shell": (
        lambda server: call(server, "execve", "/bin/sh", 0, 0) == -EPERM,
        "was refused a file (execve): /bin/sh", "execve", "hostile"),
    "traces the server": (
        lambda server: fatal(server, "ptrace", 16, server.process.pid, 0, 0),
        "system call that the sandbox forbids, and is ended for it: ptrace", "ptrace", "hostile"),
    "reads the server's memory": (
        lambda server: fatal(server, "process_vm_readv", server.process.pid, 0, 0, 0, 0, 0),
        "system call that the sandbox forbids, and is ended for it: process_vm_readv", "process_vm_readv", "hostile"),
    "mounts": (
        lambda server: fatal(server, "mount", "none", "/mnt", "tmpfs", 0, 0),
        "system call that the sandbox forbids, and is ended for it: mount", "mount", "hostile"),
    "eats memory": (
        lambda server: attempt(server, "memory", most=4_096, seconds=3) < 1_200,
        "has come to the limit of its memory", "memory", "hostile"),
    "names another mount's storage": (
        another_storage, "asked for the storage of a mount that it was not given", "storage", "raw"),
    "mints a token": (
        lambda server: "auth" not in ask(server, "login").json(),
        "impossible answer: a login from a plugin that is no auth method", "answer", "hostile"),
    "sends a frame of 2 GiB": (endless_frame, "ended: it sent a malformed frame", None, "raw"),
    "hangs": (hangs, "ended: it does not answer", None, "hostile"),
    "never reads": (never_reads, "ended: it does not", None, "raw"),
    "floods the log": (
        lambda server: all(attempt(server, "flood", most=4_000) == 0 for _ in range(5)),
        "log lines of the plugin were dropped", None, "hostile"),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_it_is_stopped_and_told_by_name(server, what):
    attack, text, kind, name = ATTACKS[what]
    revive(server)
    before = status(server, name)["refused"].get(kind, 0)
    assert attack(server) in (None, True)
    text = text.format(pid=server.process.pid, folder=server.folder)
    if "dropped" in text:
        waiting.until(lambda: any(text in line and "plugin=hostile" in line for line in server.log.splitlines()), text, 30)
        return
    lines = waiting.until(lambda: told(server, text, name), text, 30, 0.1)
    # Those of the sandbox are warnings with the process; the ends and answers are errors already.
    if kind not in (None, "storage", "answer"):
        assert all("warn" in line.lower() and re.search(r"pid=\d+", line) for line in lines), lines
        assert all("6.6.6" in line for line in lines)
    if kind:
        waiting.until(lambda: status(server, name)["refused"].get(kind, 0) > before, f"{kind} is counted", 5)
        now = status(server, name)
        assert now["times_refused"] == sum(now["refused"].values())
    revive(server)


def test_the_end_for_a_forbidden_call_names_it(server):
    revive(server)
    fatal(server, "unshare", 0x10000000)
    text = "system call that the sandbox forbids: unshare"
    waiting.until(lambda: text in (status(server, "hostile")["last_end"] or ""), "its end is told", 5)


def test_a_flood_of_refused_calls_floods_nothing(server):
    revive(server)
    before, counted = len(server.log), status(server, "hostile")["refused"].get("socket", 0)
    assert attempt(server, "refusals", most=1_000) == 0
    waiting.until(
        lambda: any("more times within" in line and "socket" in line for line in server.log[before:].splitlines()),
        "the sum is told", 30, 0.2)
    lines = [line for line in server.log[before:].splitlines() if "socket" in line and "plugin=hostile" in line]
    assert len(lines) <= 4, lines
    assert status(server, "hostile")["refused"]["socket"] == counted + 1_000


def test_every_listener_belongs_to_a_process(server):
    """None is left of those that ended above."""
    revive(server)
    rude(server)

    def listeners():
        found = []
        for entry in os.scandir(f"/proc/{server.process.pid}/fd"):
            try:
                found.append(os.readlink(entry.path))
            except FileNotFoundError:
                continue
        return sum("seccomp" in target for target in found)

    def running():
        return sum(one["state"] == "running" for one in data(server.api.get("sys/plugins/status"))["plugins"])

    waiting.until(lambda: listeners() == running(), "as many as processes", 10)
    tasks = Path(f"/proc/{server.process.pid}/task")
    assert [task.read_text() for task in tasks.glob("*/comm")].count("coffer-refusals\n") == 1


def test_the_cli_and_the_metrics_show_it(server):
    revive(server)
    call(server, "socket", int(socket.AF_INET), 1, 0)
    table = server.cli().ok("plugin", "list", "-detailed")
    assert "Refused" in table and "socket:" in table
    gauges = server.api.get("sys/metrics").json()["Gauges"]
    found = [gauge for gauge in gauges if gauge["Name"].endswith("plugins.times_refused")]
    assert any(gauge["Labels"].get("plugin") == "hostile" and gauge["Value"] > 0 for gauge in found)


def test_engines_that_behave_are_refused_nothing(servers):
    """What comes with the server tries nothing that it may not, or nobody would read these lines."""
    server = servers.durable()
    path = server.mount(2)
    assert server.api.post(f"{path}/data/x", {"data": {"n": 1}}).status_code == 200
    for kind in ("transit", "pki", "database"):
        assert server.api.post(f"sys/mounts/quiet-{kind}", {"type": kind}).status_code == 204
    for kind in ("approle", "userpass", "kubernetes"):
        assert server.api.post(f"sys/auth/quiet-{kind}", {"type": kind}).status_code == 204
    assert server.api.post("quiet-transit/keys/x").status_code < 300
    assert server.api.post("quiet-pki/root/generate/internal", {"common_name": "x.test"}).status_code < 300
    for one in data(server.api.get("sys/plugins/status"))["plugins"]:
        assert one["refused"] == {} and one["times_refused"] == 0, one
    assert "refused" not in server.log
