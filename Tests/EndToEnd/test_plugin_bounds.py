"""Few engine processes for many tenants: all work in turn, none is lost, nobody passes the bound."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import waiting
from support.api import data, errors

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


def write_and_read(server, tenant, value, path="kv/a"):
    answer = server.api.post(path, {"n": value}, **inside(tenant))
    assert answer.status_code == 204, answer.text
    assert data(server.api.get(path, **inside(tenant))) == {"n": value}


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
                server, TENANTS[number % 12], str(number), f"kv/at-once-{number}"), range(72)))
    assert watch.most == MOST
    for number, tenant in enumerate(TENANTS):
        assert data(server.api.get("kv/a", **inside(tenant))) == {"n": f"{number}-2"}
    shown = status(server)
    assert len(shown) == 12 and sum(one["idle_stops"] for one in shown) >= 24
    assert all(one["restarts"] == 0 and one["failures_in_a_row"] == 0 for one in shown)
    assert "is idle and is stopped to make room" in server.log
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
