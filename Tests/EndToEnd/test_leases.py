"""Leases with a plugin whose credentials are files in a folder."""

import os
import shutil
from pathlib import Path

import pytest

from support import waiting
from support.api import data, errors
from support.catalog import register_all
from support.cli import binary


@pytest.fixture
def plugins(tmp_path):
    """A folder of plugins with the one whose credentials are files."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    target = folder / "coffer-plugin-test"
    shutil.copy(binary("TestPlugin"), target)
    target.chmod(0o755)
    return folder


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


@pytest.fixture
def leasing(servers, plugins, outside):
    # Its credentials are files of ours, and it kills the server: a sandbox is there to prevent both.
    server = servers.durable(extra=f'plugin_directory = "{plugins}"\ndisable_plugin_sandbox = true')
    register_all(server, plugins)
    mount(server, outside)
    return server


def mount(server, outside, path="files", **config):
    body = {"type": "test", "options": {"folder": str(outside)}, "config": config}
    answer = server.api.post(f"sys/mounts/{path}", body)
    assert answer.status_code == 204, answer.text


def credentials(outside):
    return sorted(name for name in os.listdir(outside) if name != "mood")


def make(server, body=None, token="", path="files/creds/app"):
    answer = server.api.post(path, body or {}, token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_hvac_renews_and_revokes_a_lease(leasing, outside):
    secret = make(leasing, {"ttl": "10m", "max_ttl": "1h"})
    assert secret["lease_id"].startswith("files/creds/app/")
    assert secret["renewable"] is True and secret["lease_duration"] == 600
    assert credentials(outside) == [secret["data"]["username"]]
    client = leasing.hvac()
    seen = client.sys.read_lease(secret["lease_id"])["data"]
    assert seen["id"] == secret["lease_id"] and 590 <= seen["ttl"] <= 600
    assert client.sys.list_leases("files/creds/app")["data"]["keys"] == [secret["lease_id"].rpartition("/")[2]]
    renewed = client.sys.renew_lease(secret["lease_id"], increment=1200)
    assert renewed["lease_id"] == secret["lease_id"] and renewed["lease_duration"] == 1200
    capped = client.sys.renew_lease(secret["lease_id"], increment=90_000)
    assert 3590 <= capped["lease_duration"] <= 3600 and capped["warnings"]
    client.sys.revoke_lease(secret["lease_id"])
    waiting.until(lambda: credentials(outside) == [], "the credential is revoked")
    lookup = {"lease_id": secret["lease_id"]}
    waiting.until(
        lambda: leasing.api.put("sys/leases/lookup", lookup).status_code == 400, "the lease is forgotten")
    assert "invalid lease" in errors(leasing.api.put("sys/leases/lookup", lookup), 400)


def test_a_lease_ends_by_itself_with_its_token_and_by_prefix(leasing, outside):
    make(leasing, {"ttl": 1})
    waiting.until(lambda: credentials(outside) == [], "it has ended by itself")
    policy = leasing.policy('path "files/*" { capabilities = ["read", "update"] }')
    token = leasing.token_with(policy)
    make(leasing, token=token)
    make(leasing)
    assert leasing.api.post("auth/token/revoke", {"token": token}).status_code == 204
    waiting.until(lambda: len(credentials(outside)) == 1, "it has ended with its token")
    leasing.hvac().sys.revoke_prefix("files/creds")
    waiting.until(lambda: credentials(outside) == [], "it has ended with its prefix")


def test_disabling_the_mount_revokes_and_a_failing_engine_keeps_it_until_its_leases_are_given_up(leasing, outside):
    make(leasing)
    assert leasing.api.delete("sys/mounts/files").status_code == 204
    assert credentials(outside) == []
    mount(leasing, outside)
    secret = make(leasing)
    (outside / "mood").write_text("failing")
    assert "the mount stays" in errors(leasing.api.delete("sys/mounts/files"), 502)
    assert len(credentials(outside)) == 1
    assert data(leasing.api.put("sys/leases/lookup", {"lease_id": secret["lease_id"]}))["id"] == secret["lease_id"]
    said = leasing.cli().run("secrets", "disable", "files")
    assert said.returncode == 2 and "revoke-force" in said.stderr, said
    leasing.cli().ok("lease", "revoke", "-force", "-prefix", "files/")
    assert leasing.api.delete("sys/mounts/files").status_code == 204
    assert data(leasing.api.get("sys/leases/count", params={"type": "irrevocable"}))["lease_count"] == 0


def test_a_server_killed_between_credential_and_lease_leaves_no_credential(leasing, outside):
    kept = make(leasing)
    with pytest.raises(Exception):
        # The plugin kills the server when the credential is made and before it has said so.
        leasing.api.post("files/creds/app", {"then": "kill"}, timeout=10)
    leasing.process.wait(10)
    assert leasing.process.returncode == -9
    assert len(credentials(outside)) == 2
    leasing.start().unseal()
    waiting.until(
        lambda: credentials(outside) == [kept["data"]["username"]], "the orphan is rolled back")
    # What had its lease has it still.
    assert leasing.api.put("sys/leases/renew", {"lease_id": kept["lease_id"]}).status_code == 200


@pytest.mark.parametrize("how,status", [("fail", 502), ("exit", 500)])
def test_an_engine_that_fails_after_making_a_credential_is_rolled_back(leasing, outside, how, status):
    answer = leasing.api.post("files/creds/app", {"then": how})
    assert answer.status_code == status, answer.text
    waiting.until(lambda: credentials(outside) == [], "the credential is rolled back")


def test_leases_end_after_a_restart_and_are_counted(leasing, outside):
    for _ in range(3):
        make(leasing, {"ttl": "1h"})
    make(leasing, {"ttl": 1})
    leasing.kill()
    leasing.start().unseal()
    waiting.until(lambda: len(credentials(outside)) == 3, "the due one is revoked after the restart")
    waiting.until(
        lambda: len(data(leasing.api.list("sys/leases/lookup/files/creds/app"))["keys"]) == 3, "and forgotten")


def test_bodies_of_the_wrong_kind_are_refused(leasing):
    for path in ["lookup", "renew", "revoke"]:
        for body in [{"lease_id": ["a"]}, {"lease_id": {"a": 1}}, {}]:
            answer = leasing.api.put(f"sys/leases/{path}", body)
            assert answer.status_code == 400, (path, body, answer.text)
    assert leasing.api.put("sys/leases/renew", {"lease_id": "x", "increment": "soon"}).status_code == 400
    assert leasing.api.put("sys/leases/revoke", {"lease_id": "x", "sync": "perhaps"}).status_code == 400


def test_tokens_end_by_the_path_that_made_them(leasing):
    client = leasing.hvac()
    orphan = client.auth.token.create_orphan(policies=["default"], ttl="1h")["auth"]
    token = client.auth.token.create(policies=["default"], ttl="1h")["auth"]
    (name,) = client.sys.list_leases("auth/token/create")["data"]["keys"]
    lease = client.sys.read_lease(f"auth/token/create/{name}")["data"]
    assert lease["renewable"] is True and 3590 <= lease["ttl"] <= 3600
    refused = leasing.api.post("sys/leases/renew", {"lease_id": lease["id"]})
    assert errors(refused, 400) == "tokens cannot be renewed through this endpoint"
    done = leasing.cli().run("lease", "revoke", "-prefix", "auth/token/create")
    assert done.returncode == 0, done.stderr
    for secret, status in ((token, 403), (orphan, 200)):
        known = leasing.api.get("auth/token/lookup-self", token=secret["client_token"])
        assert known.status_code == status
