"""What was acknowledged stays, whatever happens to the process."""

import os
import shutil
import struct
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import lmdb
import pytest
import requests

from support import waiting
from support.api import data, errors
from support.server import configured_server, unique


def test_a_restart_keeps_data_policies_mounts_and_tokens(servers):
    server = servers.durable(shares=3, threshold=2)
    mount = server.mount(2)
    server.api.post(f"{mount}/data/a/b", {"data": {"n": 1}})
    server.api.post(f"{mount}/data/a/b", {"data": {"n": 2}})
    server.api.post(f"{mount}/config", {"max_versions": 5})
    server.api.post(f"sys/mounts/{mount}/tune", {"default_lease_ttl": "10m", "description": "kept"})
    policy = server.policy(f'path "{mount}/data/*" {{ capabilities = ["read"] }}')
    token = server.token_with(policy, ttl="1h")
    cluster = server.api.get("sys/health").json()["cluster_id"]

    server.restart()
    assert server.api.get("sys/seal-status").json()["sealed"] is True
    errors(server.api.get(f"{mount}/data/a/b", token=token), 503)
    server.unseal()

    read = data(server.api.get(f"{mount}/data/a/b", token=token))
    assert read["data"] == {"n": 2} and read["metadata"]["version"] == 2
    assert data(server.api.get(f"{mount}/data/a/b", params={"version": 1}))["data"] == {"n": 1}
    errors(server.api.post(f"{mount}/data/a/b", {"data": {}}, token=token), 403)
    assert data(server.api.get(f"{mount}/config"))["max_versions"] == 5
    entry = data(server.api.get(f"sys/mounts/{mount}"))
    assert entry["config"]["default_lease_ttl"] == 600 and entry["description"] == "kept"
    assert server.api.get("sys/health").json()["cluster_id"] == cluster


def test_what_was_ended_before_a_restart_is_ended_after_it(servers):
    server = servers.durable()
    revoked, short, limited = (
        server.token_with("default"), server.token_with("default", ttl="2s"), server.token_with("default", num_uses=2))
    child_policy = server.policy('path "auth/token/create" { capabilities = ["update"] }')
    parent = server.token_with(child_policy)
    child = server.api.post("auth/token/create", {}, token=parent).json()["auth"]["client_token"]
    server.api.post("auth/token/revoke", {"token": revoked})
    assert server.api.get("auth/token/lookup-self", token=limited).status_code == 200
    mount = server.mount(2)
    server.api.post(f"{mount}/data/x", {"data": {}})
    server.api.delete(f"sys/mounts/{mount}")
    server.kill()
    server.start().unseal()
    errors(server.api.get("auth/token/lookup-self", token=revoked), 403)
    errors(server.api.get(f"{mount}/data/x"), 404)
    assert server.api.get("auth/token/lookup-self", token=limited).status_code == 200
    errors(server.api.get("auth/token/lookup-self", token=limited), 403)
    waiting.until(
        lambda: server.api.get("auth/token/lookup-self", token=short).status_code == 403, "the short one ends", 5)
    assert server.api.get("auth/token/lookup-self", token=child).status_code == 200
    server.api.post("auth/token/revoke", {"token": parent})
    errors(server.api.get("auth/token/lookup-self", token=child), 403)


def test_a_kill_under_a_write_load_loses_no_acknowledged_write(servers):
    server = servers.durable()
    mount = server.mount(2)
    server.api.post(f"{mount}/config", {"max_versions": 3})
    writers = [Writer(mount, number) for number in range(6)]
    for round_number in range(4):
        before = sum(writer.acknowledged for writer in writers)
        stop = threading.Event()
        client = server.client(server.root_token)
        threads = [threading.Thread(target=w.run, args=(client.address, client.token, stop)) for w in writers]
        for thread in threads:
            thread.start()
        enough = 60 * (round_number + 1)
        waiting.until(
            lambda: sum(writer.acknowledged for writer in writers) - before >= enough, "there is a write load", 30)
        server.kill()
        stop.set()
        for thread in threads:
            thread.join(20)
        server.start().unseal()
        for writer in writers:
            writer.check(server)


class Writer:
    """Writes one secret again and again, and new secrets beside it, and remembers what was acknowledged."""

    def __init__(self, mount, number):
        self.mount, self.number = mount, number
        self.sent = self.acknowledged = 0
        self.version = 0
        self.unacknowledged = set()

    def run(self, address, token, stop):
        with requests.Session() as session:
            session.trust_env = False
            session.headers["X-Vault-Token"] = token
            while not stop.is_set():
                self.sent += 1
                try:
                    own = session.post(
                        f"{address}/v1/{self.mount}/data/own-{self.number}", json={"data": {"n": self.sent}}, timeout=10)
                    new = session.post(
                        f"{address}/v1/{self.mount}/data/{self.number}/{self.sent}", json={"data": {"n": self.sent}},
                        timeout=10)
                except requests.exceptions.RequestException:
                    return
                if (own.status_code, new.status_code) != (200, 200):
                    return
                self.version = own.json()["data"]["version"]
                self.acknowledged = self.sent

    def check(self, server):
        own = data(server.api.get(f"{self.mount}/data/own-{self.number}"))
        assert own["data"]["n"] >= self.acknowledged, "an acknowledged write is gone"
        assert own["metadata"]["version"] >= self.version
        keys = set(data(server.api.list(f"{self.mount}/metadata/{self.number}"))["keys"])
        acknowledged = {str(n) for n in range(1, self.acknowledged + 1)}
        # Rounds that were cut off have numbers that nobody acknowledged.
        missing = {n for n in acknowledged - keys if int(n) not in self.unacknowledged}
        assert not missing, f"acknowledged writes are gone: {sorted(missing, key=int)[:10]}"
        newest = data(server.api.get(f"{self.mount}/data/{self.number}/{self.acknowledged}"))
        assert newest["data"] == {"n": self.acknowledged}
        if self.sent > self.acknowledged:
            self.unacknowledged |= set(range(self.acknowledged + 1, self.sent + 1))


def test_a_kill_during_tokens_and_mounts_leaves_a_store_that_opens(servers):
    server = servers.durable()
    acknowledged = []

    def work(client):
        try:
            while True:
                path = unique("kv")
                if client.post(f"sys/mounts/{path}", {"type": "kv", "options": {"version": "2"}}).status_code != 204:
                    return
                made = client.post("auth/token/create", {"policies": ["default"]})
                if made.status_code != 200:
                    return
                acknowledged.append((path, made.json()["auth"]["client_token"]))
        except requests.exceptions.RequestException:
            return

    threads = [threading.Thread(target=work, args=(server.client(server.root_token),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    waiting.until(lambda: len(acknowledged) >= 12, "there is some work", 60)
    server.kill()
    for thread in threads:
        thread.join(20)
    server.start().unseal()
    mounts = data(server.api.get("sys/mounts"))
    for path, token in acknowledged:
        assert f"{path}/" in mounts
        assert server.api.get("auth/token/lookup-self", token=token).status_code == 200


def test_a_wrong_unseal_key_opens_nothing_after_a_restart(servers):
    server = servers.durable()
    server.restart()
    errors(server.api.put("sys/unseal", {"key": "22" * 32}), 400)
    errors(server.api.get("sys/mounts"), 503)
    assert server.unseal().api.get("sys/mounts").status_code == 200


def test_a_second_server_on_the_same_store_is_refused_and_the_first_goes_on(servers):
    first = servers.durable()
    second = servers.configured("second", storage=f'storage "lmdb" {{ path = "{first.folder}/store" }}')
    code, output = second.expect_refusal()
    assert code == 1 and str(first.folder / "store") in output
    assert "another process" in output or "in use" in output
    assert first.api.get("sys/mounts").status_code == 200


@pytest.fixture
def public_folder():
    """A folder that every user may enter; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="coffer-e2e-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_store_folder_that_cannot_be_written_is_named(public_folder):
    store = public_folder / "store"
    store.mkdir(mode=0o555)
    # Permissions do not hold root back.
    user = 65534 if os.geteuid() == 0 else None
    server = configured_server(public_folder / "server", storage=f'storage "lmdb" {{ path = "{store}" }}', user=user)
    code, output = server.expect_refusal()
    assert code == 1 and str(store) in output and "Permission denied" in output


def test_a_store_path_that_is_a_file_is_named(servers, tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    for path in (file, file / "below"):
        server = servers.configured(unique("bad"), storage=f'storage "lmdb" {{ path = "{path}" }}')
        code, output = server.expect_refusal()
        assert code == 1 and str(path) in output


def test_a_full_store_says_so_goes_on_reading_and_takes_writes_after_deletes(servers):
    server = servers.durable(storage_extra="  map_size_bytes = 2097152")
    mount = server.mount(2)
    secret = {"data": {"big": "x" * 20_000}}
    written = []
    for number in range(400):
        answer = server.api.post(f"{mount}/data/k{number}", secret)
        if answer.status_code != 200:
            break
        written.append(number)
    assert len(written) > 20, answer.text
    assert answer.status_code >= 500
    assert "full" in errors(answer, answer.status_code).lower()
    # Other writes fail as clearly, reads do not.
    for number in written:
        assert data(server.api.get(f"{mount}/data/k{number}"))["data"] == secret["data"]
    assert data(server.api.list(f"{mount}/metadata"))["keys"]
    assert server.api.get("sys/health").status_code == 200
    for number in written[:10]:
        assert server.api.delete(f"{mount}/metadata/k{number}").status_code == 204
    waiting.until(
        lambda: server.api.post(f"{mount}/data/again", secret).status_code == 200, "there is room again", 5)
    # And all of that is still so after a restart.
    server.restart().unseal()
    assert data(server.api.get(f"{mount}/data/again"))["data"] == secret["data"]
    assert data(server.api.get(f"{mount}/data/k{written[-1]}"))["data"] == secret["data"]


def test_a_full_store_can_be_given_more_room(servers):
    server = servers.durable(storage_extra="  map_size_bytes = 1048576")
    mount = server.mount(2)
    number = 0
    while server.api.post(f"{mount}/data/k{number}", {"data": {"big": "x" * 20_000}}).status_code == 200:
        number += 1
        assert number < 200
    server.terminate()
    config = server.folder / "config.hcl"
    config.write_text(config.read_text().replace("1048576", "8388608"))
    server.start().unseal()
    assert server.api.post(f"{mount}/data/more", {"data": {"big": "x" * 20_000}}).status_code == 200
    assert server.api.get(f"{mount}/data/k{number - 1}").status_code == 200


def test_a_store_of_a_newer_version_is_refused_and_left_alone(servers):
    server = servers.durable()
    server.terminate()
    store = server.folder / "store"
    with lmdb.open(str(store), max_dbs=4, map_size=1 << 30) as environment:
        meta = environment.open_db(b"meta", create=False)
        with environment.begin(db=meta, write=True) as transaction:
            assert struct.unpack(">Q", transaction.get(b"format")) == (1,)
            transaction.put(b"format", struct.pack(">Q", 99))
    before = (store / "data.mdb").read_bytes()
    code, output = server.expect_refusal()
    assert code == 1 and "newer" in output and "99" in output
    assert (store / "data.mdb").read_bytes() == before


def test_a_folder_of_another_lmdb_program_is_refused_and_left_alone(servers, tmp_path):
    folder = tmp_path / "foreign"
    with lmdb.open(str(folder), max_dbs=4) as environment:
        with environment.begin(db=environment.open_db(b"theirs"), write=True) as transaction:
            transaction.put(b"a", b"b")
    before = (folder / "data.mdb").read_bytes()
    server = servers.configured(storage=f'storage "lmdb" {{ path = "{folder}" }}')
    code, output = server.expect_refusal()
    assert code == 1 and "another program" in output
    assert (folder / "data.mdb").read_bytes() == before


def test_a_store_of_rubbish_is_refused(servers, tmp_path):
    folder = tmp_path / "rubbish"
    folder.mkdir()
    (folder / "data.mdb").write_bytes(b"not a database at all" * 1000)
    server = servers.configured(storage=f'storage "lmdb" {{ path = "{folder}" }}')
    code, output = server.expect_refusal()
    assert code == 1 and output.strip()


def test_a_damaged_entry_is_an_error_and_not_a_secret(servers):
    server = servers.durable()
    sound, damaged = server.mount(2), server.mount(2)
    for mount in (sound, damaged):
        server.api.post(f"{mount}/data/x", {"data": {"n": 1}})
    prefix = storage_prefix(server, damaged)
    server.terminate()
    with entries(server) as transaction:
        touched = [(key, value) for key, value in transaction.cursor() if prefix in key]
        assert touched
        for key, value in touched:
            transaction.put(key, value[:-1] + bytes([value[-1] ^ 1]))
    server.start().unseal()
    answer = server.api.get(f"{damaged}/data/x")
    assert answer.status_code == 500 and "n" not in answer.json().get("data", {})
    assert data(server.api.get(f"{sound}/data/x"))["data"] == {"n": 1}
    assert server.api.get("sys/mounts").status_code == 200


def test_an_entry_moved_to_another_name_is_not_taken_for_it(servers):
    server = servers.durable()
    mine, yours = server.mount(1), server.mount(1)
    server.api.put(f"{mine}/x", {"whose": "mine"})
    server.api.put(f"{yours}/x", {"whose": "your"})
    from_prefix, to_prefix = storage_prefix(server, yours), storage_prefix(server, mine)
    server.terminate()
    with entries(server) as transaction:
        pairs = dict(transaction.cursor())
        moved = 0
        for key in pairs:
            source = key.replace(to_prefix, from_prefix)
            if source != key and source in pairs:
                transaction.put(key, pairs[source])
                moved += 1
        assert moved
    server.start().unseal()
    answer = server.api.get(f"{mine}/x")
    assert answer.status_code == 500 and "your" not in answer.text
    assert data(server.api.get(f"{yours}/x")) == {"whose": "your"}


def storage_prefix(server, mount):
    """What the names of a mount's entries have in common; the mount's own entry is not among them."""
    return b"/" + data(server.api.get("sys/mounts"))[f"{mount}/"]["uuid"].encode() + b"/"


@contextmanager
def entries(server):
    """The store's entries, to be tampered with."""
    with lmdb.open(str(server.folder / "store"), max_dbs=4, map_size=1 << 35) as environment:
        with environment.begin(db=environment.open_db(b"entries", create=False), write=True) as transaction:
            yield transaction


def test_no_secret_is_in_the_store_in_plain(durable):
    mount = durable.mount(2, description="a plain description")
    durable.api.post(f"{mount}/data/x", {"data": {"password": "correct-horse-battery"}})
    durable.policy('path "a-very-special-path" { capabilities = ["read"] }', "some-policy")
    durable.terminate()
    stored = b"".join(file.read_bytes() for file in (durable.folder / "store").iterdir())
    assert len(stored) > 4096
    for text in ("correct-horse-battery", "password", "a-very-special-path", "a plain description"):
        assert text.encode() not in stored, text


def test_the_files_of_the_store_are_private(durable):
    store = durable.folder / "store"
    assert store.stat().st_mode & 0o077 == 0
    for file in store.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_storage_file_is_another_name_with_a_notice(servers, tmp_path):
    server = servers.configured(storage=f'storage "file" {{ path = "{tmp_path}/vault-data" }}').start()
    assert "storage" in server.output and '"lmdb"' in server.output
    server.initialize()
    server.unseal()
    assert (tmp_path / "vault-data" / "data.mdb").exists()
