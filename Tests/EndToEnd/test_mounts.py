"""Mounts: sys/mounts, sys/auth, tune, sys/internal/ui/mounts."""

import hvac
import pytest

from support.api import data, errors
from support.server import unique


def test_the_list_of_mounts_shows_the_dev_servers_kv(shared):
    answer = shared.api.get("sys/mounts")
    mounts = data(answer)
    secret = mounts["secret/"]
    assert secret["type"] == "kv" and secret["options"] == {"version": "2"}
    assert secret["accessor"].startswith("kv_") and len(secret["uuid"]) == 36
    assert {"default_lease_ttl", "max_lease_ttl", "force_no_cache"} <= set(secret["config"])
    assert {"description", "local", "seal_wrap", "external_entropy_access", "plugin_version",
            "running_plugin_version", "running_sha256", "deprecation_status"} <= set(secret)
    assert "sys/" in mounts
    assert answer.json()["secret/"] == secret, "older clients read the mounts beside the envelope"


def test_the_list_of_auth_methods_shows_token(shared):
    methods = data(shared.api.get("sys/auth"))
    assert methods["token/"]["type"] == "token"
    assert methods["token/"]["accessor"].startswith("auth_token_")
    assert "token/" in shared.hvac().sys.list_auth_methods()


def test_a_mount_is_enabled_read_and_disabled(shared):
    path = unique("deep/er/kv")
    body = {"type": "kv", "description": "for a test", "options": {"version": "1"},
            "config": {"default_lease_ttl": "30m", "max_lease_ttl": 7200}}
    assert shared.api.post(f"sys/mounts/{path}", body).status_code == 204
    entry = data(shared.api.get(f"sys/mounts/{path}"))
    assert entry["description"] == "for a test" and entry["options"] == {"version": "1"}
    assert (entry["config"]["default_lease_ttl"], entry["config"]["max_lease_ttl"]) == (1800, 7200)
    assert shared.api.put(f"{path}/x", {"a": 1}).status_code == 204
    assert shared.api.delete(f"sys/mounts/{path}").status_code == 204
    errors(shared.api.get(f"{path}/x"), 404)
    assert f"{path}/" not in data(shared.api.get("sys/mounts"))


def test_a_new_mount_at_an_old_path_sees_nothing_of_the_old_data(shared):
    path = shared.mount(2)
    assert shared.api.post(f"{path}/data/x", {"data": {"a": 1}}).status_code == 200
    shared.api.delete(f"sys/mounts/{path}")
    shared.mount(2, path)
    assert shared.api.get(f"{path}/data/x").json() == {"errors": []}
    errors(shared.api.list(f"{path}/metadata"), 404)


def test_kv_v2_and_kv_v1_are_names_for_versions_of_kv(shared):
    for name, version in (("kv-v2", "2"), ("kv-v1", "1")):
        path = unique(name)
        assert shared.api.post(f"sys/mounts/{path}", {"type": name}).status_code == 204
        entry = data(shared.api.get("sys/mounts"))[f"{path}/"]
        assert (entry["type"], entry["options"]) == ("kv", {"version": version})


@pytest.mark.parametrize("path", ["secret", "secret/below", "sys/mine", "auth/mine", "cubbyhole", "identity", "audit"])
def test_a_path_that_is_taken_or_reserved_cannot_be_mounted_on(shared, path):
    errors(shared.api.post(f"sys/mounts/{path}", {"type": "kv"}), 400)


def test_a_mount_cannot_be_placed_above_another(shared):
    top = unique("top")
    shared.mount(1, f"{top}/below")
    errors(shared.api.post(f"sys/mounts/{top}", {"type": "kv"}), 400)


@pytest.mark.parametrize("body", [
    {}, {"type": ""}, {"type": "no-such-engine"}, {"type": "../kv"}, {"type": "kv/../../etc"}, {"type": "KV\n"},
    {"type": "token"}, {"type": "kv", "config": {"default_lease_ttl": "nonsense"}}, {"type": "kv", "config": 7},
    {"type": "kv", "options": {"version": "3"}}, {"type": ["kv"]},
])
def test_a_mount_that_makes_no_sense_is_refused_and_leaves_nothing(shared, body):
    path = unique("bad")
    answer = shared.api.post(f"sys/mounts/{path}", body)
    assert errors(answer, 400)
    assert f"{path}/" not in data(shared.api.get("sys/mounts"))


def test_the_built_in_mounts_cannot_be_disabled(shared):
    for path in ("sys/mounts/sys", "sys/auth/token"):
        errors(shared.api.delete(path), 400)


def test_disabling_what_is_not_there_is_no_error(shared):
    assert shared.api.delete(f"sys/mounts/{unique('never')}").status_code in (200, 204)


def test_tune_changes_what_is_named_and_nothing_else(shared, kv):
    before = data(shared.api.get(f"sys/mounts/{kv}/tune"))
    assert before["options"] == {"version": "2"} and before["force_no_cache"] is False
    assert before["default_lease_ttl"] == before["max_lease_ttl"] == 2764800
    tuned = shared.api.post(f"sys/mounts/{kv}/tune", {"default_lease_ttl": "10m", "description": "tuned"})
    assert tuned.status_code in (200, 204)
    after = data(shared.api.get(f"sys/mounts/{kv}/tune"))
    assert (after["default_lease_ttl"], after["description"]) == (600, "tuned")
    assert after["max_lease_ttl"] == before["max_lease_ttl"] and after["options"] == {"version": "2"}
    errors(shared.api.post(f"sys/mounts/{kv}/tune", {"default_lease_ttl": "20m", "max_lease_ttl": "10m"}), 400)
    errors(shared.api.post(f"sys/mounts/{unique('none')}/tune", {"description": "x"}), 400)
    # A version 2 engine cannot go back.
    errors(shared.api.post(f"sys/mounts/{kv}/tune", {"options": {"version": "1"}}), 400)


def test_hvac_mounts_and_tunes(shared):
    client, path = shared.hvac(), unique("hvac")
    client.sys.enable_secrets_engine("kv", path=path, description="by hvac", options={"version": "2"})
    assert client.sys.list_mounted_secrets_engines()["data"][f"{path}/"]["description"] == "by hvac"
    client.sys.tune_mount_configuration(path, default_lease_ttl="15m", description="again")
    assert client.sys.read_mount_configuration(path)["data"]["default_lease_ttl"] == 900
    client.sys.disable_secrets_engine(path)
    assert f"{path}/" not in client.sys.list_mounted_secrets_engines()["data"]
    with pytest.raises(hvac.exceptions.InvalidRequest):
        client.sys.enable_secrets_engine("nothing-of-that-name", path=path)
    assert client.sys.read_auth_method_tuning("token")["data"]["default_lease_ttl"] > 0


def test_the_ui_mounts_answer_tells_clients_which_version_of_kv_is_where(shared, kv, kv1):
    for mount, version in ((kv, "2"), (kv1, "1")):
        for path in (mount, f"{mount}/", f"{mount}/some/where"):
            entry = data(shared.api.get(f"sys/internal/ui/mounts/{path}"))
            assert entry["path"] == f"{mount}/" and entry["type"] == "kv"
            assert (entry["options"] or {}).get("version", "1") == version
    everything = data(shared.api.get("sys/internal/ui/mounts"))
    assert f"{kv}/" in everything["secret"] and "token/" in everything["auth"]


def test_the_ui_mounts_answer_shows_a_token_only_what_it_may_reach(shared, kv, kv1):
    policy = shared.policy(f'path "{kv}/data/mine/*" {{ capabilities = ["read"] }}')
    token = shared.token_with(policy)
    assert data(shared.api.get(f"sys/internal/ui/mounts/{kv}/data", token=token))["path"] == f"{kv}/"
    errors(shared.api.get(f"sys/internal/ui/mounts/{kv1}", token=token), 403)
    errors(shared.api.get(f"sys/internal/ui/mounts/{unique('none')}", token=token), 403)
    seen = data(shared.api.get("sys/internal/ui/mounts", token=token))["secret"]
    assert f"{kv}/" in seen and f"{kv1}/" not in seen


def test_a_mount_that_is_not_there_cannot_be_told_from_one_that_is_forbidden(shared, kv):
    token = shared.token_with("default")
    hidden = shared.api.get(f"{kv}/data/x", token=token)
    missing = shared.api.get(f"{unique('none')}/data/x", token=token)
    assert errors(hidden, 403) == errors(missing, 403)
    assert "no handler for route" in errors(shared.api.get(f"{unique('none')}/data/x"), 404)


def test_enabling_an_auth_method_that_is_not_there_is_refused(shared):
    errors(shared.api.post(f"sys/auth/{unique('x')}", {"type": "no-such-method"}), 400)
    errors(shared.api.post(f"sys/auth/{unique('x')}", {"type": "kv"}), 400)
