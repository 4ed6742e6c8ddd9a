"""`coffer operator` for keys, and mounts that move, with the real server."""

import re

import hvac
import pytest

from support import waiting
from support.api import data, errors
from support.server import unique


def test_a_root_token_from_the_command_line(servers):
    server = servers.durable(shares=3, threshold=2)
    cli = server.cli()
    started = cli.json("operator", "generate-root", "-init")
    assert "already in progress" in cli.fails(2, "operator", "generate-root", "-init")
    nonce = f"-nonce={started['nonce']}"
    assert "1/2" in cli.ok("operator", "generate-root", nonce, "-", input=server.unseal_keys[0])
    out = cli.ok("operator", "generate-root", nonce, "-", input=server.unseal_keys[1])
    encoded = re.search(r"Encoded Token\s+(\S+)", out)[1]
    token = cli.ok("operator", "generate-root", f"-decode={encoded}", f"-otp={started['otp']}").strip()
    assert server.hvac(token).is_authenticated()


def test_a_rekey_from_the_command_line(servers):
    server = servers.durable(shares=2, threshold=2)
    cli = server.cli()
    nonce = cli.json("operator", "rekey", "-init", "-key-shares=3", "-key-threshold=2")["nonce"]
    cli.ok("operator", "rekey", f"-nonce={nonce}", server.unseal_keys[0])
    out = cli.ok("operator", "rekey", f"-nonce={nonce}", server.unseal_keys[1])
    keys = re.findall(r"^Key \d: (\S+)$", out, re.M)
    assert len(keys) == 3
    cli.ok("operator", "seal")
    for key in keys[1:]:
        cli.ok("operator", "unseal", key)
    assert server.hvac().is_authenticated()


def test_keys_are_rotated_and_shown(durable):
    cli = durable.cli()
    assert re.search(r"Key Term\s+2\n", cli.ok("operator", "rotate"))
    assert cli.json("operator", "key-status")["term"] == 2
    assert "true" in cli.ok("operator", "members")
    before = durable.hvac().sys.get_encryption_key_status()["encryptions"]
    durable.restart()
    durable.unseal()
    after = durable.hvac().sys.get_encryption_key_status()["encryptions"]
    assert before <= after < before + 1000


def test_a_mount_moves_with_its_data(durable):
    mount, target = durable.mount(2), unique("moved")
    durable.api.post(f"{mount}/data/x", {"data": {"a": 1}})
    moved = durable.hvac().sys.move_backend(mount, target)
    waiting.until(
        lambda: data(durable.api.get(f"sys/remount/status/{moved['migration_id']}"))["migration_info"]["status"]
        == "success", "the mount has moved")
    errors(durable.api.get(f"{mount}/data/x"), 404)
    assert data(durable.api.get(f"{target}/data/x"))["data"] == {"a": 1}
    durable.restart()
    durable.unseal()
    assert data(durable.api.get(f"{target}/data/x"))["data"] == {"a": 1}
    with pytest.raises(hvac.exceptions.InvalidRequest):
        durable.hvac().sys.move_backend("sys", unique("moved"))
