"""Token roles, batch tokens and the token mount's settings, through hvac."""

import concurrent.futures

import hvac
import pytest

from support import waiting
from support.api import data, errors
from support.server import unique


@pytest.fixture
def tokens(shared):
    return shared.hvac().auth.token


@pytest.fixture
def role(shared, tokens):
    """Makes token roles that go with the test."""
    made = []

    def make(**how):
        name = unique("role")
        assert shared.api.post(f"auth/token/roles/{name}", how).status_code == 204
        made.append(name)
        return name

    yield make
    for name in made:
        tokens.delete_role(name)


def status(shared, token):
    return shared.api.get("auth/token/lookup-self", token=token).status_code


def test_a_role_is_written_read_listed_and_deleted(shared, tokens):
    name = unique("role")
    tokens.create_or_update_role(
        name, allowed_policies=["b", "a"], orphan=True, renewable=False, path_suffix="ci", token_period="30m")
    found = tokens.read_role(name)["data"]
    assert found["name"] == name and found["allowed_policies"] == ["a", "b"] and found["orphan"] is True
    assert found["renewable"] is False and found["path_suffix"] == "ci" and found["token_period"] == 1800
    assert found["token_type"] == "default-service" and found["disallowed_policies"] == []
    assert name in tokens.list_roles()["data"]["keys"]
    tokens.delete_role(name)
    with pytest.raises(hvac.exceptions.InvalidPath):
        tokens.read_role(name)


def test_a_role_gives_what_its_user_does_not_have(shared, tokens, role):
    name = role(allowed_policies=["deploy"])
    policy = shared.policy(f'path "auth/token/create/{name}" {{ capabilities = ["update"] }}')
    user = shared.hvac(tokens.create(policies=[policy])["auth"]["client_token"]).auth.token
    made = user.create(role_name=name)["auth"]
    assert made["policies"] == ["default", "deploy"]
    found = tokens.lookup(made["client_token"])["data"]
    assert found["role"] == name and found["path"] == f"auth/token/create/{name}"
    with pytest.raises(hvac.exceptions.InvalidRequest, match="must be subset of the role's allowed policies"):
        user.create(role_name=name, policies=["admin"])
    with pytest.raises(hvac.exceptions.Forbidden):
        user.create(policies=["default"])


def test_a_role_that_is_not_there_is_named(tokens):
    with pytest.raises(hvac.exceptions.InvalidRequest, match="unknown role nowhere"):
        tokens.create(role_name="nowhere")


def test_a_token_that_is_bound_elsewhere_is_of_no_use_here(shared, tokens, role):
    elsewhere = role(allowed_policies=["default"], token_bound_cidrs=["192.0.2.0/24", "2001:db8::/32"])
    here = role(allowed_policies=["default"], token_bound_cidrs=["127.0.0.0/8"])
    bound = tokens.create(role_name=elsewhere)["auth"]["client_token"]
    assert errors(shared.api.get("auth/token/lookup-self", token=bound), 403) == "permission denied"
    assert status(shared, tokens.create(role_name=here)["auth"]["client_token"]) == 200
    assert tokens.lookup(bound)["data"]["bound_cidrs"] == ["192.0.2.0/24", "2001:db8::/32"]


def test_a_batch_token_works_and_leaves_no_trace(shared, tokens):
    auth = tokens.create(type="batch", policies=["default"], ttl="20m")["auth"]
    assert auth["client_token"].startswith("hvb.") and auth["accessor"] == ""
    assert auth["token_type"] == "batch" and auth["renewable"] is False and auth["lease_duration"] == 1200
    own = shared.hvac(auth["client_token"]).auth.token
    found = own.lookup_self()["data"]
    assert found["type"] == "batch" and found["accessor"] == "" and found["policies"] == ["default"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="batch tokens cannot be renewed"):
        own.renew_self()
    with pytest.raises(hvac.exceptions.InvalidRequest, match="batch tokens cannot be revoked"):
        tokens.revoke(auth["client_token"])
    text = errors(shared.api.post("cubbyhole/x", {"a": "b"}, token=auth["client_token"]), 400)
    assert "only supported by" in text


def test_a_batch_token_reads_secrets(shared, kv, tokens):
    shared.api.post(f"{kv}/data/a", {"data": {"k": "v"}})
    policy = shared.policy(f'path "{kv}/data/*" {{ capabilities = ["read"] }}')
    token = tokens.create(type="batch", policies=[policy])["auth"]["client_token"]
    assert data(shared.api.get(f"{kv}/data/a", token=token))["data"] == {"k": "v"}
    errors(shared.api.post(f"{kv}/data/a", {"data": {}}, token=token), 403)


def test_a_batch_token_ends_with_its_parent(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    parent = tokens.create(policies=[policy])["auth"]["client_token"]
    child = shared.hvac(parent).auth.token.create(type="batch")["auth"]["client_token"]
    assert status(shared, child) == 200
    tokens.revoke(parent)
    assert status(shared, child) == 403


def test_a_batch_token_and_a_role_outlive_a_restart(durable):
    tokens = durable.hvac().auth.token
    tokens.create_or_update_role("ci", allowed_policies=["default"], token_period="1h")
    batch = tokens.create(type="batch", policies=["default"])["auth"]["client_token"]
    made = tokens.create(role_name="ci")["auth"]["client_token"]
    durable.restart()
    durable.unseal()
    for token in (batch, made):
        assert status(durable, token) == 200
    assert durable.hvac(made).auth.token.renew_self()["auth"]["lease_duration"] == 3600


def test_the_token_mount_is_tuned_and_stays_so(durable):
    durable.api.post("sys/auth/token/tune", {"default_lease_ttl": "10m", "max_lease_ttl": "20m"})
    tokens = durable.hvac().auth.token
    assert tokens.create(policies=["default"])["auth"]["lease_duration"] == 600
    assert tokens.create(policies=["default"], ttl="5h")["auth"]["lease_duration"] == 1200
    durable.restart()
    durable.unseal()
    assert durable.hvac().auth.token.create(policies=["default"])["auth"]["lease_duration"] == 600
    assert data(durable.api.get("sys/auth/token/tune"))["max_lease_ttl"] == 1200
    errors(durable.api.post("sys/auth/token/tune", {"token_type": "batch"}), 400)
    errors(durable.api.post("sys/mounts/sys/tune", {"max_lease_ttl": "1h"}), 400)
    errors(durable.api.delete("sys/auth/token"), 400)


def test_tidying_is_accepted_and_harms_nothing(shared, tokens):
    auth = tokens.create(policies=["default"])["auth"]
    answer = shared.api.post("auth/token/tidy")
    assert answer.status_code in (200, 202) and answer.json()["warnings"]
    waiting.until(lambda: shared.api.post("auth/token/tidy").status_code == 202, "tidying ends", 20)
    assert tokens.lookup_accessor(auth["accessor"])["data"]["accessor"] == auth["accessor"]


def test_the_last_uses_go_to_as_many_as_there_are_uses(shared, tokens):
    token = tokens.create(policies=["default"], num_uses=7)["auth"]["client_token"]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: status(shared, token), range(40)))
    assert sorted(set(answers)) == [200, 403] and answers.count(200) == 7


def test_an_encoded_token_is_decoded(shared):
    # "hello" XOR "world", in base64 without padding.
    answer = shared.api.post("sys/decode-token", {"encoded_token": "HwoeAAs", "otp": "world"}, token=None)
    assert data(answer) == {"token": "hello"}
    for body in ({"otp": "world"}, {"encoded_token": "HwoeAAs"}, {"encoded_token": "!", "otp": "world"},
                 {"encoded_token": "HwoeAAs", "otp": "worl"}):
        errors(shared.api.post("sys/decode-token", body, token=None), 400)


def test_nobody_is_locked_out_and_an_unknown_mount_is_named(shared):
    assert data(shared.api.get("sys/locked-users")) == {"by_namespace": [], "total": 0}
    assert "nowhere" in errors(shared.api.get("sys/locked-users", params={"mount_accessor": "nowhere"}), 400)
    errors(shared.api.post("sys/locked-users/nowhere/unlock/alice"), 400)
    errors(shared.api.get("sys/locked-users", token=shared.token_with("default")), 403)


def test_a_token_belongs_to_the_entity_of_its_alias(shared, tokens, role):
    name = role(allowed_policies=["default"], allowed_entity_aliases=["web-*"])
    first = tokens.create(role_name=name, entity_alias="Web-1")["auth"]
    again = tokens.create(role_name=name, entity_alias="web-1")["auth"]
    assert first["entity_id"] and first["entity_id"] == again["entity_id"]
    shared.api.post(f"identity/entity/id/{first['entity_id']}", {"policies": ["staff"]})
    third = tokens.create(role_name=name, entity_alias="web-1")["auth"]
    assert third["identity_policies"] == ["staff"] and third["token_policies"] == ["default"]
    assert third["policies"] == ["default", "staff"]
    found = tokens.lookup(third["client_token"])["data"]
    assert found["entity_id"] == first["entity_id"] and found["identity_policies"] == ["staff"]
    batch = tokens.create(role_name=name, entity_alias="web-1", type="batch")["auth"]["client_token"]
    assert tokens.lookup(batch)["data"]["entity_id"] == first["entity_id"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid 'entity_alias' value"):
        tokens.create(role_name=name, entity_alias="db-1")
