"""`coffer plugin run`: a plugin on a server of its own, as its author sees it."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from support import waiting
from support.api import API, data, errors
from support.cli import CLI, binary
from support.processes import descendants


class Run:
    """The command, its output as it comes, and its end."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.home = folder / "home"
        self.home.mkdir()
        self.out, self.err = folder / "out.txt", folder / "err.txt"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.temporary)}
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                [binary("coffer"), "plugin", "run", "-dev-listen-address=127.0.0.1:0", *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, cwd=folder, start_new_session=True)

    @property
    def output(self):
        return self.out.read_text() + self.err.read_text(errors="replace")

    def ready(self):
        waiting.until(
            lambda: "below:" in self.out.read_text() or self.process.poll() is not None, "it is mounted", 40)
        assert self.process.poll() is None, self.output
        text = self.out.read_text()
        self.address = re.search(r"COFFER_ADDR='([^']+)'", text)[1]
        self.token = re.search(r"COFFER_TOKEN='([^']+)'", text)[1]
        self.example = re.search(r"(path-help \S+)", text)[1].split()
        self.api = API(self.address, self.token)
        return self

    def end(self, number=signal.SIGINT):
        """As Ctrl-C does; returns the exit code when nothing is left."""
        children = descendants(self.process.pid)
        self.process.send_signal(number)
        code = self.process.wait(40)
        waiting.until(lambda: not any(os.path.exists(f"/proc/{one.pid}") for one in children), "the plugin is gone", 10)
        assert not os.listdir(self.temporary) and not os.listdir(self.home), "it leaves nothing behind"
        return code


@pytest.fixture
def run(tmp_path):
    runs = []

    def start(name, *arguments, of="TestPlugin"):
        program = tmp_path / name
        shutil.copy(binary(of), program)
        program.chmod(0o775)
        folder = tmp_path / f"run-{len(runs)}"
        folder.mkdir()
        runs.append(Run(folder, *arguments, program))
        return runs[-1]

    yield start
    for one in runs:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(10)


def test_a_secrets_engine_is_mounted_and_tried_as_the_output_says(run):
    server = run("coffer-plugin-test").ready()
    assert "mounted at test/" in server.output
    assert server.api.put("test/data/a", {"n": 1}).status_code in (200, 204)
    assert data(server.api.get("test/data/a")) == {"n": 1}
    help = CLI(server.address, server.token).ok(*server.example)
    assert "data/" in help
    assert list(data(server.api.get("sys/mounts"))) and "secret/" not in data(server.api.get("sys/mounts"))
    status = data(server.api.get("sys/plugins/status"))["plugins"]
    assert [one["name"] for one in status] == ["test"] and status[0]["sandbox"] in ("full", "partial")
    assert server.api.get("sys/seal-status", token=None).json()["storage_type"] == "inmem"
    assert server.end() == 0


def test_what_the_plugin_logs_is_shown(run):
    server = run("coffer-plugin-test").ready()
    server.api.put("test/misbehave/shout", {})
    waiting.until(lambda: "structured" in server.err.read_text(), "its line is in the log")
    assert server.end(signal.SIGTERM) == 0


def test_an_auth_method_is_found_to_be_one(run):
    server = run("coffer-plugin-auth-test", "-dev-root-token-id=root", "-path=login").ready()
    assert server.token == "root" and server.example == ["path-help", "auth/login/"]
    assert "login/" in data(server.api.get("sys/auth"))
    assert server.end() == 0


def test_options_arguments_environment_and_permissions_reach_the_plugin(run, tmp_path):
    server = run("versioned", "-type=secret", "-args=one", "-args=a b", "-env=PLUGIN_VERSION=7.7.7", "-path=deep/er").ready()
    about = data(server.api.get("deep/er/about"))
    assert about["version"] == "7.7.7" and about["arguments"] == ["one", "a b"]
    assert server.end() == 0
    readable = tmp_path / "readable"
    readable.write_text("text")
    server = run("coffer-plugin-hostile", f"-readable-path={readable}").ready()
    assert data(server.api.post("hostile/file", {"path": "/etc/passwd"}))["result"] < 0
    assert data(server.api.get("sys/plugins/catalog/secret/hostile"))["readable_paths"] == [str(readable)]
    assert server.end() == 0


@pytest.mark.parametrize("name, arguments, code, words", [
    ("coffer-plugin-exits", [], 1, "does not answer as a plugin does"),
    ("coffer-plugin-exits", ["-type=secret"], 1, "exited with code 3"),
    ("coffer-plugin-test", ["-type=auth"], 1, "not of the kind"),
    ("coffer-plugin-test", ["-path=sys"], 1, "Error mounting the plugin"),
    ("not a name", [], 1, "does not answer as a plugin does"),
    ("not a name", ["-type=secret"], 1, "letters, digits"),
])
def test_what_cannot_be_tried_is_said_and_leaves_nothing(run, name, arguments, code, words):
    one = run(name, *arguments)
    assert one.process.wait(60) == code, one.output
    assert words in one.output, one.output
    assert not os.listdir(one.temporary) and not os.listdir(one.home)


def test_a_program_that_is_none_is_refused(run, tmp_path):
    assert "No such file" in CLI().fails(1, "plugin", "run", tmp_path / "absent")
    assert "not a regular file" in CLI().fails(1, "plugin", "run", tmp_path)
    (tmp_path / "text").write_text("text")
    assert "may read and execute" in CLI().fails(1, "plugin", "run", tmp_path / "text")
    CLI().fails(1, "plugin", "run")


def test_a_token_of_the_users_own_is_neither_used_nor_replaced(run):
    server = run("coffer-plugin-test")
    (server.home / ".vault-token").write_text("precious")
    server.ready()
    assert (server.home / ".vault-token").read_text() == "precious"
    errors(API(server.address, "precious").get("sys/mounts"), 403)
    (server.home / ".vault-token").unlink()
    assert server.end() == 0
