"""Bounds of namespaces on a real server: storage and mounts, across restarts and kills, while neighbours work."""

import threading

import pytest

from support import waiting
from support.api import data, errors
from support.server import unique

QUOTA = "sys/quotas/namespace/bound"
EVERYTHING = 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }'


def inside(namespace):
    return {"headers": {"X-Vault-Namespace": namespace}}


def tenant(server, name=None, parent=""):
    """A namespace with KV version 1 at `kv/`."""
    name = name or unique("tenant")
    data(server.api.post(f"sys/namespaces/{name}", {}, **inside(parent)))
    path = f"{parent}/{name}" if parent else name
    mount(server, path, "kv")
    return path


def mount(server, namespace, path, status=204):
    answer = server.api.post(
        f"sys/mounts/{path}", {"type": "kv", "options": {"version": "1"}}, **inside(namespace))
    assert answer.status_code == status, answer.text
    return answer


def admin(server, namespace):
    """A token of the namespace that may do everything there."""
    server.api.put("sys/policies/acl/admin", {"policy": EVERYTHING}, **inside(namespace))
    answer = server.api.post("auth/token/create", {"policies": ["admin"]}, **inside(namespace))
    return answer.json()["auth"]["client_token"]


def bound(server, **body):
    answer = server.api.post(QUOTA, body)
    assert answer.status_code == 204, answer.text
    counted(server)


def counted(server):
    waiting.until(lambda: not server.api.get(QUOTA).json()["warnings"], "everything is counted")


def awake(server, *namespaces):
    """What the server puts away when it seals is back where it was once a namespace is used."""
    for namespace in namespaces:
        assert server.api.get("sys/mounts", **inside(namespace)).status_code == 200


def use(server):
    return data(server.api.get(QUOTA))


def put(server, namespace, name, size, token=None):
    how = {"token": token} if token else {}
    return server.api.post(f"kv/{name}", {"v": "x" * size}, **inside(namespace), **how).status_code


def fill(server, namespace, size=4000, token=None):
    """Writes until it is refused; says how many there were."""
    for n in range(1000):
        status = put(server, namespace, f"fill-{n}", size, token)
        if status != 204:
            assert status == 429
            return n
    raise AssertionError("nothing was refused")


@pytest.fixture
def dev(servers):
    return servers.dev().start()


def test_a_full_tenant_hears_why_and_its_neighbour_notices_nothing(dev):
    mine, other = tenant(dev), tenant(dev)
    token = admin(dev, mine)
    bound(dev, path=mine, max_storage_bytes=100_000)
    written = fill(dev, mine, token=token)
    assert 15 <= written <= 25
    answer = dev.api.post("kv/more", {"v": "x" * 4000}, token=token, **inside(mine))
    assert errors(answer, 429) == (
        f'namespace quota "bound" of "{mine}/" exceeded: at most 100000 bytes of storage can be used '
        '(max_storage_bytes)')
    assert 90_000 < use(dev)["storage_bytes"] <= 100_000
    assert all(put(dev, other, f"n{n}", 50_000) == 204 for n in range(5))
    # The tenant helps itself: it reads, deletes and writes again.
    assert dev.api.get("kv/fill-0", token=token, **inside(mine)).status_code == 200
    assert dev.api.delete("kv/fill-0", token=token, **inside(mine)).status_code == 204
    assert put(dev, mine, "again", 3000, token) == 204


def test_the_bound_and_the_count_outlive_restarts_and_kills(servers):
    server = servers.durable()
    mine = tenant(server)
    inner = tenant(server, "inner", mine)
    bound(server, path=mine, max_storage_bytes=200_000, max_mounts=3)
    assert put(server, inner, "large", 100_000) == 204
    before = use(server)
    assert before["mounts"] == 2
    server.restart()
    server.unseal()
    awake(server, mine, inner)
    counted(server)
    assert use(server)["storage_bytes"] == before["storage_bytes"]
    assert put(server, mine, "large", 120_000) == 429

    stop = threading.Event()

    def churn(namespace):
        n = 0
        while not stop.is_set():
            try:
                put(server, namespace, f"churn-{n % 7}", 500 + 700 * (n % 5))
            except Exception:  # noqa: BLE001 - the server is being killed
                return
            n += 1

    threads = [threading.Thread(target=churn, args=(name,)) for name in (mine, inner)]
    for thread in threads:
        thread.start()
    waiting.until(lambda: use(server)["storage_bytes"] > before["storage_bytes"] + 5000, "writes")
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    server.start()
    server.unseal()
    counted(server)
    # What the running server counts as it goes is what it counts anew at its next start.
    assert fill(server, inner) > 5
    counts = [use(server)["storage_bytes"]]
    server.restart()
    server.unseal()
    awake(server, mine, inner)
    counted(server)
    counts.append(use(server)["storage_bytes"])
    assert counts[0] == counts[1]
    # A mount needs some bytes, and the filling may have left none.
    assert server.api.delete("kv/fill-0", **inside(inner)).status_code == 204
    mount(server, inner, "third")
    assert errors(mount(server, mine, "fourth", 429), 429) == (
        f'namespace quota "bound" of "{mine}/" exceeded: at most 3 mounts can be there (max_mounts)')


def test_many_writers_and_mounts_at_once_keep_within_the_bounds(dev):
    mine = tenant(dev)
    inner = tenant(dev, "inner", mine)
    bound(dev, path=mine, max_storage_bytes=150_000, max_mounts=6)
    made, written = [], []

    def work(writer):
        namespace = [mine, inner][writer % 2]
        for n in range(30):
            written.append(put(dev, namespace, f"w{writer}-{n}", 2000))
        for n in range(4):
            body = {"type": "kv", "options": {"version": "1"}}
            answer = dev.api.post(f"sys/mounts/m{writer}-{n}", body, **inside(namespace))
            made.append(answer.status_code)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(written) == {204, 429}
    # Small entries of mounts are refused too when there is no room for them.
    assert set(made) <= {204, 429}
    found = use(dev)
    assert found["storage_bytes"] <= 150_000
    assert found["mounts"] <= 6
    assert found["mounts"] == 2 + made.count(204)


def test_who_has_nothing_left_logs_in_revokes_and_cleans_up(dev):
    mine = tenant(dev)
    token = admin(dev, mine)
    bound(dev, path=mine, max_storage_bytes=20_000)
    fill(dev, mine, 500, token)
    child = dev.api.post("auth/token/create", {}, token=token, **inside(mine)).json()["auth"]["client_token"]
    assert put(dev, mine, "x", 900, child) == 429
    answer = dev.api.post("auth/token/revoke", {"token": child}, token=token, **inside(mine))
    assert answer.status_code == 204
    assert dev.api.delete("sys/mounts/kv", token=token, **inside(mine)).status_code == 204
    assert use(dev)["mounts"] == 0
    assert use(dev)["storage_bytes"] < 15_000


def test_only_the_root_namespace_has_a_say(dev):
    mine = tenant(dev)
    token = admin(dev, mine)
    bound(dev, path=mine, max_mounts=2)
    for path in (QUOTA, "sys/quotas/namespace"):
        assert dev.api.get(path, token=token, **inside(mine)).status_code in (400, 403, 404)
        assert dev.api.get(path, token=token).status_code == 403
        assert dev.api.get(f"{mine}/{path}", token=token).status_code in (400, 403, 404)
    assert dev.api.post(QUOTA, {"max_mounts": 99}, token=token, **inside(mine)).status_code in (400, 403, 404)
    assert use(dev)["max_mounts"] == 2


def test_the_command_line_writes_and_reads_bounds(dev):
    mine = tenant(dev)
    cli = dev.cli()
    made = cli.run(
        "write", QUOTA, f"path={mine}", "max_mounts=2", "max_plugin_processes=3",
        "max_plugin_memory=67108864")
    assert made.returncode == 0, made.stderr
    shown = cli.run("read", QUOTA)
    assert "max_plugin_processes" in shown.stdout and "67108864" in shown.stdout
    assert cli.run("delete", QUOTA).returncode == 0
    assert dev.api.get(QUOTA).status_code == 404
