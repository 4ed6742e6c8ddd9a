"""The commands for leases, wrapping and help, against a real server."""

import re
import shutil

import pytest

from support.catalog import register_all
from support.cli import binary


@pytest.fixture
def leasing(servers, tmp_path):
    """A server with an engine whose credentials are files in a folder."""
    plugins, outside = tmp_path / "plugins", tmp_path / "outside"
    plugins.mkdir()
    outside.mkdir()
    target = plugins / "coffer-plugin-test"
    shutil.copy(binary("TestPlugin"), target)
    target.chmod(0o755)
    # Its credentials are files of ours, and it kills the server: a sandbox is there to prevent both.
    server = servers.durable(extra=f'plugin_directory = "{plugins}"\ndisable_plugin_sandbox = true')
    register_all(server, plugins)
    answer = server.api.post("sys/mounts/files", {"type": "test", "options": {"folder": str(outside)}})
    assert answer.status_code == 204, answer.text
    server.outside = outside
    return server


def left(server):
    return [path for path in server.outside.iterdir() if path.name != "mood"]


def make(cli):
    return cli.json("write", "files/creds/app", "ttl=10m", "max_ttl=2h")["lease_id"]


def test_a_lease_is_looked_up_renewed_and_revoked(leasing):
    cli = leasing.cli()
    table = cli.ok("write", "files/creds/app", "ttl=10m", "max_ttl=2h")
    assert re.search(r"^lease_id +files/creds/app/", table, re.M) and re.search(r"^lease_renewable +true", table, re.M)
    lease = make(cli)
    assert cli.ok("lease", "lookup", "-field=id", lease) == lease
    assert cli.json("lease", "renew", "-increment=1h", lease)["lease_duration"] == 3600
    assert cli.ok("lease", "revoke", "-sync", lease) == f"Success! Revoked lease: {lease}\n"
    assert "error looking up lease id" in cli.fails(2, "lease", "lookup", lease)
    assert len(left(leasing)) == 1


def test_leases_are_revoked_below_a_path(leasing):
    cli = leasing.cli()
    for _ in range(3):
        make(cli)
    assert len(left(leasing)) == 3
    said = cli.ok("lease", "revoke", "-prefix", "-sync", "files/creds/app/")
    assert said == "Success! Revoked any leases with prefix: files/creds/app/\n"
    assert not left(leasing)


def test_leases_are_forgotten_by_force_only_with_a_prefix(leasing):
    cli = leasing.cli()
    lease = make(cli)
    assert "-prefix" in cli.fails(1, "lease", "revoke", "-force", lease)
    done = cli.run("lease", "revoke", "-force", "-prefix", "files/creds/app")
    assert done.returncode == 0 and "Warning!" in done.stderr
    assert "Force revoked" in done.stdout
    cli.fails(2, "lease", "lookup", lease)


def test_any_answer_can_be_wrapped_and_unwrapped_once(shared, kv):
    cli = shared.cli()
    cli.ok("kv", "put", f"{kv}/app", "password=hunter2")
    table = cli.ok("kv", "get", "-wrap-ttl=2m", f"{kv}/app")
    for row in ["wrapping_token:", "wrapping_accessor:", "wrapping_token_ttl:", "wrapping_token_creation_time:",
                "wrapping_token_creation_path:"]:
        assert re.search(rf"^{row} +\S", table, re.M), table
    assert "hunter2" not in table and re.search(r"^wrapping_token_ttl: +2m$", table, re.M)
    token = cli.ok("read", "-wrap-ttl=2m", "-field=wrapping_token", f"{kv}/data/app")
    assert cli.json("unwrap", token)["data"]["data"] == {"password": "hunter2"}
    assert "wrapping token is not valid" in cli.fails(2, "unwrap", token)
    assert re.search(r"^wrapped_accessor: +\S", cli.ok("token", "create", "-wrap-ttl=1m", "-policy=default"), re.M)
    assert re.search(r"^wrapping_token: +\S", cli.ok("write", "-f", "-wrap-ttl=1m", "sys/tools/random/8"), re.M)
    assert re.search(r"^wrapping_token: +\S", cli.ok("list", "-wrap-ttl=1m", f"{kv}/metadata"), re.M)


def test_paths_say_what_they_are_for(shared, kv):
    cli = shared.cli()
    assert "data/" in cli.ok("path-help", f"{kv}/data/app")
    assert "policies/acl" in cli.ok("path-help", "sys")
    assert "openapi" in cli.json("path-help", "sys/health")
    assert "Error retrieving help" in cli.fails(2, "path-help", "no/such/path")


def test_what_a_token_may_do_is_asked_by_its_accessor(shared):
    cli = shared.cli()
    accessor = cli.json("token", "create", "-policy=default")["auth"]["accessor"]
    assert cli.ok("token", "capabilities", "-accessor", accessor, "auth/token/lookup-self") == "read\n"
