"""Tenants on one real server: hvac with a namespace, curl-like requests, the command line, audit lines and kills."""

import json
import os
import signal

import hvac
import pytest

from support import waiting
from support.api import data, errors
from support.server import unique

EVERYTHING = 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }'


def inside(namespace):
    return {"headers": {"X-Vault-Namespace": namespace}}


def make(server, path, parent=""):
    answer = server.api.post(f"sys/namespaces/{path}", {}, **inside(parent))
    return data(answer)


def client(server, namespace, token=None):
    return hvac.Client(url=server.address, token=token or server.root_token, namespace=namespace, timeout=30)


def admin(server, namespace):
    """A token of the namespace that may do everything there."""
    answer = server.api.put("sys/policies/acl/admin", {"policy": EVERYTHING}, **inside(namespace))
    assert answer.status_code == 204, answer.text
    answer = server.api.post("auth/token/create", {"policies": ["admin"]}, **inside(namespace))
    return answer.json()["auth"]["client_token"]


@pytest.fixture
def tenant(shared):
    """A namespace of the test's own on the shared server."""
    name = unique("tenant")
    made = make(shared, name)
    yield name
    shared.api.delete(f"sys/namespaces/{name}")
    assert made["path"] == name + "/"


def test_hvac_makes_lists_and_deletes_namespaces(shared):
    name = unique("hvac")
    root = shared.hvac()
    root.sys.create_namespace(path=name)
    assert name + "/" in root.sys.list_namespaces()["data"]["keys"]
    root.sys.delete_namespace(path=name)
    waiting.until(
        lambda: shared.api.get(f"sys/namespaces/{name}").status_code == 404, "the namespace is gone")


def test_hvac_works_within_a_namespace(shared, tenant):
    token = admin(shared, tenant)
    vault = client(shared, tenant, token)
    assert vault.is_authenticated()
    vault.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
    vault.secrets.kv.v2.create_or_update_secret("app", secret={"a": "1"})
    assert vault.secrets.kv.v2.read_secret_version("app")["data"]["data"] == {"a": "1"}
    assert vault.auth.token.lookup_self()["data"]["namespace_path"] == tenant + "/"
    child = vault.auth.token.create(policies=["default"])["auth"]["client_token"]
    assert child.count(".") == 2
    # The same by path, and nothing of it in the root namespace.
    by_path = shared.api.get(f"{tenant}/secret/data/app", token=token)
    assert data(by_path)["data"] == {"a": "1"}
    with pytest.raises(hvac.exceptions.Forbidden):
        client(shared, "", token).secrets.kv.v2.read_secret_version("app")


def test_a_tenants_group_has_a_member_of_the_root_namespace(shared, tenant):
    name = unique("guest")
    entity = data(shared.api.post("identity/entity", {"name": name}))["id"]
    accessor = data(shared.api.get("sys/auth"))["token/"]["accessor"]
    shared.api.post("identity/entity-alias", {"name": name, "canonical_id": entity, "mount_accessor": accessor})
    shared.api.post(f"auth/token/roles/{name}", {"allowed_entity_aliases": name})
    made = shared.api.post(f"auth/token/create/{name}", {"policies": ["default"], "entity_alias": name})
    token = made.json()["auth"]["client_token"]
    for namespace in (tenant, ""):
        answer = shared.api.post(f"sys/mounts/{name}", {"type": "kv", "options": {"version": "1"}}, **inside(namespace))
        assert answer.status_code == 204, answer.text
        shared.api.post(f"{name}/x", {"from": namespace}, **inside(namespace))
    assert shared.api.get(f"{name}/x", token=token, **inside(tenant)).status_code == 403
    policy = f'path "{name}/*" {{ capabilities = ["read"] }}'
    shared.api.put("sys/policies/acl/readers", {"policy": policy}, **inside(tenant))
    group = {"name": "readers", "policies": ["readers"], "member_entity_ids": [entity]}
    assert shared.api.post("identity/group", group, **inside(tenant)).status_code == 200
    assert data(shared.api.get(f"{name}/x", token=token, **inside(tenant))) == {"from": tenant}
    assert shared.api.get(f"{name}/x", token=token).status_code == 403
    assert shared.api.post(f"{name}/x", {}, token=token, **inside(tenant)).status_code == 403
    shared.api.delete("identity/group/name/readers", **inside(tenant))
    assert shared.api.get(f"{name}/x", token=token, **inside(tenant)).status_code == 403
    shared.api.delete(f"sys/mounts/{name}")


def test_namespaces_nest_and_the_header_goes_before_the_path(shared, tenant):
    make(shared, "inner", tenant)
    for namespace in (tenant, f"{tenant}/inner"):
        answer = shared.api.post(
            "sys/mounts/kv", {"type": "kv", "options": {"version": "1"}}, **inside(namespace))
        assert answer.status_code == 204, answer.text
        answer = shared.api.put("kv/x", {"in": namespace}, **inside(namespace))
        assert answer.status_code == 204, answer.text
    for header, path, found in [
        (f"/{tenant}/", "kv/x", tenant), (tenant, "inner/kv/x", f"{tenant}/inner"),
        ("", f"{tenant}/inner/kv/x", f"{tenant}/inner"), (f"{tenant}/inner", "kv/x", f"{tenant}/inner"),
    ]:
        assert data(shared.api.get(path, **inside(header)))["in"] == found
    refused = shared.api.delete(f"sys/namespaces/{tenant}")
    assert "child namespaces" in errors(refused, 400)
    shared.api.delete("sys/namespaces/inner", **inside(tenant))
    waiting.until(
        lambda: shared.api.get("sys/namespaces/inner", **inside(tenant)).status_code == 404, "it is gone")


@pytest.mark.parametrize("name", ["root", "sys", "auth", "cubbyhole", "identity", "audit", "..", "a%20b", "%2e%2e"])
def test_reserved_names_are_refused(shared, name):
    assert shared.api.post(f"sys/namespaces/{name}", {}).status_code in (400, 404)


def test_the_command_line_manages_namespaces(shared):
    name = unique("cli")
    cli = shared.cli()
    assert name in cli.ok("namespace", "create", "-custom-metadata=owner=ann", name)
    patched = cli.json("namespace", "patch", "-custom-metadata=owner=ben", name)
    assert patched["data"]["custom_metadata"] == {"owner": "ben"}
    listed = cli.ok("namespace", "list", "-detailed")
    assert name + "/" in listed and "owner=ben" in listed
    assert cli.ok("namespace", "lookup", "-field=path", name).strip() == name + "/"
    cli.ok("secrets", "enable", f"-namespace={name}", "-path=mine", "-version=1", "kv")
    cli.ok("kv", "put", f"-ns={name}", "mine/x", "a=1")
    assert "mine/" not in cli.ok("secrets", "list").split()
    variables = {"VAULT_NAMESPACE": name}
    assert cli.ok("kv", "get", "-field=a", "mine/x", environment=variables).strip() == "1"
    key = cli.ok("namespace", "lock", "-field=unlock_key", name).strip()
    assert "locked" in cli.fails(2, "kv", "get", f"-ns={name}", "mine/x")
    cli.fails(2, "namespace", "unlock", "-unlock-key=wrong", name)
    cli.ok("namespace", "unlock", f"-unlock-key={key}", name)
    cli.ok("kv", "get", f"-ns={name}", "mine/x")
    cli.ok("namespace", "delete", name)
    waiting.until(lambda: cli.run("namespace", "lookup", name).returncode == 2, "the namespace is gone")


def test_each_namespace_has_plugin_processes_of_its_own_that_go_with_it(servers):
    server = servers.durable()
    for name in ("a", "b"):
        make(server, name)
        answer = server.api.post("sys/mounts/kv", {"type": "kv"}, **inside(name))
        assert answer.status_code == 204, answer.text
        assert server.api.put("kv/x", {"a": "1"}, **inside(name)).status_code == 204
    running = len(server.plugins)
    assert running == 2
    server.api.delete("sys/namespaces/a")
    waiting.until(lambda: server.api.get("sys/namespaces/a").status_code == 404, "the namespace is gone")
    waiting.until(lambda: len(server.plugins) == 1, "its process is gone")
    assert data(server.api.get("kv/x", **inside("b"))) == {"a": "1"}


def test_audit_lines_name_the_namespace(servers, tmp_path):
    server = servers.durable()
    make(server, "a")
    log = tmp_path / "audit.log"
    answer = server.api.put("sys/audit/file", {"type": "file", "options": {"file_path": str(log)}})
    assert answer.status_code == 204, answer.text
    server.api.get("sys/mounts", **inside("a"))
    server.api.get("a/sys/mounts")
    server.api.get("sys/mounts")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    seen = [line["request"]["namespace"] for line in lines if line["request"].get("path") == "sys/mounts"]
    inner = data(server.api.get("sys/namespaces/a"))
    assert {"id": inner["id"], "path": "a/"} in seen
    assert [n["id"] for n in seen].count(inner["id"]) == 4
    assert [n["id"] for n in seen].count("root") == 2


def test_deleting_survives_a_kill(servers):
    server = servers.durable()
    make(server, "a")
    answer = server.api.post("sys/mounts/kv", {"type": "kv", "options": {"version": "1"}}, **inside("a"))
    assert answer.status_code == 204, answer.text
    token = admin(server, "a")
    for number in range(400):
        assert server.api.put(f"kv/{number}", {"v": "x" * 200}, token=token, **inside("a")).status_code == 204
    assert server.api.delete("sys/namespaces/a").status_code == 200
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    server.start()
    server.unseal()
    waiting.until(lambda: server.api.get("sys/namespaces/a").status_code == 404, "the namespace is gone", 30)
    assert server.api.get("kv/1", token=token, **inside("a")).status_code == 403
    assert make(server, "a")["id"] not in token


def test_namespaces_are_there_after_a_restart(servers):
    server = servers.durable()
    make(server, "a")
    make(server, "b", "a")
    answer = server.api.post("sys/mounts/kv", {"type": "kv", "options": {"version": "1"}}, **inside("a/b"))
    assert answer.status_code == 204, answer.text
    token = admin(server, "a/b")
    assert server.api.put("kv/x", {"v": "1"}, token=token, **inside("a/b")).status_code == 204
    server.kill()
    server.start()
    server.unseal()
    # Idle namespaces have no process.
    assert server.plugins == []
    assert data(server.api.get("kv/x", token=token, **inside("a/b"))) == {"v": "1"}
