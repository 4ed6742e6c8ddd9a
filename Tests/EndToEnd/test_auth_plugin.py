"""An auth method in a process of its own: who is let in, into which groups, and who is locked out."""

import shutil

import pytest

from support.api import data, errors
from support.catalog import register_all
from support.cli import binary


@pytest.fixture
def door(servers, tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    target = plugins / "coffer-plugin-auth-test"
    shutil.copy(binary("TestPlugin"), target)
    target.chmod(0o755)
    server = servers.durable(extra=f'plugin_directory = "{plugins}"')
    register_all(server, plugins)
    assert server.api.post("sys/auth/door", {"type": "test"}).status_code == 204
    return server


def login(server, user="ada", password="right", path=None, **more):
    return server.api.post(path or f"auth/door/login/{user}", {"password": password, **more}, token="")


def test_whoever_is_let_in_has_an_entity_with_the_metadata_of_the_method(door):
    auth = login(door).json()["auth"]
    entity = data(door.api.get(f"identity/entity/id/{auth['entity_id']}"))
    (alias,) = entity["aliases"]
    assert alias["name"] == "ada" and alias["metadata"] == {"how": "password"}
    assert alias["mount_path"] == "auth/door/"


def test_groups_of_the_auth_method_follow_each_login_and_renewal(door):
    client = door.hvac()
    accessor = client.sys.list_auth_methods()["data"]["door/"]["accessor"]
    for name in ("dev", "ops"):
        group = client.secrets.identity.create_or_update_group(name=name, group_type="external", policies=[name])
        client.secrets.identity.create_or_update_group_alias(
            name=name, mount_accessor=accessor, canonical_id=group["data"]["id"])
    auth = login(door, groups=["dev", "unknown"], later=["ops"]).json()["auth"]
    assert auth["identity_policies"] == ["dev"]
    token = auth["client_token"]
    renewed = door.api.post("auth/token/renew-self", {}, token=token).json()["auth"]
    assert renewed["identity_policies"] == ["ops"]
    seen = data(door.api.get("auth/token/lookup-self", token=token))
    assert seen["identity_policies"] == ["ops"]
    assert "identity_policies" not in login(door).json()["auth"]


@pytest.mark.parametrize("form", ["path", "body"])
def test_a_name_that_fails_too_often_is_locked_out(door, form):
    def attempt(user, password):
        if form == "path":
            return login(door, user, password).status_code
        return login(door, password=password, path="auth/door/login", username=user).status_code

    for _ in range(5):
        assert attempt("eve", "wrong") == 400
    assert attempt("eve", "right") == 403
    assert attempt("ada", "right") == 200
    locked = data(door.api.get("sys/locked-users"))
    (mount,) = locked["by_namespace"][0]["mount_accessors"]
    assert mount["alias_identifiers"] == ["eve"]


def test_disabling_it_ends_everybody_whom_it_let_in(door):
    token = login(door).json()["auth"]["client_token"]
    assert door.api.delete("sys/auth/door").status_code == 204
    refused = door.api.get("auth/token/lookup-self", token=token)
    assert "permission denied" in errors(refused, 403)


def test_hvac_enables_tunes_and_disables_it(door):
    vault = door.hvac()
    vault.sys.enable_auth_method("test", path="side", description="d", config={"token_type": "batch"})
    assert vault.sys.list_auth_methods()["data"]["side/"]["config"]["token_type"] == "batch"
    assert vault.sys.list_auth_methods()["data"]["door/"]["config"]["token_type"] == "default-service"
    vault.sys.tune_auth_method("side", description="other", default_lease_ttl="1h", max_lease_ttl="2h")
    tuned = vault.sys.read_auth_method_tuning("side")["data"]
    assert (tuned["description"], tuned["default_lease_ttl"], tuned["token_type"]) == ("other", 3600, "batch")
    token = login(door, path="auth/side/login/ada").json()["auth"]
    assert token["token_type"] == "batch" and token["lease_duration"] == 600
    vault.sys.disable_auth_method("side")
    assert "side/" not in vault.sys.list_auth_methods()["data"]
