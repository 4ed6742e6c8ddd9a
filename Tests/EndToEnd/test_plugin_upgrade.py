"""Another version of a plugin takes a mount over while clients use it, or does not and nobody notices."""

import http.client
import json
import threading
import time

import pytest

from support import waiting
from support.api import data, errors
from support.catalog import register

CONNECTIONS = 32


@pytest.fixture
def server(servers, plugins):
    """A server with a mount of version 1.0.0 at `own/`."""
    plugins.add("versioned")
    server = servers.durable(extra=plugins.setting)
    server.folder_of_plugins = plugins
    version(server, "1.0.0")
    assert server.api.post("sys/mounts/own", {"type": "versioned", "plugin_version": "1.0.0"}).status_code == 204
    return server


def version(server, number, *arguments, says=None):
    register(
        server, "versioned", server.folder_of_plugins.digest("versioned"), version=number, args=list(arguments),
        env=[f"PLUGIN_VERSION={says or number}"])


def tune(server, number):
    return server.api.post("sys/mounts/own/tune", {"plugin_version": number}, timeout=60)


def about(server):
    return data(server.api.get("own/about"))


def mounted(server):
    return data(server.api.get("sys/mounts/own"))


class Load:
    """Clients that read and write on connections of their own, and note what was not as it should be."""

    def __init__(self, server):
        self.server, self.failures, self.counts = server, [], [0] * CONNECTIONS
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(CONNECTIONS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        waiting.until(lambda: all(self.counts), "every client has had an answer")
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(30)

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        head = {"X-Vault-Token": self.server.root_token, "Content-Type": "application/json"}
        while not self.ending.is_set():
            written = self.counts[number]
            try:
                connection.request("PUT", f"/v1/own/data/{number}", json.dumps({"n": written}), head)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 204:
                    self.failures.append((answer.status, body))
                connection.request("GET", f"/v1/own/data/{number}", headers=head)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or json.loads(body)["data"] != {"n": written}:
                    self.failures.append((answer.status, body, written))
            except OSError as problem:
                self.failures.append(problem)
                return
            self.counts[number] += 1

    def goes_on(self):
        """Waits until every client has had answers to requests that it has not sent yet."""
        before = list(self.counts)
        waiting.until(lambda: all(now > then + 1 for now, then in zip(self.counts, before)), "all clients go on", 30)


def test_no_request_fails_while_another_version_takes_over(server):
    assert about(server)["version"] == "1.0.0"
    old = {plugin.pid for plugin in server.plugins}
    version(server, "1.1.0")
    with Load(server) as load:
        answer = tune(server, "1.1.0")
        assert answer.status_code == 204, answer.text
        assert about(server)["version"] == "1.1.0"
        load.goes_on()
        waiting.until(lambda: len(server.plugins) == 1, "the old process ends", 30)
        load.goes_on()
    assert not load.failures, load.failures[:5]
    assert mounted(server)["running_plugin_version"] == "v1.1.0" and server.plugins[0].pid not in old
    assert "upgrade_failure" not in mounted(server)
    server.restart().unseal()
    assert about(server)["version"] == "1.1.0"


def test_no_request_fails_while_a_plugin_is_reloaded(server):
    with Load(server) as load:
        for _ in range(3):
            assert server.api.put("sys/plugins/reload/backend", {"plugin": "versioned"}).json()["warnings"] in (None, [])
            load.goes_on()
        waiting.until(lambda: len(server.plugins) == 1, "the old processes end", 30)
    assert not load.failures, load.failures[:5]


def test_a_call_that_the_old_process_has_begun_is_finished_there(server):
    version(server, "1.1.0")
    answers = []
    slow = threading.Thread(target=lambda: answers.append(server.api.get("own/slow/8000", timeout=30)))
    slow.start()
    waiting.until(lambda: any(plugin["calls_in_flight"] for plugin in status(server)), "the call is under way")
    assert tune(server, "1.1.0").status_code == 204
    assert about(server)["version"] == "1.1.0"
    slow.join(30)
    assert answers[0].status_code == 200 and data(answers[0])["version"] == "1.0.0"
    waiting.until(lambda: len(server.plugins) == 1, "the old process ends", 30)


def status(server):
    return [plugin for plugin in data(server.api.get("sys/plugins/status"))["plugins"] if plugin["name"] == "versioned"]


@pytest.mark.parametrize("arguments, says, words", [
    (["exits"], None, "exited"),
    ([], "9.9.9", "registered as v1.1.0"),
    (["refuses"], None, "this version refuses every mount"),
    (["dies", "100"], None, "did not take the mount over"),
], ids=["exits", "another version", "refuses the mount", "dies at once"])
def test_a_version_that_does_not_take_the_mount_over_changes_nothing(server, arguments, says, words):
    pid = about(server)["pid"]
    version(server, "1.1.0", *arguments, says=says)
    with Load(server) as load:
        message = errors(tune(server, "1.1.0"), 400)
        assert words in message and "goes on with version v1.0.0" in message
        load.goes_on()
    assert not load.failures, load.failures[:5]
    assert about(server)["pid"] == pid
    mount = mounted(server)
    assert (mount["plugin_version"], mount["running_plugin_version"]) == ("v1.0.0", "v1.0.0")
    assert words in mount["upgrade_failure"]
    server.logs(words)
    waiting.until(lambda: len(server.plugins) == 1, "the new process is gone", 20)
    version(server, "1.2.0")
    assert tune(server, "1.2.0").status_code == 204
    assert "upgrade_failure" not in mounted(server) and about(server)["version"] == "1.2.0"


def test_a_version_that_never_says_hello_changes_nothing(server):
    version(server, "1.1.0", "mute")
    began = time.monotonic()
    assert "handshake" in errors(tune(server, "1.1.0"), 400)
    assert time.monotonic() - began < 30
    assert about(server)["version"] == "1.0.0"


def test_a_version_that_ends_in_its_first_seconds_is_rolled_back(server):
    version(server, "1.1.0", "dies", "2500")
    assert tune(server, "1.1.0").status_code == 204
    assert about(server)["version"] == "1.1.0"
    waiting.until(lambda: mounted(server)["running_plugin_version"] == "v1.0.0", "the old version serves again", 20)
    assert about(server)["version"] == "1.0.0"
    mount = waiting.until(
        lambda: (mount := mounted(server))["plugin_version"] == "v1.0.0" and mount, "the mount asks for it", 5)
    assert "was given up" in mount["upgrade_failure"]
    server.logs("was given up")
    waiting.until(lambda: len(server.plugins) == 1, "the new process is gone", 20)
    server.restart().unseal()
    assert about(server)["version"] == "1.0.0"


def test_a_mount_whose_version_is_broken_can_be_given_another(server):
    """Also when it was never open since the start of the server."""
    version(server, "1.1.0")
    assert tune(server, "1.1.0").status_code == 204
    waiting.until(lambda: len(server.plugins) == 1, "the old process ends", 30)
    version(server, "1.1.0", "exits")
    server.restart().unseal()
    errors(server.api.get("own/about"), 503)
    assert tune(server, "1.0.0").status_code == 204
    assert about(server)["version"] == "1.0.0"
