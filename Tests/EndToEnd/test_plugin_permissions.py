"""What a plugin's entry in the catalog declares is what it may do, and nothing else."""

import os
import shutil
import socket
import subprocess
import threading

import pytest

from support.api import data, errors
from support.catalog import register
from support.cli import binary

EPERM, EACCES = 1, 13


class Listener:
    """A port of this machine that takes connections and counts them."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.taken = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.taken += 1
            connection.close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.socket.close()


@pytest.fixture
def files(tmp_path):
    """Files that everybody may read, as far as the file system is asked."""
    folder = tmp_path / "files"
    (folder / "inside").mkdir(parents=True)
    for name in ("declared", "other", "inside/one", "inside-not"):
        (folder / name).write_text("some text")
        (folder / name).chmod(0o644)
    os.symlink(folder / "other", folder / "inside/link")
    for parent in [folder / "inside", folder, *folder.parents]:
        if str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    return folder


@pytest.fixture
def server(servers, plugins):
    server = servers.durable(extra=plugins.setting)
    server.digest = plugins.add("coffer-plugin-hostile")
    return server


def mounted(server, **permissions):
    """Registers the hostile engine with these permissions, runs it, and returns a way to ask it."""
    register(server, "hostile", server.digest, command="coffer-plugin-hostile", **permissions)
    if "hostile/" not in data(server.api.get("sys/mounts")):
        assert server.api.post("sys/mounts/hostile", {"type": "hostile"}).status_code == 204
    else:
        assert server.api.put("sys/plugins/reload/backend", {"mounts": ["hostile"]}).json()["warnings"] in (None, [])

    def attempt(what, **body):
        return data(server.api.post(f"hostile/{what}", body))["result"]

    return attempt


def length_of(path):
    return len(path.read_text())


def test_a_declared_file_is_read_and_no_other(server, files):
    attempt = mounted(server, readable_paths=[str(files / "declared")])
    assert attempt("file", path=str(files / "declared")) == length_of(files / "declared")
    for name in ("other", "inside/one"):
        assert attempt("file", path=str(files / name)) == -EACCES
    assert attempt("file", path="/etc/passwd") == -EACCES
    for flags in (os.O_WRONLY, os.O_WRONLY | os.O_TRUNC, os.O_RDWR):
        assert attempt("file", path=str(files / "declared"), flags=flags) == -EACCES
    assert (files / "declared").read_text() == "some text"


def test_a_declared_folder_is_what_lies_below_it_and_nothing_that_links_lead_to(server, files):
    attempt = mounted(server, readable_paths=[str(files / "inside")])
    assert attempt("file", path=str(files / "inside/one")) > 0
    for path in ("inside/link", "inside/../other", "inside-not", "other"):
        assert attempt("file", path=str(files / path)) == -EACCES
    made = files / "inside/new"
    assert attempt("file", path=str(made), flags=os.O_CREAT | os.O_WRONLY) == -EACCES
    assert not made.exists()


def test_a_declared_folder_that_may_be_written_is_written_and_no_other(server, files):
    (files / "inside").chmod(0o777)
    attempt = mounted(server, writable_paths=[str(files / "inside")])
    for path, flags in (("inside/new", os.O_CREAT | os.O_RDWR), ("inside/new", os.O_RDONLY)):
        assert attempt("file", path=str(files / path), flags=flags) == 0
    assert (files / "inside/new").exists()
    for path in ("new", "other"):
        assert attempt("file", path=str(files / path), flags=os.O_CREAT | os.O_WRONLY) == -EACCES


def test_who_declares_the_network_connects_and_who_does_not_does_not(server, listener):
    attempt = mounted(server)
    assert attempt("connect", port=listener.port) == -EACCES
    assert listener.taken == 0
    attempt = mounted(server, network=True)
    assert attempt("connect", port=listener.port) == 0
    # Nothing else comes with it.
    assert attempt("file", path="/etc/passwd") == -EACCES
    assert attempt("forks", most=1) == 0
    attempt = mounted(server)
    assert attempt("connect", port=listener.port) == -EACCES


def test_a_declared_memory_limit_holds(server):
    attempt = mounted(server, memory_limit=200 << 20)
    assert 50 <= attempt("memory", most=1_024) <= 260


def test_a_declared_number_of_processes_holds(server):
    attempt = mounted(server, process_limit=3)
    status = next(one for one in data(server.api.get("sys/plugins/status"))["plugins"] if one["name"] == "hostile")
    if any("processes" in gap for gap in status["sandbox_gaps"]):
        pytest.skip("nobody limits them here")
    assert 1 <= attempt("forks", most=400) <= 200


def test_permissions_are_an_operators_to_give(server, files):
    token = server.token_with(server.policy('path "sys/plugins/catalog/*" { capabilities = ["create", "update"] }'))
    body = {"sha256": server.digest, "command": "coffer-plugin-hostile", "network": True}
    errors(server.api.post("sys/plugins/catalog/secret/hostile", body, token=token), 403)


# What a program that comes with the server declares in its own file


def installed(server, folder, **declarations):
    """The server in a folder of its own, with its KV engine under other names, each declaring something."""
    folder.mkdir(mode=0o755)
    shutil.copy(binary("coffer"), folder / "coffer")
    for name, text in declarations.items():
        (folder / "text").write_text(text)
        program = folder / f"coffer-plugin-{name}"
        done = subprocess.run(
            ["objcopy", "--add-section", f"coffer.permissions={folder / 'text'}", binary("coffer-plugin-kv"), program],
            capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        program.chmod(0o755)
    server.arguments[0] = str(folder / "coffer")
    return server


def test_a_built_in_engine_that_declares_nonsense_is_not_run(servers, tmp_path):
    server = installed(
        servers.dev("own"), tmp_path / "bin", kv="read /etc/hostname\nopen-files 99\n", greedy="network\neverything\n",
        twice="network\nnetwork\n").start()
    shown = data(server.api.get("sys/plugins/catalog/secret/kv"))
    assert shown["network"] is False and shown["readable_paths"] == ["/etc/hostname"] and shown["file_limit"] == 99
    assert server.api.put("secret/data/a", {"data": {"b": "c"}}).status_code == 200
    for name in ("greedy", "twice"):
        text = errors(server.api.post(f"sys/mounts/{name}", {"type": name}), 503)
        assert "line 2 of what it declares of permissions" in text
        assert "declares" in errors(server.api.get(f"sys/plugins/catalog/secret/{name}"), 500)


def test_what_a_registered_program_declares_gives_it_nothing(servers, tmp_path, plugins):
    (tmp_path / "text").write_text("network\nread /etc/hostname\n")
    program = plugins.path / "coffer-plugin-hostile"
    subprocess.run(
        ["objcopy", "--add-section", f"coffer.permissions={tmp_path / 'text'}", binary("TestPlugin"), program], check=True)
    program.chmod(0o755)
    server = servers.durable(extra=plugins.setting)
    answer = register(server, "hostile", plugins.digest("coffer-plugin-hostile"), command="coffer-plugin-hostile")
    assert answer.json()["warnings"] == [
        "the program says that it needs more than this entry permits: network, read /etc/hostname"]
    shown = data(server.api.get("sys/plugins/catalog/secret/hostile"))
    assert shown["network"] is False and shown["readable_paths"] == []
    assert server.api.post("sys/mounts/hostile", {"type": "hostile"}).status_code == 204
    assert data(server.api.post("hostile/connect", {"port": 1}))["result"] == -EACCES
    assert data(server.api.post("hostile/file", {"path": "/etc/hostname"}))["result"] == -EACCES
