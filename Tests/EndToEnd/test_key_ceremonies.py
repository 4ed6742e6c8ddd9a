"""New root tokens from key shares, and new key shares, through the real server and hvac."""

import base64
import threading

import hvac
import pytest
import requests

from support.api import data, errors
from support.server import TCP

OPEN = TCP.replace(
    "tls_disable = true",
    "tls_disable = true\n  disable_unauthed_rekey_endpoints = false\n"
    "  disable_unauthed_generate_root_endpoints = false")


@pytest.fixture
def five(servers):
    """Unsealed by three of five shares; all five are in `keys`."""
    server = servers.configured().start()
    server.keys = server.initialize(5, 3)["keys_base64"]
    return server.unseal()


def decode(encoded, otp):
    covered = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    return bytes(a ^ b for a, b in zip(covered, otp.encode(), strict=True)).decode()


def opens(server, keys):
    """Seals the server and says whether these shares open it again."""
    server.api.put("sys/seal")
    for key in keys:
        server.api.put("sys/unseal", {"key": key}, token=None)
    return not server.api.put("sys/unseal", {"reset": True}, token=None).json()["sealed"]


def opens_after_start(server, keys):
    for key in keys:
        server.api.put("sys/unseal", {"key": key}, token=None)
    return not server.api.put("sys/unseal", {"reset": True}, token=None).json()["sealed"]


# Root tokens


def test_hvac_makes_a_root_token_from_shares(five):
    client = five.hvac()
    started = client.sys.start_root_token_generation()
    assert started["started"] and started["required"] == 3 and len(started["otp"]) == started["otp_length"]
    assert "request_id" not in started, "older than the envelope"
    assert client.sys.read_root_generation_progress()["otp"] == ""
    for key in five.keys[1:4]:
        last = client.sys.generate_root(key, started["nonce"])
    assert last["complete"] is True and last["encoded_token"] == last["encoded_root_token"]
    token = decode(last["encoded_token"], started["otp"])
    assert token.startswith("hvs.") and token != five.root_token
    made = five.hvac(token).auth.token.lookup_self()["data"]
    assert made["policies"] == ["root"] and made["ttl"] == 0 and made["path"] == "auth/token/root"
    assert five.root_token and five.hvac().is_authenticated(), "the old one is not touched"
    assert not client.sys.read_root_generation_progress()["started"]


def test_hvac_cancels_an_attempt(five):
    client = five.hvac()
    nonce = client.sys.start_root_token_generation()["nonce"]
    client.sys.generate_root(five.keys[0], nonce)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="already in progress"):
        client.sys.start_root_token_generation()
    client.sys.cancel_root_generation()
    with pytest.raises(hvac.exceptions.InvalidRequest, match="no root generation"):
        client.sys.generate_root(five.keys[1], nonce)


def test_without_a_token_nothing_is_answered_unless_the_listener_says_so(five):
    for method, path in [
        ("get", "generate-root/attempt"), ("put", "generate-root/attempt"), ("delete", "generate-root/attempt"),
        ("put", "generate-root/update"), ("get", "rekey/init"), ("put", "rekey/init"), ("delete", "rekey/init"),
        ("put", "rekey/update"), ("put", "rekey/verify"), ("get", "rekey/backup"),
    ]:
        arguments = [{}] if method == "put" else []
        errors(getattr(five.api, method)(f"sys/{path}", *arguments, token=None), 403)
    plain = five.token_with(five.policy('path "sys/*" { capabilities = ["create", "read", "update", "delete"] }'))
    errors(five.api.put("sys/generate-root/attempt", {}, token=plain), 403)
    errors(five.api.put("sys/rekey/init", {"secret_shares": 1, "secret_threshold": 1}, token=plain), 403)


def test_on_an_open_listener_shares_are_enough_and_strangers_cancel_nothing(servers):
    server = servers.configured(listeners=OPEN).start()
    keys = server.initialize(3, 2)["keys_base64"]
    server.unseal()
    api = server.client(None)
    started = api.put("sys/generate-root/attempt", {}).json()
    seen = api.get("sys/generate-root/attempt").json()
    assert seen["started"] and seen["nonce"] == "" and seen["otp"] == ""
    for query in ("", "?nonce=", "?nonce=guess"):
        assert started["nonce"] not in errors(api.delete(f"sys/generate-root/attempt{query}"), 400)
    for key in keys[:2]:
        last = api.put("sys/generate-root/update", {"key": key, "nonce": started["nonce"]}).json()
    assert server.hvac(decode(last["encoded_token"], started["otp"])).is_authenticated()

    nonce = api.put("sys/rekey/init", {"secret_shares": 2, "secret_threshold": 2}).json()["nonce"]
    errors(api.delete("sys/rekey/init"), 400)
    assert api.delete(f"sys/rekey/init?nonce={nonce}").status_code == 204
    errors(api.get("sys/mounts"), 403)
    errors(api.get("sys/rotate/root/init"), 403)


# New shares


def test_hvac_rekeys_and_only_the_new_shares_open(five):
    mount = five.mount(2)
    five.api.post(f"{mount}/data/x", {"data": {"a": 1}})
    client = five.hvac()
    nonce = client.sys.start_rekey(secret_shares=3, secret_threshold=2)["nonce"]
    progress = client.sys.read_rekey_progress()
    assert (progress["t"], progress["n"], progress["required"], progress["progress"]) == (2, 3, 3, 0)
    made = client.sys.rekey_multi(five.keys[:3], nonce)
    assert made["complete"] and len(made["keys"]) == 3
    assert [bytes.fromhex(k) for k in made["keys"]] == [base64.b64decode(k) for k in made["keys_base64"]]
    assert not opens(five, five.keys[:3])
    assert opens(five, made["keys_base64"][1:])
    assert data(five.api.get(f"{mount}/data/x"))["data"] == {"a": 1}
    five.restart()
    assert not opens_after_start(five, five.keys[2:])
    assert opens_after_start(five, made["keys"][:2])


def test_hvac_rekeys_with_verification(five):
    client = five.hvac()
    nonce = client.sys.start_rekey(secret_shares=2, secret_threshold=2, require_verification=True)["nonce"]
    made = client.sys.rekey_multi(five.keys[2:], nonce)
    assert made["verification_required"] and made["verification_nonce"] != nonce
    assert opens(five, five.keys[:3]), "the old shares still count"
    assert not client.sys.read_rekey_progress()["started"], "sealing ended it"

    nonce = client.sys.start_rekey(secret_shares=2, secret_threshold=2, require_verification=True)["nonce"]
    made = client.sys.rekey_multi(five.keys[2:], nonce)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="nonce"):
        client.sys.rekey_verify(made["keys"][0], nonce)
    first = client.sys.rekey_verify(made["keys"][0], made["verification_nonce"])
    assert first["progress"] == 1
    client.sys.cancel_rekey_verify()
    verify = client.sys.read_rekey_verify_progress()
    assert verify["progress"] == 0 and verify["nonce"] != made["verification_nonce"]
    done = client.sys.rekey_verify_multi(made["keys"], verify["nonce"])
    assert done["complete"]
    assert not opens(five, five.keys[:3])
    assert opens(five, made["keys"])


def test_wrong_and_too_many_shares(five):
    client = five.hvac()
    nonce = client.sys.start_rekey(secret_shares=1, secret_threshold=1)["nonce"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="incorrect nonce"):
        client.sys.rekey(five.keys[0], "c0ffee")
    client.sys.rekey(five.keys[0], nonce)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="already been provided"):
        client.sys.rekey(five.keys[0], nonce)
    wrong = bytearray(base64.b64decode(five.keys[2]))
    wrong[3] ^= 1
    client.sys.rekey(five.keys[1], nonce)
    with pytest.raises(hvac.exceptions.InvalidRequest):
        client.sys.rekey(bytes(wrong).hex(), nonce)
    assert client.sys.read_rekey_progress()["progress"] == 0
    made = client.sys.rekey_multi(five.keys[:3], nonce)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="no barrier rekey"):
        client.sys.rekey(five.keys[3], nonce)
    assert opens(five, made["keys"])


def test_openbao_s_authenticated_forms(five):
    started = data(five.api.post("sys/rotate/root/init", {"secret_shares": 1, "secret_threshold": 1}))
    for key in five.keys[:3]:
        last = data(five.api.post("sys/rotate/root/update", {"key": key, "nonce": started["nonce"]}))
    assert last["complete"] and opens(five, last["keys"])
    assert five.api.post("sys/rotate/root").status_code == 204
    assert opens(five, last["keys"])
    started = data(five.api.post("sys/generate-root-token/attempt", {}))
    ended = data(five.api.post("sys/generate-root-token/update", {"key": last["keys"][0], "nonce": started["nonce"]}))
    assert five.hvac(decode(ended["encoded_token"], started["otp"])).is_authenticated()


def test_no_share_is_in_the_log(five):
    client = five.hvac()
    nonce = client.sys.start_rekey(secret_shares=2, secret_threshold=2)["nonce"]
    made = client.sys.rekey_multi(five.keys[:3], nonce)
    for secret in [*five.keys, *made["keys"], *made["keys_base64"]]:
        assert secret not in five.output


@pytest.mark.parametrize("moment", range(6))
def test_a_server_killed_in_the_middle_of_a_rekey_opens_with_the_old_or_the_new_shares(servers, moment):
    server = servers.durable(shares=3, threshold=2)
    old = server.unseal_keys
    mount = server.mount(2)
    server.api.post(f"{mount}/data/x", {"data": {"a": 1}})
    client = server.hvac()
    nonce = client.sys.start_rekey(secret_shares=2, secret_threshold=2, require_verification=True)["nonce"]
    made = client.sys.rekey_multi(old, nonce)
    client.sys.rekey_verify(made["keys"][0], made["verification_nonce"])

    def finish():
        try:
            server.api.put("sys/rekey/verify", {"key": made["keys"][1], "nonce": made["verification_nonce"]})
        except requests.exceptions.RequestException:
            pass  # It was killed.

    request = threading.Thread(target=finish)
    request.start()
    request.join(moment * 0.002)
    server.kill()
    request.join()
    server.start()
    assert opens_after_start(server, made["keys"]) or opens_after_start(server, old)
    assert data(server.api.get(f"{mount}/data/x"))["data"] == {"a": 1}


def test_hvac_rotates_steps_down_and_cancels_a_rekey(servers):
    server = servers.dev().start()
    vault = server.hvac()
    before = data(server.api.get("sys/key-status"))["term"]
    assert vault.sys.rotate_encryption_key().status_code == 204
    assert data(server.api.get("sys/key-status"))["term"] == before + 1
    vault.sys.start_rekey(secret_shares=1, secret_threshold=1)
    vault.sys.cancel_rekey()
    assert vault.sys.read_rekey_progress()["started"] is False
    with pytest.raises(hvac.exceptions.InvalidRequest, match="no backed-up keys found"):
        vault.sys.read_backup_keys()
    assert vault.sys.read_init_status() == {"initialized": True}
    assert vault.sys.step_down().status_code == 204
    assert vault.sys.revoke_force("auth/nobody").status_code == 204
    assert vault.auth.token.tidy().status_code == 202
