"""The plugins of Examples/, built as their READMEs say, tried by the conformance suite, and used on a server."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import waiting
from support.api import data, errors
from support.cli import CLI
from support.examples import REPOSITORY, SCHEMA, register, run


@pytest.fixture
def server(servers, examples):
    server = servers.dev(arguments=[f"-dev-plugin-dir={examples.folder}"]).start()
    return register(server, examples.folder)


@pytest.mark.parametrize("name, kind", [("checkout", "secret"), ("onetime", "secret"), ("redis-acl", "database")])
def test_an_example_keeps_to_the_protocol(examples, name, kind):
    report = CLI().json("plugin", "test", examples.folder / f"coffer-plugin-{name}")
    assert report["failed"] == 0 and report["left_out"] == 0
    assert report["passed"] == len(report["cases"]) > 40
    assert report["plugin"]["name"] == name and report["plugin"]["type"] == kind


def test_a_plugin_with_a_mistake_is_found_out(examples, tmp_path):
    """The Python example with one line less each: what it breaks, the suite names."""
    source = REPOSITORY / "Examples/python-plugin"

    def report(file, line, instead):
        folder = tmp_path / "plugin"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        text = (folder / "onetime" / file).read_text()
        assert line in text
        (folder / "onetime" / file).write_text(text.replace(line, instead))
        run(examples.python, folder / "build.py", "--schema", SCHEMA)
        program = folder / "build/coffer-plugin-onetime"
        done = CLI().run("plugin", "test", "-format=json", "-timeout=2s", program)
        assert done.returncode == 2, done.stdout + done.stderr
        return json.loads(done.stdout)

    def findings(report):
        return [finding for case in report["cases"] for finding in case["findings"]]

    found = findings(report("storage.py", "call.commit.preconditions.add(key=key, revision=entry.revision)", "pass"))
    assert {"paragraph": "Storage", "what": "a commit that is not conditional on an entry that was read for it"} in found

    found = findings(report("lane.py", "if waiting.deadline <= now:", "if False:"))
    assert any(finding["paragraph"] == "Deadline" for finding in found)

    found = findings(report("lane.py", 'max_calls_in_flight=MOST_CALLS', 'max_calls_in_flight=0'))
    assert found == [{"paragraph": "Limits", "what": "helloReply takes 0 calls in flight"}]


def test_accounts_are_lent_and_come_back_with_their_leases(server):
    api = server.api
    assert api.post("sys/mounts/shared", {"type": "checkout"}).status_code == 204
    accounts = {"ci-1": "one", "ci-2": "two"}
    assert api.post("shared/sets/ci", {"accounts": accounts, "ttl": "10m"}).status_code == 204

    # However many ask at once, each account is given to one.
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.client("root").post("shared/check-out/ci"), range(8)))
    given = [answer.json() for answer in answers if answer.status_code == 200]
    assert sorted(answer["data"]["username"] for answer in given) == ["ci-1", "ci-2"]
    assert all(answer["data"]["password"] == accounts[answer["data"]["username"]] for answer in given)
    assert all(answer["lease_id"].startswith("shared/check-out/ci/") for answer in given)
    assert all(answer["renewable"] and answer["lease_duration"] == 600 for answer in given)
    assert "checked out" in errors(api.post("shared/check-out/ci"), 400)

    cli = server.cli()
    cli.ok("lease", "renew", given[0]["lease_id"])
    cli.ok("lease", "revoke", "-sync", given[0]["lease_id"])
    states = data(api.get("shared/sets/ci"))["accounts"]
    assert sorted(states.values()) == ["checked out", "free"]
    assert states[given[0]["data"]["username"]] == "free"

    # An account whose lease ends by itself comes back too, and those of a disabled mount are ended.
    assert data(api.post("shared/check-out/ci", {"ttl": "1s"}))["username"] == given[0]["data"]["username"]
    waiting.until(
        lambda: "free" in data(api.get("shared/sets/ci"))["accounts"].values(), "the lease ends by itself", 20)
    assert api.delete("sys/mounts/shared").status_code == 204
    assert errors(api.put("sys/leases/lookup", {"lease_id": given[1]["lease_id"]}), 400)


def test_a_note_is_read_once_however_many_ask(server):
    client = server.hvac()
    client.sys.enable_secrets_engine("onetime", path="notes")
    client.write("notes/notes/door", note="4711")
    assert client.list("notes/notes")["data"]["keys"] == ["door"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.client("root").get("notes/notes/door"), range(16)))
    read = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert read == [{"note": "4711", "reads_left": 0}]
    assert {answer.status_code for answer in answers} == {200, 404}

    cli = server.cli()
    cli.ok("write", "notes/notes/twice", "note=x", "reads=2")
    assert cli.ok("read", "-field=note", "notes/notes/twice") == "x"
    assert "there is a note of that name" in errors(server.api.post("notes/notes/twice", {"note": "y"}), 400)
    assert "name" in errors(server.api.post("notes/notes/a%20b", {"note": "y"}), 400)
    assert "notes/:name" in cli.ok("path-help", "notes/notes/twice")


def test_an_example_outlives_a_crash_of_its_process(server):
    api = server.api
    assert api.post("sys/mounts/notes", {"type": "onetime"}).status_code == 204
    assert api.post("notes/notes/a", {"note": "kept"}).status_code == 204
    before = [child for child in server.plugins if "onetime" in " ".join(arguments(child.pid))]
    for child in before:
        child.signal(9)
    waiting.until(lambda: not any(child.alive for child in before), "the process is gone")
    waiting.until(lambda: api.list("notes/notes").status_code == 200, "another one serves", 20)
    assert data(api.get("notes/notes/a"))["note"] == "kept"


def arguments(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except FileNotFoundError:
        return []
