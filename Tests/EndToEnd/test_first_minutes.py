"""The first five minutes, as the README tells them: by command line, by curl, by hvac."""

import os
import subprocess
from pathlib import Path

import hvac
import pytest

from support.cli import binary
from support.curl import curl
from support.server import unique

READONLY = """
path "secret/data/demo/*" {
  capabilities = ["read"]
}
path "secret/metadata/demo/*" {
  capabilities = ["read", "list"]
}
"""

ADMIN = """
path "secret/data/demo/*" {
  capabilities = ["create", "read", "update", "patch", "delete"]
}
path "secret/metadata/demo/*" {
  capabilities = ["read", "list", "delete"]
}
"""

DATABASE = {"username": "appuser", "password": "s3cr3t", "host": "db.internal", "port": "5432"}


@pytest.fixture(scope="module")
def server(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("policies")
    cli = shared.cli()
    for name, text in (("app-readonly", READONLY), ("app-admin", ADMIN)):
        file = folder / f"{name}.hcl"
        file.write_text(text)
        assert f"Uploaded policy: {name}" in cli.ok("policy", "write", name, file)
    return shared


def make_token(server, policy):
    return server.cli().ok("token", "create", f"-policy={policy}", "-ttl=1h", "-field=token").strip()


# By command line


def test_a_secret_with_a_host_and_a_port_is_put_and_read_back_by_the_command_line(server):
    cli = server.cli()
    put = cli.ok("kv", "put", "secret/demo/database", *(f"{k}={v}" for k, v in DATABASE.items()))
    assert "secret/data/demo/database" in put and "version" in put
    assert cli.json("kv", "get", "secret/demo/database")["data"]["data"] == DATABASE
    shown = cli.ok("kv", "get", "secret/demo/database")
    assert "appuser" in shown and "5432" in shown
    assert cli.ok("kv", "get", "-mount=secret", "-field=port", "demo/database").strip() == "5432"


def test_a_token_with_app_readonly_can_read_and_not_write_by_the_command_line(server):
    server.cli().ok("kv", "put", "secret/demo/cli", "a=1")
    cli = server.cli(make_token(server, "app-readonly"))
    assert cli.ok("kv", "get", "-field=a", "secret/demo/cli").strip() == "1"
    assert "permission denied" in cli.fails(2, "kv", "put", "secret/demo/cli", "a=2")
    assert "permission denied" in cli.fails(2, "kv", "delete", "secret/demo/cli")
    assert cli.fails(2, "kv", "get", "secret/other/cli")
    assert "cli" in cli.ok("kv", "list", "secret/demo/")
    assert server.cli().ok("kv", "get", "-field=a", "secret/demo/cli").strip() == "1"


def test_a_token_with_app_admin_can_write_and_delete_by_the_command_line(server):
    cli = server.cli(make_token(server, "app-admin"))
    cli.ok("kv", "put", "secret/demo/admin", "a=1")
    cli.ok("kv", "patch", "secret/demo/admin", "b=2")
    assert cli.json("kv", "get", "secret/demo/admin")["data"]["data"] == {"a": "1", "b": "2"}
    cli.ok("kv", "delete", "secret/demo/admin")
    cli.ok("kv", "metadata", "delete", "secret/demo/admin")
    assert "permission denied" in cli.fails(2, "kv", "put", "secret/other/admin", "a=1")
    assert "permission denied" in cli.fails(2, "policy", "list")


def test_the_policies_that_were_written_from_files_read_back_as_they_were(server):
    cli = server.cli()
    assert cli.ok("policy", "read", "app-readonly").strip() == READONLY.strip()
    assert {"app-readonly", "app-admin", "default", "root"} <= set(cli.ok("policy", "list").split())


# By curl


def test_the_same_works_with_curl(server):
    def call(method, path, token, body=None):
        arguments = ["-X", method, "-H", f"X-Vault-Token: {token}"]
        if body:
            arguments += ["-d", body]
        return curl(*arguments, f"{server.address}/v1/{path}")

    body = '{"data": {"username": "appuser", "password": "s3cr3t", "host": "db.internal", "port": 5432}}'
    put = call("POST", "secret/data/demo/curl", "root", body)
    assert put.status == 200 and put.json()["data"]["version"] >= 1

    created = call("POST", "auth/token/create", "root", '{"policies": ["app-readonly"], "ttl": "1h"}')
    token = created.json()["auth"]["client_token"]
    assert token.startswith("hvs.") and created.json()["auth"]["token_policies"] == ["app-readonly", "default"]

    read = call("GET", "secret/data/demo/curl", token)
    assert read.status == 200
    assert read.json()["data"]["data"]["port"] == 5432
    assert call("LIST", "secret/metadata/demo", token).status == 200
    assert call("GET", "secret/metadata/demo?list=true", token).status == 200
    denied = call("POST", "secret/data/demo/curl", token, '{"data": {"a": 1}}')
    assert denied.status == 403 and "permission denied" in denied.body
    assert call("DELETE", "secret/data/demo/curl", token).status == 403
    assert call("GET", "secret/data/elsewhere", token).status == 403


def test_the_envelope_has_all_of_its_members(server):
    server.api.post("secret/data/demo/envelope", {"data": {"a": 1}})
    answer = server.api.get("secret/data/demo/envelope")
    body = answer.json()
    assert set(body) >= {
        "request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"}
    assert len(body["request_id"]) == 36
    assert (body["lease_id"], body["renewable"], body["lease_duration"]) == ("", False, 0)
    assert (body["wrap_info"], body["warnings"], body["auth"]) == (None, None, None)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


# By hvac


def test_the_same_works_with_hvac(server):
    root = server.hvac()
    assert root.is_authenticated() and not root.sys.is_sealed()
    root.secrets.kv.v2.create_or_update_secret("demo/hvac", DATABASE)
    token = root.auth.token.create(policies=["app-readonly"], ttl="1h")["auth"]["client_token"]
    reader = server.hvac(token)
    read = reader.secrets.kv.v2.read_secret_version("demo/hvac", raise_on_deleted_version=True)
    assert read["data"]["data"] == DATABASE
    assert "hvac" in reader.secrets.kv.v2.list_secrets("demo")["data"]["keys"]
    with pytest.raises(hvac.exceptions.Forbidden):
        reader.secrets.kv.v2.create_or_update_secret("demo/hvac", {"a": "b"})
    with pytest.raises(hvac.exceptions.Forbidden):
        reader.secrets.kv.v2.delete_metadata_and_all_versions("demo/hvac")
    with pytest.raises(hvac.exceptions.Forbidden):
        reader.sys.list_policies()


def test_app_admin_works_with_hvac(server):
    token = server.hvac().auth.token.create(policies=["app-admin"], ttl="1h")["auth"]["client_token"]
    admin = server.hvac(token)
    path = f"demo/{unique('hvac')}"
    admin.secrets.kv.v2.create_or_update_secret(path, {"a": "b"})
    admin.secrets.kv.v2.patch(path, {"c": "d"})
    read = admin.secrets.kv.v2.read_secret_version(path, raise_on_deleted_version=True)
    assert read["data"]["data"] == {"a": "b", "c": "d"}
    admin.secrets.kv.v2.delete_metadata_and_all_versions(path)
    with pytest.raises(hvac.exceptions.InvalidPath):
        admin.secrets.kv.v2.read_secret_version(path, raise_on_deleted_version=True)
    with pytest.raises(hvac.exceptions.Forbidden):
        admin.secrets.kv.v2.create_or_update_secret("elsewhere", {"a": "b"})


def test_the_dev_server_tells_its_address_its_token_and_three_commands_to_try(servers):
    server = servers.dev(token="my-own-root").start()
    banner = server.out_file.read_text()
    assert f"http://127.0.0.1:{server.port}" in banner
    assert "my-own-root" in banner
    tries = [line.strip() for line in banner.splitlines() if line.startswith("    ")]
    # The program goes by its path, since the server's own search path does not find it.
    program = str(Path(binary("coffer")).resolve())
    commands = [line for line in tries if line.startswith((f"{program} ", "export "))]
    assert len(commands) == 3
    # They work as they stand there.
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands)], capture_output=True, text=True,
        env={"PATH": f"{Path(binary('coffer')).parent}:{os.environ['PATH']}", "HOME": str(server.home)})
    assert done.returncode == 0 and "world" in done.stdout, done.stderr
    assert not (server.home / ".vault-token").exists()


def test_the_dev_server_leaves_its_token_for_the_command_line(servers, tmp_path):
    server = servers.dev(token="kept-root")
    server.arguments.remove("-dev-no-store-token")
    server.start()
    file = server.home / ".vault-token"
    assert file.read_text() == "kept-root"
    assert file.stat().st_mode & 0o777 == 0o600
    cli = server.cli()
    del cli.environment["COFFER_TOKEN"]
    assert "secret/" in cli.ok("secrets", "list")
