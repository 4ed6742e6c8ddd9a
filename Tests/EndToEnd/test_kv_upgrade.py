"""From KV version 1 to version 2 with data in it."""

import pytest

from support import waiting
from support.api import data, exact


def fill(server, mount, count=60):
    for number in range(count):
        path = f"dir-{number % 5}/deep/{number}" if number % 2 else f"top-{number}"
        assert server.api.put(f"{mount}/{path}", raw=f'{{"n": {number}.0, "ttl": "1h"}}').status_code == 204
        yield path, number


def check(server, mount, written):
    for path, number in written:
        waiting.until(
            lambda path=path: server.api.get(f"{mount}/data/{path}").status_code == 200, f"{path} is upgraded", 20)
        answer = server.api.get(f"{mount}/data/{path}")
        assert exact(answer.text)["data"]["data"] == exact(f'{{"n": {number}.0, "ttl": "1h"}}')
        assert data(answer)["metadata"]["version"] == 1


def test_every_secret_of_a_v1_mount_is_version_1_of_itself_after_the_upgrade(shared, kv1):
    written = list(fill(shared, kv1))
    tuned = shared.api.post(f"sys/mounts/{kv1}/tune", {"options": {"version": "2"}})
    assert tuned.status_code in (200, 204), tuned.text
    check(shared, kv1, written)
    assert shared.api.post(f"{kv1}/data/top-0", {"data": {"n": 2}}).json()["data"]["version"] == 2
    keys = data(shared.api.list(f"{kv1}/metadata"))["keys"]
    assert keys == sorted({path.split("/")[0] + ("/" if "/" in path else "") for path, _ in written})
    assert data(shared.api.get("sys/mounts"))[f"{kv1}/"]["options"] == {"version": "2"}


def test_enable_versioning_does_it_from_the_command_line(shared, kv1):
    shared.api.put(f"{kv1}/x", {"a": "b"})
    cli = shared.cli()
    assert "Success" in cli.ok("kv", "enable-versioning", kv1)
    waiting.until(lambda: cli.run("kv", "get", f"{kv1}/x").returncode == 0, "the upgrade is done", 20)
    assert cli.json("kv", "get", f"{kv1}/x")["data"]["metadata"]["version"] == 1


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_an_upgrade_that_is_cut_off_goes_on_after_the_next_start(servers, how):
    server = servers.durable()
    mount = server.mount(1)
    written = list(fill(server, mount, 120))
    server.api.post(f"sys/mounts/{mount}/tune", {"options": {"version": "2"}})
    server.kill() if how == "kill" else server.terminate()
    server.start().unseal()
    check(server, mount, written)
