"""The commands for audit devices and for moving mounts, against a real server."""

import json

import pytest



def test_an_audit_device_is_enabled_listed_used_and_disabled(servers, tmp_path):
    server = servers.dev("audited").start()
    cli = server.cli()
    log = tmp_path / "audit.log"
    assert cli.ok("audit", "enable", "file", f"file_path={log}") == "Success! Enabled the file audit device at: file/\n"
    cli.ok("kv", "put", "-mount=secret", "a", "password=hunter2")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["type"] for line in lines} == {"request", "response"}
    assert any(line["request"]["path"] == "secret/data/a" for line in lines)
    assert "hunter2" not in log.read_text()
    tokens = [line["auth"]["client_token"] for line in lines if "client_token" in line.get("auth", {})]
    assert tokens and all(token.startswith("hmac-sha256:") for token in tokens)
    table = cli.ok("audit", "list", "-detailed")
    assert "file/" in table and str(log) in table
    assert cli.json("audit", "list")["file/"]["type"] == "file"
    assert "path already in use" in cli.fails(2, "audit", "enable", "file", f"file_path={log}")
    assert cli.ok("audit", "disable", "file") == "Success! Disabled audit device (if it was enabled) at: file/\n"
    assert "No audit devices are enabled" in cli.fails(2, "audit", "list")
    size = log.stat().st_size
    cli.ok("kv", "get", "-mount=secret", "a")
    assert log.stat().st_size == size


@pytest.mark.parametrize("config", [["file_path="], ["file_path=/"], [], ["file_path=/bin/true"], ["file_path=x", "format=xml"]])
def test_an_audit_device_that_cannot_be_is_refused_with_a_reason(servers, config):
    cli = servers.dev("refusing").start().cli()
    said = cli.fails(2, "audit", "enable", "file", *config)
    assert "Code: 400" in said


def test_a_secrets_engine_moves_with_its_data(servers):
    server = servers.dev("moving").start()
    cli = server.cli()
    cli.ok("kv", "put", "-mount=secret", "a", "x=1")
    moved = cli.ok("secrets", "move", "secret/", "moved/")
    assert "moved" in moved
    assert cli.ok("kv", "get", "-mount=moved", "-field=x", "a") == "1"
    assert server.api.get("secret/data/a").status_code == 404
    assert cli.json("secrets", "list")["moved/"]["type"] == "kv"
