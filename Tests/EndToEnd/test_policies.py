"""Policies: who may do what, by Vault's rules."""

import hvac
import pytest

from support.api import data, errors
from support.server import unique


@pytest.fixture
def allow(shared, kv):
    """Makes an API client whose token has the policy; `KV` in its text is the mount's path."""
    def make(text):
        return shared.client(shared.token_with(shared.policy(text.replace("KV", kv))))
    return make


# Keeping policies


@pytest.mark.parametrize("root, member", [("sys/policies/acl", "policy"), ("sys/policy", "rules")])
def test_a_policy_is_written_read_listed_and_deleted(shared, root, member):
    name, text = unique("policy"), 'path "secret/*" { capabilities = ["read"] }  # as it was'
    assert shared.api.put(f"{root}/{name}", {"policy": text}).status_code == 204
    read = data(shared.api.get(f"{root}/{name}"))
    assert read["name"] == name and read[member] == text
    assert name in data(shared.api.list(root))["keys"]
    assert shared.api.delete(f"{root}/{name}").status_code == 204
    assert shared.api.get(f"{root}/{name}").status_code == 404
    assert name not in data(shared.api.list(root))["keys"]


def test_the_old_list_of_policies_is_a_read(shared):
    answer = data(shared.api.get("sys/policy"))
    assert {"root", "default"} <= set(answer["policies"]) and answer["keys"] == answer["policies"]


def test_hvac_keeps_policies(shared):
    client, name, text = shared.hvac(), unique("policy"), 'path "secret/x" { capabilities = ["list"] }'
    client.sys.create_or_update_policy(name, text)
    assert client.sys.read_policy(name)["data"]["rules"] == text
    assert name in client.sys.list_policies()["data"]["policies"]
    client.sys.delete_policy(name)
    with pytest.raises(hvac.exceptions.InvalidPath):
        client.sys.read_policy(name)
    client.sys.create_or_update_acl_policy(name, {"path": {"secret/x": {"capabilities": ["read"]}}})
    assert "secret/x" in client.sys.read_acl_policy(name)["data"]["policy"]
    assert name in client.sys.list_acl_policies()["data"]["keys"]
    client.sys.delete_acl_policy(name)


def test_names_of_policies_do_not_depend_on_case(shared):
    name = unique("Mixed")
    shared.policy('path "secret/x" { capabilities = ["read"] }', name)
    assert data(shared.api.get(f"sys/policies/acl/{name.lower()}"))["name"] == name.lower()
    assert data(shared.api.get(f"sys/policies/acl/{name.upper()}"))["name"] == name.lower()
    assert name.lower() in data(shared.api.list("sys/policies/acl"))["keys"]


def test_the_built_in_policies_are_protected(shared):
    text = 'path "*" { capabilities = ["read"] }'
    for name in ("root", "Root", "ROOT", "response-wrapping"):
        errors(shared.api.put(f"sys/policies/acl/{name}", {"policy": text}), 400)
    for name in ("root", "default", "response-wrapping"):
        errors(shared.api.delete(f"sys/policies/acl/{name}"), 400)
    assert "lookup-self" in data(shared.api.get("sys/policies/acl/default"))["policy"]


@pytest.mark.parametrize("text, where", [
    ('path "a" { capabilities = ["read" }', "1:"),
    ('path "a" {\n  capabilities = ["read"]\n  colour = "red"\n}', "3:"),
    ('path "a" {\n  capabilities = ["raed"]\n}', "2:"),
    ('\n\nnonsense', "3:"),
    ('path "a" { policy = "read"', "1:"),
    ('path "a" { capabilities = "read" ', "1:"),
    ('{"path": {"a": {"capabilities": ["read"]}}', "1:"),
])
def test_a_policy_that_does_not_parse_is_refused_with_its_place(shared, text, where):
    name = unique("broken")
    assert where in errors(shared.api.put(f"sys/policies/acl/{name}", {"policy": text}), 400)
    assert shared.api.get(f"sys/policies/acl/{name}").status_code == 404


def test_an_empty_policy_is_refused(shared):
    errors(shared.api.put(f"sys/policies/acl/{unique('empty')}", {"policy": ""}), 400)
    errors(shared.api.put(f"sys/policies/acl/{unique('empty')}", {}), 400)


def test_a_change_of_a_policy_counts_at_once_for_living_tokens(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    name = shared.policy('path "nowhere" { capabilities = ["read"] }')
    token = shared.token_with(name)
    errors(shared.api.get(f"{kv}/data/x", token=token), 403)
    shared.policy(f'path "{kv}/data/x" {{ capabilities = ["read"] }}', name)
    assert shared.api.get(f"{kv}/data/x", token=token).status_code == 200
    shared.api.delete(f"sys/policies/acl/{name}")
    errors(shared.api.get(f"{kv}/data/x", token=token), 403)


# What they mean


def test_nothing_is_allowed_that_no_policy_allows(shared, allow, kv):
    api = allow('path "KV/data/mine" { capabilities = ["read"] }')
    for path in ("data/other", "data/mine/below", "data/min", "data/Mine", "metadata/mine", "config", "data/"):
        errors(api.get(f"{kv}/{path}"), 403)
    errors(api.post(f"{kv}/data/mine", {"data": {}}), 403)
    errors(api.list(f"{kv}/data/mine"), 403)
    errors(api.delete(f"{kv}/data/mine"), 403)
    assert api.get(f"{kv}/data/mine").status_code == 404


def test_create_and_update_are_told_apart_by_what_is_there(shared, allow, kv):
    creator = allow('path "KV/data/*" { capabilities = ["create"] }')
    assert creator.post(f"{kv}/data/x", {"data": {"a": 1}}).status_code == 200
    errors(creator.post(f"{kv}/data/x", {"data": {"a": 2}}), 403)
    updater = allow('path "KV/data/*" { capabilities = ["update"] }')
    assert updater.post(f"{kv}/data/x", {"data": {"a": 3}}).status_code == 200
    errors(updater.post(f"{kv}/data/y", {"data": {"a": 1}}), 403)


def test_patch_is_a_capability_of_its_own(shared, allow, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    errors(allow('path "KV/data/*" { capabilities = ["create", "read", "update"] }').patch(
        f"{kv}/data/x", {"data": {"b": 2}}), 403)
    patcher = allow('path "KV/data/*" { capabilities = ["patch"] }')
    assert patcher.patch(f"{kv}/data/x", {"data": {"b": 2}}).status_code == 200
    errors(patcher.post(f"{kv}/data/x", {"data": {}}), 403)
    assert data(shared.api.get(f"{kv}/data/x"))["data"] == {"a": 1, "b": 2}


def test_a_star_at_the_end_is_a_prefix(allow, kv):
    api = allow('path "KV/data/app*" { capabilities = ["read"] }')
    for path in ("app", "apple", "app/a/b/c"):
        assert api.get(f"{kv}/data/{path}").status_code == 404, path
    errors(api.get(f"{kv}/data/ap"), 403)


def test_a_plus_is_one_segment(allow, kv):
    api = allow('path "KV/data/+/config" { capabilities = ["read"] }')
    assert api.get(f"{kv}/data/a/config").status_code == 404
    for path in ("config", "a/b/config", "a/config/x", "a/configs"):
        errors(api.get(f"{kv}/data/{path}"), 403)


def test_the_more_specific_path_wins_and_not_the_sum(allow, kv):
    api = allow("""
        path "KV/data/*" { capabilities = ["read", "create", "update"] }
        path "KV/data/app/*" { capabilities = ["read"] }
        path "KV/data/app/open" { capabilities = ["create", "update"] }
        path "KV/data/+/both" { capabilities = ["create"] }
        """)
    assert api.post(f"{kv}/data/x", {"data": {}}).status_code == 200
    errors(api.post(f"{kv}/data/app/x", {"data": {}}), 403)
    assert api.post(f"{kv}/data/app/open", {"data": {}}).status_code == 200
    errors(api.get(f"{kv}/data/app/open"), 403)


def test_of_two_patterns_the_one_whose_wildcard_comes_later_wins(allow, kv):
    api = allow("""
        path "KV/data/+/x" { capabilities = ["deny"] }
        path "KV/data/app/*" { capabilities = ["read"] }
        """)
    assert api.get(f"{kv}/data/app/x").status_code == 404
    errors(api.get(f"{kv}/data/other/x"), 403)


def test_a_deny_wins_within_and_between_policies(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    reader = shared.policy(f'path "{kv}/data/x" {{ capabilities = ["read", "update"] }}')
    denier = shared.policy(f'path "{kv}/data/x" {{ capabilities = ["deny"] }}')
    both = shared.policy(f'path "{kv}/data/x" {{ capabilities = ["read", "deny"] }}')
    assert shared.api.get(f"{kv}/data/x", token=shared.token_with(reader)).status_code == 200
    for policies in ([reader, denier], [denier, reader], [both], [both, reader]):
        errors(shared.api.get(f"{kv}/data/x", token=shared.token_with(*policies)), 403)


def test_a_deny_on_a_more_specific_path_wins_for_lists_too(shared, allow, kv):
    shared.api.post(f"{kv}/data/private/x", {"data": {}})
    api = allow("""
        path "KV/*" { capabilities = ["create", "read", "update", "delete", "list"] }
        path "KV/metadata/private/*" { capabilities = ["deny"] }
        path "KV/metadata/private" { capabilities = ["deny"] }
        """)
    assert api.list(f"{kv}/metadata/").status_code == 200
    for path in (f"{kv}/metadata/private", f"{kv}/metadata/private/"):
        errors(api.list(path), 403)
        errors(api.get(path, params={"list": "true"}), 403)


def test_two_policies_add_up_on_the_same_path(shared, kv):
    one = shared.policy(f'path "{kv}/data/x" {{ capabilities = ["create"] }}')
    two = shared.policy(f'path "{kv}/data/x" {{ capabilities = ["read"] }}')
    token = shared.token_with(one, two)
    assert shared.api.post(f"{kv}/data/x", {"data": {}}, token=token).status_code == 200
    assert shared.api.get(f"{kv}/data/x", token=token).status_code == 200
    errors(shared.api.post(f"{kv}/data/x", {"data": {}}, token=token), 403)


def test_parameters_can_be_allowed_denied_and_required(shared, kv1):
    def api(rule):
        text = f'path "{kv1}/x" {{ capabilities = ["create", "update"]\n{rule} }}'
        return shared.client(shared.token_with(shared.policy(text)))

    allowed = api('allowed_parameters = { "colour" = ["red", "blue*"], "size" = [] }')
    assert allowed.put(f"{kv1}/x", {"colour": "red"}).status_code == 204
    assert allowed.put(f"{kv1}/x", {"colour": "blueish", "size": 7}).status_code == 204
    for body in ({"colour": "green"}, {"other": 1}, {"colour": "red", "other": 1}, {"Colour": "green"}):
        errors(allowed.put(f"{kv1}/x", body), 403)

    denied = api('denied_parameters = { "secret" = [], "level" = ["high"] }')
    assert denied.put(f"{kv1}/x", {"level": "low", "a": 1}).status_code == 204
    for body in ({"secret": 1}, {"a": 1, "secret": None}, {"level": "high"}, {"SECRET": 1}):
        errors(denied.put(f"{kv1}/x", body), 403)

    required = api('required_parameters = ["owner"]')
    assert required.put(f"{kv1}/x", {"owner": "me", "a": 1}).status_code == 204
    errors(required.put(f"{kv1}/x", {"a": 1}), 403)

    nothing = api('denied_parameters = { "*" = [] }')
    errors(nothing.put(f"{kv1}/x", {"a": 1}), 403)


def test_a_policy_can_insist_on_wrapping(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {}})
    policy = shared.policy(
        f'path "{kv}/data/x" {{ capabilities = ["read"]\n min_wrapping_ttl = "1m"\n max_wrapping_ttl = "1h" }}')
    token = shared.token_with(policy)
    errors(shared.api.get(f"{kv}/data/x", token=token), 403)
    errors(shared.api.get(f"{kv}/data/x", token=token, headers={"X-Vault-Wrap-TTL": "10s"}), 403)
    errors(shared.api.get(f"{kv}/data/x", token=token, headers={"X-Vault-Wrap-TTL": "2h"}), 403)


def test_sudo_paths_need_sudo(shared):
    plain = shared.policy('path "auth/token/accessors/" { capabilities = ["list"] }')
    sudo = shared.policy('path "auth/token/accessors/" { capabilities = ["list", "sudo"] }')
    errors(shared.api.list("auth/token/accessors", token=shared.token_with(plain)), 403)
    assert shared.api.list("auth/token/accessors", token=shared.token_with(sudo)).status_code == 200


def test_the_default_policy_lets_a_token_look_after_itself_and_nothing_more(shared):
    api = shared.client(shared.token_with("default", ttl="1h"))
    assert api.get("auth/token/lookup-self").status_code == 200
    assert api.post("auth/token/renew-self").status_code == 200
    assert api.post("sys/capabilities-self", {"paths": ["secret/x"]}).status_code == 200
    for method, path in (("GET", "sys/mounts"), ("LIST", "sys/policies/acl"), ("POST", "auth/token/create"),
                         ("LIST", "auth/token/accessors"), ("GET", "secret/data/x"), ("LIST", "secret/metadata")):
        errors(api.request(method, path), 403)
    assert api.post("auth/token/revoke-self").status_code == 204
    errors(api.get("auth/token/lookup-self"), 403)


def test_a_token_without_default_cannot_even_look_itself_up(shared):
    policy = shared.policy('path "secret/data/x" { capabilities = ["read"] }')
    token = shared.token_with(policy, no_default_policy=True)
    errors(shared.api.get("auth/token/lookup-self", token=token), 403)


def test_capabilities_self_says_what_the_policies_mean(shared, kv):
    policy = shared.policy(f"""
        path "{kv}/data/*" {{ capabilities = ["create", "read"] }}
        path "{kv}/data/no" {{ capabilities = ["deny"] }}
        """)
    api = shared.client(shared.token_with(policy))
    paths = [f"{kv}/data/x", f"{kv}/data/no", "elsewhere"]
    found = data(api.post("sys/capabilities-self", {"paths": paths}))
    assert found[paths[0]] == ["create", "read"]
    assert found[paths[1]] == ["deny"] and found[paths[2]] == ["deny"]
    one = api.post("sys/capabilities-self", {"path": paths[0]}).json()
    assert one["capabilities"] == one["data"]["capabilities"] == ["create", "read"]
    assert data(shared.api.post("sys/capabilities-self", {"paths": ["x"]}))["x"] == ["root"]
    assert shared.hvac(api.token).sys.get_capabilities([paths[0]])["data"][paths[0]] == ["create", "read"]


def test_the_segment_rule_for_stars_is_stricter(servers):
    server = servers.durable(extra='policy_glob = "segment"')
    mount = server.mount(2)
    server.api.post(f"{mount}/data/a/b", {"data": {}})
    token = server.token_with(server.policy(f'path "{mount}/data/*" {{ capabilities = ["read"] }}'))
    assert server.api.get(f"{mount}/data/a", token=token).status_code == 404
    errors(server.api.get(f"{mount}/data/a/b", token=token), 403)


# Attacks on names


@pytest.mark.parametrize("name", ["Root", "ROOT", " root", "root ", "\troot", "root\n", "ro\u200bot", "ｒｏｏｔ", "roｏt"])
def test_what_looks_like_root_is_not_root_on_a_token(shared, name):
    limited = shared.policy("""
        path "auth/token/create" { capabilities = ["update", "sudo"] }
        """)
    answer = shared.api.post("auth/token/create", {"policies": [name]}, token=shared.token_with(limited))
    if answer.status_code == 200:
        token = answer.json()["auth"]["client_token"]
        assert "root" not in answer.json()["auth"]["policies"]
        errors(shared.api.get("sys/mounts", token=token), 403)
    else:
        assert errors(answer, 400)


def test_a_name_with_a_wildcard_or_a_slash_does_not_widen_anything(shared, kv):
    for name in ("*", "a*", "+"):
        answer = shared.api.put(f"sys/policies/acl/{name}", {"policy": f'path "{kv}/*" {{ capabilities = ["read"] }}'})
        if answer.status_code == 204:
            errors(shared.api.get(f"{kv}/data/x", token=shared.token_with("a-different-name")), 403)
            shared.api.delete(f"sys/policies/acl/{name}")
