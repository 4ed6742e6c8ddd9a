"""The engine's process: what it may see, and what its death or silence does to others."""

import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from support import waiting
from support.api import data, errors
from support.cli import binary


def kv_process(server):
    """The engine's process, once a request has started it."""
    found = [child for child in server.plugins if "kv" in child.command or "kv" in child.executable]
    assert len(found) == 1, f"one process for all KV mounts, not {found}"
    return found[0]


@pytest.fixture
def server(servers):
    server = servers.dev(environment={
        "AWS_SECRET_ACCESS_KEY": "from-the-environment", "COFFER_TOKEN": "a-token", "LD_LIBRARY_PATH": "/nowhere"})
    server.start()
    assert server.api.post("secret/data/x", {"data": {"n": 1}}).status_code == 200
    return server


def test_all_mounts_of_an_engine_share_one_process(server):
    for _ in range(5):
        mount = server.mount(2)
        server.api.post(f"{mount}/data/x", {"data": {}})
    assert "kv" in kv_process(server).command


def test_a_killed_engine_is_back_for_the_next_request(server):
    before = kv_process(server)
    before.signal(signal.SIGKILL)
    waiting.until(lambda: not before.alive, "it is dead")
    waiting.until(lambda: server.api.get("secret/data/x").status_code == 200, "the engine is back", 5)
    assert data(server.api.get("secret/data/x"))["data"] == {"n": 1}
    assert kv_process(server) != before


def test_an_engine_killed_under_load_answers_each_request_and_comes_back(server):
    def ask(number):
        api = server.client("root")
        if number % 40 == 20:
            for child in server.plugins:
                child.signal(signal.SIGKILL)
        answer = api.post(f"secret/data/k{number}", {"data": {"n": number}}, timeout=20)
        return number, answer.status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(200)))
    assert {code for _, code in answers} <= {200, 500, 502, 503}
    waiting.until(lambda: server.api.get("secret/data/x").status_code == 200, "the engine is back", 35)
    # What was acknowledged is there; what was not may be there or not, but never half.
    for number, code in answers:
        answer = server.api.get(f"secret/data/k{number}")
        if code == 200:
            assert data(answer)["data"] == {"n": number}
            assert data(answer)["metadata"]["version"] == 1, "a request was sent twice"
        else:
            assert answer.status_code in (200, 404)


def test_an_engine_that_dies_again_and_again_harms_nobody_else(server):
    refused = None
    for _ in range(6):
        for child in server.plugins:
            child.signal(signal.SIGKILL)
        began = time.monotonic()
        answer = server.api.get("secret/data/x", timeout=20)
        assert time.monotonic() - began < 10
        if answer.status_code == 503:
            refused = answer
        assert server.api.get("sys/mounts").status_code == 200
    if refused is not None:
        assert errors(refused, 503) is not None and int(refused.headers["Retry-After"]) >= 1
    waiting.until(lambda: server.api.get("secret/data/x").status_code == 200, "the engine is back", 40, 0.2)


def test_a_killed_core_takes_its_engines_with_it(server):
    children = server.kill()
    assert children
    waiting.until(lambda: not any(child.alive for child in children), "the engines end", 5)


def test_a_killed_core_takes_even_a_stopped_engine_with_it(server):
    child = kv_process(server)
    child.signal(signal.SIGSTOP)
    server.kill()
    waiting.until(lambda: not child.alive, "the engine ends", 5)


def test_an_engine_that_is_silent_is_an_error_at_the_deadline_and_stops_nobody_else(servers):
    limit = "max_request_duration = \"2s\""
    server = servers.durable(
        listeners=f'listener "tcp" {{\n address = "127.0.0.1:0"\n tls_disable = true\n {limit}\n}}\n',
        extra='default_max_request_duration = "2s"')
    mount = server.mount(2)
    server.api.post(f"{mount}/data/x", {"data": {"n": 1}})
    child = kv_process(server)
    child.signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as pool:
            began = time.monotonic()
            stuck = [pool.submit(
                server.client(server.root_token).get, f"{mount}/data/x", timeout=20) for _ in range(6)]
            for path in ("sys/mounts", "auth/token/lookup-self", "sys/health", "sys/policies/acl/default"):
                asked = time.monotonic()
                assert server.api.get(path, timeout=5).status_code == 200
                assert time.monotonic() - asked < 2
            try:
                answers = [one.result() for one in stuck]
            except requests.exceptions.Timeout:
                pytest.fail("the requests were not answered by their deadline of 2 s")
            assert time.monotonic() - began < 10
        for answer in answers:
            assert answer.status_code in (500, 503, 504), answer.text
            assert errors(answer, answer.status_code)
    finally:
        child.signal(signal.SIGCONT)
    waiting.until(lambda: server.api.get(f"{mount}/data/x", timeout=5).status_code == 200, "it answers again", 10)


def test_a_client_that_goes_away_does_not_keep_others_waiting(server):
    child = kv_process(server)
    child.signal(signal.SIGSTOP)
    try:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port)) as gone:
                gone.sendall(b"GET /v1/secret/data/x HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root\r\n\r\n")
        assert server.api.get("sys/mounts", timeout=5).status_code == 200
    finally:
        child.signal(signal.SIGCONT)
    assert server.api.get("secret/data/x", timeout=10).status_code == 200


def test_a_server_with_a_silent_engine_ends_all_the_same(servers):
    server = servers.dev().start()
    server.api.post("secret/data/x", {"data": {}})
    child = kv_process(server)
    child.signal(signal.SIGSTOP)
    assert server.terminate(seconds=20) == 0
    waiting.until(lambda: not child.alive, "the engine ends", 5)


def test_an_engine_gets_nothing_of_the_servers_environment(server):
    environment = kv_process(server).environment()
    assert all(name.startswith(b"COFFER_PLUGIN_") for name in environment), environment
    assert not any(b"from-the-environment" in value or b"a-token" in value for value in environment.values())


def test_an_engine_holds_no_descriptors_but_its_own(servers, tmp_path):
    server = servers.durable()
    mount = server.mount(2)
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
    try:
        for _ in range(20):
            server.api.post(f"{mount}/data/x", {"data": {}})
        child = kv_process(server)
        held = child.descriptors()
        lanes = int(child.environment().get(b"COFFER_PLUGIN_LANES", b"1"))
        assert set(range(3, 3 + lanes)) <= set(held)
        for number, what in held.items():
            assert what.startswith(("socket:", "pipe:", "/dev/null", "anon_inode:")), f"{number} is {what}"
        assert held[0] == "/dev/null"
        assert len(held) <= 3 + lanes + 4, held
        connections_now = Path("/proc/net/tcp").read_text().splitlines()[1:]
        tcp = {f"socket:[{line.split()[9]}]" for line in connections_now}
        assert not tcp & set(held.values()), "it holds a TCP connection"
    finally:
        for connection in connections:
            connection.close()


def test_an_engine_never_sees_the_clients_token(server):
    token = server.token_with(server.policy('path "secret/*" { capabilities = ["read", "create", "update"] }'))
    for _ in range(50):
        assert server.api.get("secret/data/x", token=token, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    child = kv_process(server)
    assert token.encode() not in memory_of(child), "the token is in the engine's memory"


def memory_of(process):
    """All that the process has written to: heap, stacks, data."""
    found = []
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            addresses, permissions = line.split()[:2]
            if not permissions.startswith("rw") or "[v" in line:
                continue
            start, end = (int(part, 16) for part in addresses.split("-"))
            try:
                memory.seek(start)
                found.append(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(found)


def test_the_memory_of_an_engine_can_be_read_by_the_test_above(server):
    secret = "a-secret-that-the-engine-does-see-00000000000000000"
    server.api.post("secret/data/seen", {"data": {"s": secret}})
    assert len(memory_of(kv_process(server))) > 100_000


def test_neither_the_core_nor_an_engine_leaves_a_core_dump(server):
    for child in (server.core, kv_process(server)):
        limits = Path(f"/proc/{child.pid}/limits").read_text()
        line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert line.split()[4:6] == ["0", "0"], child.command


def test_an_engine_that_is_used_by_nobody_any_more_does_not_stop_the_others(server):
    first, second = server.mount(2), server.mount(2)
    server.api.post(f"{second}/data/x", {"data": {"n": 1}})
    for _ in range(3):
        server.api.delete(f"sys/mounts/{first}")
        first = server.mount(1)
    assert data(server.api.get(f"{second}/data/x"))["data"] == {"n": 1}
    assert data(server.api.get("secret/data/x"))["data"] == {"n": 1}


def test_a_folder_of_plugins_adds_to_the_built_in_ones(servers, tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o700)
    shutil.copy(binary("coffer-plugin-kv"), folder / "coffer-plugin-mine")
    server = servers.dev()
    server.arguments.append(f"-dev-plugin-dir={folder}")
    server.start()
    assert server.api.post("sys/mounts/own", {"type": "mine"}).status_code == 204
    assert server.api.post("own/x", {"a": 1}).status_code == 204
    assert data(server.api.get("own/x")) == {"a": 1}
    assert server.api.post("secret/data/x", {"data": {"n": 1}}).status_code == 200
    catalog = {plugin["name"]: plugin["builtin"] for plugin in data(server.api.get("sys/plugins/catalog"))["detailed"]}
    assert not catalog.pop("mine") and all(catalog.values())
    assert {"approle", "database", "kubernetes", "kv", "pki", "transit", "userpass"} <= set(catalog)
