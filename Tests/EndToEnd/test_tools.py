"""Random bytes, digests and password policies, as scripts use them."""

import base64
import hashlib
import string

import pytest

from support.api import data, errors
from support.server import unique
from support.waiting import until

CHARSETS = [string.ascii_lowercase, string.ascii_uppercase, string.digits]


def test_random_bytes(shared):
    seen = set()
    for path, body, count in [
            ("sys/tools/random", {}, 32), ("sys/tools/random/164", {}, 164), ("sys/tools/random/platform/8", {}, 8)]:
        text = data(shared.api.post(path, {**body, "format": "hex"}))["random_bytes"]
        assert len(bytes.fromhex(text)) == count
        seen.add(text)
    assert len(base64.b64decode(data(shared.api.post("sys/tools/random", {"bytes": 33}))["random_bytes"])) == 33
    assert len(seen) == 3
    assert "bytes" in errors(shared.api.post("sys/tools/random/131073"), 400)


def test_hvac_asks_for_digests_and_random_bytes(shared):
    client = shared.hvac()
    for name, algorithm in [("sha2-256", "sha256"), ("sha3-512", "sha3_512")]:
        answer = client.adapter.post(f"/v1/sys/tools/hash/{name}", json={"input": base64.b64encode(b"x").decode()})
        assert answer["data"]["sum"] == hashlib.new(algorithm, b"x").hexdigest()


def policy_text(length=20):
    rules = "".join(f'rule "charset" {{ charset = "{charset}" min-chars = 1 }}\n' for charset in CHARSETS)
    return f"length = {length}\n{rules}"


def test_a_password_policy_makes_passwords(shared):
    name = unique("password")
    path = f"sys/policies/password/{name}"
    assert shared.api.put(path, {"policy": policy_text()}).status_code == 204
    assert data(shared.api.get(path)) == {"policy": policy_text()}
    assert name in data(shared.api.list("sys/policies/password"))["keys"]
    passwords = {data(shared.api.get(f"{path}/generate"))["password"] for _ in range(10)}
    assert len(passwords) == 10
    for password in passwords:
        assert len(password) == 20 and all(set(password) & set(charset) for charset in CHARSETS)
    assert shared.api.delete(path).status_code == 204
    assert shared.api.get(path).status_code == 404
    assert "does not exist" in errors(shared.api.get(f"{path}/generate"), 404)


def test_password_policies_need_rights(shared):
    token = shared.token_with(shared.policy('path "secret/x" { capabilities = ["read"] }'))
    client = shared.client(token)
    name = unique("password")
    for answer in [
            client.put(f"sys/policies/password/{name}", {"policy": policy_text()}),
            client.get(f"sys/policies/password/{name}/generate"), client.list("sys/policies/password")]:
        errors(answer, 403)


def test_a_password_policy_survives_a_restart(durable):
    durable.api.put("sys/policies/password/kept", {"policy": policy_text(30)})
    durable.restart()
    durable.unseal()
    assert len(data(durable.api.get("sys/policies/password/kept/generate"))["password"]) == 30


def test_a_policy_with_an_end_ends(shared, kv):
    name = unique("policy")
    shared.api.post(f"{kv}/data/a", {"data": {"x": "1"}})
    text = f'path "{kv}/data/*" {{ capabilities = ["read"] }}'
    assert shared.api.put(f"sys/policies/acl/{name}", {"policy": text, "ttl": "2s"}).status_code == 204
    client = shared.client(shared.token_with(name))
    assert data(client.get(f"{kv}/data/a"))["data"] == {"x": "1"}
    until(lambda: client.get(f"{kv}/data/a").status_code == 403, "the policy has ended")
    assert shared.api.get(f"sys/policies/acl/{name}").status_code == 404
    assert name not in data(shared.api.list("sys/policies/acl"))["keys"]


def test_a_policy_ends_while_the_server_is_down(durable):
    text = 'path "secret/*" { capabilities = ["read"] }'
    durable.api.put("sys/policies/acl/short", {"policy": text, "ttl": "1s"})
    durable.api.put("sys/policies/acl/long", {"policy": text, "ttl": "1h"})
    durable.restart()
    durable.unseal()
    until(lambda: durable.api.get("sys/policies/acl/short").status_code == 404, "the policy has ended")
    assert data(durable.api.get("sys/policies/acl/long"))["version"] == 1


@pytest.mark.parametrize("root, member", [("sys/policies/acl", "policy"), ("sys/policy", "rules")])
def test_check_and_set_of_policies(shared, root, member):
    name, text = unique("policy"), 'path "secret/x" { capabilities = ["read"] }'
    assert shared.api.put(f"{root}/{name}", {"policy": text, "cas": -1, "cas_required": True}).status_code == 204
    assert "check-and-set" in errors(shared.api.put(f"{root}/{name}", {"policy": text}), 400)
    assert "check-and-set" in errors(shared.api.put(f"{root}/{name}", {"policy": text, "cas": 7}), 400)
    read = data(shared.api.get(f"{root}/{name}"))
    assert read["version"] == 1 and read["cas_required"] is True and read[member] == text
