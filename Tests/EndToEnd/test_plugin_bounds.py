"""Few engine processes for many tenants: all work in turn, none is lost, nobody passes the bound."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import waiting
from support.api import data, errors
from support.catalog import register

TENANTS = [f"team{number}" for number in range(12)]
MOST = 4


def inside(namespace):
    return {"headers": {"X-Vault-Namespace": namespace}}


class Watch:
    """Looks all the time how many engine processes there are."""

    def __init__(self, server):
        self.server, self.most, self.ending = server, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ending.wait(0.002):
            self.most = max(self.most, len(self.server.plugins))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(30)


@pytest.fixture
def server(servers):
    server = servers.durable(extra=f"max_plugin_processes = {MOST}")
    for tenant in TENANTS:
        data(server.api.post(f"sys/namespaces/{tenant}", {}))
    return server


def mount(server, tenant, path="kv", version="1"):
    answer = server.api.post(f"sys/mounts/{path}", {"type": "kv", "options": {"version": version}}, **inside(tenant))
    assert answer.status_code == 204, answer.text


def write_and_read(server, tenant, value, path="kv/a", patiently=False):
    def asked(ask):
        for _ in range(20):
            answer = ask()
            if not patiently or answer.status_code != 503:
                break
            # On a busy machine all may be at work for longer than a start waits.
            assert "max_plugin_processes" in answer.text and answer.headers["Retry-After"] == "1", answer.text
            time.sleep(1)
        return answer

    answer = asked(lambda: server.api.post(path, {"n": value}, **inside(tenant)))
    assert answer.status_code == 204, answer.text
    assert data(asked(lambda: server.api.get(path, **inside(tenant)))) == {"n": value}


def status(server):
    return data(server.api.get("sys/plugins/status"))["plugins"]


def test_more_tenants_than_processes_all_work_and_lose_nothing(server):
    with Watch(server) as watch:
        for tenant in TENANTS:
            mount(server, tenant)
        for turn in range(3):
            for number, tenant in enumerate(TENANTS):
                write_and_read(server, tenant, f"{number}-{turn}")
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: write_and_read(
                server, TENANTS[number % 12], str(number), f"kv/at-once-{number}", patiently=True), range(72)))
    assert watch.most == MOST
    for number, tenant in enumerate(TENANTS):
        assert data(server.api.get("kv/a", **inside(tenant))) == {"n": f"{number}-2"}
    shown = status(server)
    assert len(shown) == 12 and sum(one["idle_stops"] for one in shown) >= 24
    assert all(one["restarts"] == 0 and one["failures_in_a_row"] == 0 for one in shown)
    server.logs("is idle and is stopped to make room")
    server.restart().unseal()
    for number, tenant in enumerate(TENANTS):
        assert data(server.api.get("kv/a", **inside(tenant))) == {"n": f"{number}-2"}
    assert len(server.plugins) <= MOST


def test_a_reload_at_the_bound_loses_nothing(server):
    for tenant in TENANTS[:MOST]:
        mount(server, tenant)
        write_and_read(server, tenant, "x")
    with Watch(server) as watch:
        answer = server.api.put("sys/plugins/reload/backend", {"mounts": ["kv"]}, **inside(TENANTS[0]))
        assert answer.status_code == 200 and not answer.json()["warnings"], answer.text
        for tenant in TENANTS[:MOST]:
            assert data(server.api.get("kv/a", **inside(tenant))) == {"n": "x"}
    assert watch.most == MOST


def test_sealing_ends_those_who_wait_too(server):
    for tenant in TENANTS:
        mount(server, tenant)
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(server.api.get, "kv/a", **inside(tenant)) for tenant in TENANTS]
        server.api.put("sys/seal")
        assert {one.result().status_code for one in asked} <= {404, 500, 503}
    waiting.until(lambda: not server.plugins, "all engines end", 20)
    server.unseal()
    for tenant in TENANTS:
        write_and_read(server, tenant, "again")


# A namespace's bounds


@pytest.fixture
def crowded(servers, plugins):
    """A server with one namespace that may have one process, with two engines in it, and another namespace."""
    server = servers.durable(extra=plugins.setting)
    register(server, "versioned", plugins.add("versioned"))
    for name in ("small", "other"):
        data(server.api.post(f"sys/namespaces/{name}", {}))
    bound(server, max_plugin_processes=1)
    for tenant in ("small", "other"):
        mount(server, tenant)
        assert server.api.post("sys/mounts/own", {"type": "versioned"}, **inside(tenant)).status_code == 204
    return server


def bound(server, **most):
    answer = server.api.post("sys/quotas/namespace/small", {"path": "small", **most})
    assert answer.status_code in (200, 204), answer.text


def running(server, tenant):
    ids = {data(server.api.get(f"sys/namespaces/{name}"))["id"]: name for name in ("small", "other")}
    return {one["name"]: one["pid"] for one in status(server)
            if one["state"] == "running" and ids.get(one["namespace_id"]) == tenant}


def test_a_namespace_with_one_process_uses_two_engines_in_turn(crowded):
    others = running(crowded, "other")
    assert set(others) == {"kv", "versioned"}
    for turn in range(4):
        write_and_read(crowded, "small", str(turn))
        assert set(running(crowded, "small")) == {"kv"}
        assert crowded.api.get("own/about", **inside("small")).status_code == 200
        assert set(running(crowded, "small")) == {"versioned"}
        assert data(crowded.api.get("sys/quotas/namespace/small"))["plugin_processes"] == 1
    assert running(crowded, "other") == others, "nobody else pays for it"
    bound(crowded, max_plugin_processes=2)
    write_and_read(crowded, "small", "both")
    assert crowded.api.get("own/about", **inside("small")).status_code == 200
    assert set(running(crowded, "small")) == {"kv", "versioned"}


def test_a_namespace_whose_one_process_is_at_work_is_told_which_bound_is_in_the_way(crowded):
    write_and_read(crowded, "small", "first")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(crowded.api.get, "own/slow/6000", timeout=30, **inside("small"))
        waiting.until(lambda: any(one["calls_in_flight"] for one in status(crowded)), "the call is under way")
        answer = crowded.api.get("kv/a", **inside("small"))
        assert "max_plugin_processes of the quota \"small\" of \"small/\" is 1" in errors(answer, 503)
        assert answer.headers["Retry-After"] == "1"
        write_and_read(crowded, "other", "meanwhile")
        assert slow.result().status_code == 200
    assert data(crowded.api.get("kv/a", **inside("small"))) == {"n": "first"}


def test_the_memory_of_a_namespaces_processes_is_bounded(crowded):
    def limits():
        found = {}
        for tenant in ("small", "other"):
            crowded.api.get("own/about", **inside(tenant))
            lines = open(f"/proc/{running(crowded, tenant)['versioned']}/limits").read().splitlines()
            found[tenant] = int(next(line for line in lines if line.startswith("Max data size")).split()[3])
        return found

    before = limits()
    assert before["small"] == before["other"]
    bound(crowded, max_plugin_memory=200 << 20)
    write_and_read(crowded, "small", "the other engine takes the one place")
    after = limits()
    assert before["small"] - after["small"] == (1 << 30) - (200 << 20)
    assert after["other"] == before["other"]
