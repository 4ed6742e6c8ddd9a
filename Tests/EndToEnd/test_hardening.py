"""Attacks that do not belong to one part: memory, load, what must not be answered in plain."""

import json
import threading

import pytest
import requests

from support import waiting
from support.api import data, errors
from support.raw import Connection, head, request
from support.server import unique


def test_a_wish_for_a_wrapped_answer_is_never_answered_in_plain(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"password": "hunter2"}})
    for value in ("60", "5m", "1s", "0.5s"):
        answer = shared.api.get(f"{kv}/data/x", headers={"X-Vault-Wrap-TTL": value})
        assert "hunter2" not in answer.text, value
        if answer.status_code == 200:
            assert answer.json()["wrap_info"]["token"]
    for value in ("nonsense", "-5", "1x"):
        errors(shared.api.get(f"{kv}/data/x", headers={"X-Vault-Wrap-TTL": value}), 400)
    made = shared.api.post("auth/token/create", {"policies": ["default"]}, headers={"X-Vault-Wrap-TTL": "60"})
    assert "hvs." not in made.text or made.json()["wrap_info"]


def test_a_write_that_wants_a_wrapped_answer_is_not_done_if_that_cannot_be_had(shared, kv):
    answer = shared.api.post(f"{kv}/data/x", {"data": {"a": 1}}, headers={"X-Vault-Wrap-TTL": "60"})
    if answer.status_code != 200:
        assert shared.api.get(f"{kv}/data/x").status_code == 404


def test_a_batch_token_is_one_or_is_refused(shared):
    answer = shared.api.post("auth/token/create", {"type": "batch", "policies": ["default"]})
    if answer.status_code == 200:
        assert answer.json()["auth"]["client_token"].startswith("hvb.")
    else:
        errors(answer, 400)


def test_rotating_the_key_keeps_what_was_written_before_and_after(servers):
    server = servers.durable()
    mount = server.mount(2)
    server.api.post(f"{mount}/data/before", {"data": {"n": 1}})
    term = data(server.api.get("sys/key-status"))["term"]
    assert server.api.put("sys/rotate").status_code == 204
    assert data(server.api.get("sys/key-status"))["term"] == term + 1
    server.api.post(f"{mount}/data/after", {"data": {"n": 2}})
    server.kill()
    server.start().unseal()
    assert data(server.api.get("sys/key-status"))["term"] == term + 1
    assert data(server.api.get(f"{mount}/data/before"))["data"] == {"n": 1}
    assert data(server.api.get(f"{mount}/data/after"))["data"] == {"n": 2}
    errors(server.api.put("sys/rotate", token=server.token_with("default")), 403)


def test_refused_requests_leave_no_memory_behind(servers):
    server = servers.dev().start()

    def attack():
        with requests.Session() as session:
            session.trust_env = False
            url = f"{server.address}/v1/"
            for number in range(60):
                session.post(f"{url}secret/data/x", data="[" * 200_000, headers={"X-Vault-Token": "root"})
                session.post(f"{url}secret/data/x", data=b'{"a": "' + b"\xff" * 300_000, headers={"X-Vault-Token": "root"})
                session.get(f"{url}{'a' * 4000}/{number}", headers={"X-Vault-Token": "x" * 4000})
                session.get(f"{url}auth/token/lookup-self", headers={"X-Vault-Token": f"hvs.{number}"})

    attack()
    before = server.core.resident_bytes()
    for _ in range(3):
        attack()
    assert server.core.resident_bytes() - before < 32 * 1024 * 1024


def test_a_body_of_many_strings_is_refused_before_the_audit_log_writes_a_digest_for_each(servers, tmp_path):
    """A stranger's 30 MiB of empty strings were gigabytes of digests, and seconds of the event loop."""
    server = servers.dev().start()
    log = tmp_path / "audit.log"
    server.api.post("sys/audit/file", {"type": "file", "options": {"file_path": str(log)}})
    before = server.core.resident_bytes()
    many = ",".join(["[" + ",".join(['""'] * 9_999) + "]"] * 1_000)
    for path in ("sys/wrapping/lookup", "sys/wrapping/unwrap", "sys/unseal", "secret/data/x"):
        answer = server.client("").post(path, raw=f'{{"key":[{many}]}}')
        assert "too many values" in errors(answer, 400), path
    assert log.stat().st_size < 1024 * 1024
    assert server.core.resident_bytes() - before < 256 * 1024 * 1024


def test_announced_bodies_that_never_come_take_no_memory(servers):
    server = servers.dev().start()
    before = server.core.resident_bytes()
    connections = [Connection(server.port) for _ in range(100)]
    try:
        for connection in connections:
            connection.send(head("POST", "/v1/secret/data/x", headers=[("Content-Length", str(32 * 1024 * 1024))]) + "{")
        assert server.api.get("sys/health").status_code == 200
        assert server.core.resident_bytes() - before < 64 * 1024 * 1024
    finally:
        for connection in connections:
            connection.__exit__()


def test_a_client_that_never_reads_its_answers_does_not_grow_the_server(servers):
    server = servers.dev().start()
    server.api.post("secret/data/big", {"data": {"big": "x" * 1_000_000}})
    with Connection(server.port) as connection:
        before = server.core.resident_bytes()
        connection.socket.settimeout(2)
        try:
            connection.send(head("GET", "/v1/secret/data/big") * 300)
        except TimeoutError:
            pass
        for _ in range(50):
            assert server.api.get("sys/health").status_code == 200
        assert server.core.resident_bytes() - before < 150 * 1024 * 1024


def test_a_load_of_everything_at_once_is_answered_without_errors(servers):
    server = servers.durable()
    mounts = [server.mount(2) for _ in range(3)]
    policy = server.policy('path "kv*" { capabilities = ["create", "read", "update", "delete", "list"] }')
    wrong, stop = [], threading.Event()
    done = [0] * 8

    def work(number):
        api = server.client(server.root_token)
        while not stop.is_set():
            mount, path = mounts[number % 3], f"w{number}/{done[number] % 7}"
            token = api.post("auth/token/create", {"policies": [policy]}).json()["auth"]["client_token"]
            codes = [
                api.post(f"{mount}/data/{path}", {"data": {"n": done[number]}}, token=token).status_code,
                api.get(f"{mount}/data/{path}", token=token).status_code,
                api.list(f"{mount}/metadata/w{number}", token=token).status_code,
                api.post("auth/token/revoke-self", token=token).status_code,
                api.get(f"{mount}/data/{path}", token=token).status_code,
            ]
            if codes != [200, 200, 200, 204, 403]:
                wrong.append(codes)
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        waiting.until(lambda: min(done) >= 15 or wrong, "everybody has done some work", 60)
        # Meanwhile mounts and policies come and go.
        for _ in range(3):
            path = server.mount(2, unique("temporary"))
            server.api.delete(f"sys/mounts/{path}")
            server.policy('path "x" { capabilities = ["read"] }')
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("token", ["root ", " root", "Root", "roo", "roott", "root%00", "%72oot"])
def test_a_token_is_compared_to_the_last_byte(shared, token):
    answer = request(shared.port, "GET", "/v1/sys/mounts", token=None, headers=[("X-Vault-Token", token)])
    # White space around a header's value is not part of it.
    assert answer.status == (200 if token.strip() == "root" else 403)


def test_a_tokens_unicode_equivalent_is_another_token(shared):
    name = unique("caf\u00e9")
    made = shared.api.post("auth/token/create", {"id": name, "policies": ["default"], "ttl": "1m"})
    if made.status_code != 200:
        errors(made, 400)
        return
    other = name.replace("\u00e9", "e\u0301").encode().decode("latin-1")
    answer = request(shared.port, "GET", "/v1/auth/token/lookup-self", token=None, headers=[("X-Vault-Token", other)])
    assert answer.status in (403, 400)


def test_policies_do_not_take_equivalent_characters_for_equal(shared, kv):
    shared.policy('path "x" { capabilities = ["read"] }', unique("plain"))
    token = shared.token_with(shared.policy(f'path "{kv}/data/caf\u00e9" {{ capabilities = ["read"] }}'))
    assert request(shared.port, "GET", f"/v1/{kv}/data/caf%c3%a9", token).status == 404
    assert request(shared.port, "GET", f"/v1/{kv}/data/cafe%cc%81", token).status in (400, 403)


@pytest.mark.parametrize("token", [None, "wrong", "hvs.wrong"])
def test_the_answer_to_a_stranger_says_nothing_about_what_is_there(shared, kv, token):
    shared.api.post(f"{kv}/data/there", {"data": {"a": 1}})
    answers = {
        json.dumps(json.loads(request(shared.port, method, f"/v1/{path}", token=token, body=body).body))
        for method, body in (("GET", b""), ("POST", b'{"data": {}}'), ("DELETE", b""), ("LIST", b""))
        for path in (f"{kv}/data/there", f"{kv}/data/not", "no-such-mount/x", "sys/mounts", "sys/nothing")
    }
    assert len(answers) == 1, answers
