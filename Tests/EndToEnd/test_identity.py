"""Identity: entities, groups and their aliases, as hvac and plain HTTP see them."""

import hvac
import pytest

from support.api import data, errors
from support.server import unique

UNKNOWN = "6a1ff1a6-0000-4000-8000-000000000000"


@pytest.fixture
def identity(shared):
    return shared.hvac().secrets.identity


@pytest.fixture(scope="module")
def accessor(shared):
    """The accessor of an auth mount."""
    return data(shared.api.get("sys/auth"))["token/"]["accessor"]


@pytest.fixture
def entity(identity):
    """A fresh entity: its id and its name."""
    name = unique("entity")
    made = identity.create_or_update_entity(name, metadata={"team": "blue"}, policies=["p"])
    return made["data"]["id"], name


# Entities


def test_hvac_keeps_entities(identity, entity):
    entity_id, name = entity
    read = identity.read_entity(entity_id)["data"]
    assert read["name"] == name and read["policies"] == ["p"] and read["metadata"] == {"team": "blue"}
    assert read["disabled"] is False and read["aliases"] == [] and read["group_ids"] == []
    assert identity.read_entity_by_name(name.upper())["data"]["id"] == entity_id
    renamed = unique("renamed")
    assert identity.update_entity(entity_id, name=renamed, policies=["q"]).status_code == 204
    assert identity.read_entity_by_name(renamed)["data"]["policies"] == ["q"]
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_entity_by_name(name)
    assert identity.create_or_update_entity_by_name(renamed, metadata={"a": "b"}).status_code == 204
    assert identity.read_entity(entity_id)["data"]["metadata"] == {"a": "b"}
    assert identity.delete_entity(entity_id).status_code == 204
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_entity(entity_id)
    assert identity.delete_entity_by_name(renamed).status_code == 204


@pytest.mark.parametrize("method", ["LIST", "GET"])
def test_hvac_lists_entities(identity, entity, method):
    entity_id, name = entity
    by_id = identity.list_entities(method=method)["data"]
    assert entity_id in by_id["keys"] and by_id["key_info"][entity_id]["name"] == name
    assert name in identity.list_entities_by_name(method=method)["data"]["keys"]


def test_hvac_creates_an_entity_by_name(identity):
    made = identity.create_or_update_entity_by_name(unique("e"), policies="a,b")["data"]
    assert identity.read_entity(made["id"])["data"]["policies"] == ["a", "b"]


def test_hvac_merges_entities(identity, accessor, entity):
    to, _ = entity
    other = identity.create_or_update_entity(unique("other"))["data"]["id"]
    alias = identity.create_or_update_entity_alias(unique("alias"), other, accessor)["data"]["id"]
    assert identity.merge_entities([other], to).status_code == 204
    read = identity.read_entity(to)["data"]
    assert read["merged_entity_ids"] == [other] and [a["id"] for a in read["aliases"]] == [alias]
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_entity(other)


def test_entities_are_deleted_in_batches(shared, identity):
    ids = [identity.create_or_update_entity(unique("e"))["data"]["id"] for _ in range(3)]
    answer = shared.api.post("identity/entity/batch-delete", {"entity_ids": ids[:2] + [UNKNOWN]})
    assert answer.status_code == 204
    statuses = [shared.api.get(f"identity/entity/id/{i}").status_code for i in ids]
    assert statuses == [404, 404, 200]


# Aliases


@pytest.mark.parametrize("method", ["LIST", "GET"])
def test_hvac_keeps_entity_aliases(identity, accessor, entity, method):
    entity_id, _ = entity
    name = unique("alias")
    alias = identity.create_or_update_entity_alias(name, entity_id, accessor)["data"]
    assert alias["canonical_id"] == entity_id
    read = identity.read_entity_alias(alias["id"])["data"]
    assert (read["name"], read["mount_accessor"], read["mount_type"]) == (name, accessor, "token")
    listed = identity.list_entity_aliases(method=method)["data"]
    assert listed["key_info"][alias["id"]]["name"] == name
    moved = identity.create_or_update_entity(unique("e"))["data"]["id"]
    identity.update_entity_alias(alias["id"], name + "-2", moved, accessor)
    assert identity.read_entity_alias(alias["id"])["data"]["canonical_id"] == moved
    assert identity.delete_entity_alias(alias["id"]).status_code == 204
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_entity_alias(alias["id"])


# Groups


def test_hvac_keeps_groups(identity, entity):
    entity_id, _ = entity
    name = unique("group")
    group = identity.create_or_update_group(
        name, policies=["p"], metadata={"a": "b"}, member_entity_ids=[entity_id])["data"]
    read = identity.read_group(group["id"])["data"]
    assert read["name"] == name and read["type"] == "internal" and read["member_entity_ids"] == [entity_id]
    assert identity.read_entity(entity_id)["data"]["direct_group_ids"] == [group["id"]]
    parent = identity.create_or_update_group_by_name(
        unique("parent"), member_group_ids=[group["id"]])["data"]["id"]
    assert identity.read_entity(entity_id)["data"]["inherited_group_ids"] == [parent]
    assert identity.read_group_by_name(name.upper())["data"]["parent_group_ids"] == [parent]
    identity.update_group(group["id"], name, policies=["q"], member_entity_ids=[])
    assert identity.read_group(group["id"])["data"]["policies"] == ["q"]
    assert identity.read_entity(entity_id)["data"]["group_ids"] == []
    for method in ("LIST", "GET"):
        assert group["id"] in identity.list_groups(method=method)["data"]["keys"]
        assert name in identity.list_groups_by_name(method=method)["data"]["keys"]
    assert identity.delete_group(parent).status_code == 204
    assert identity.delete_group_by_name(name).status_code == 204
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_group(group["id"])


def test_a_group_cannot_contain_itself(shared, identity):
    one = identity.create_or_update_group(unique("g"))["data"]["id"]
    two = identity.create_or_update_group(unique("g"), member_group_ids=[one])["data"]["id"]
    answer = shared.api.post(f"identity/group/id/{one}", {"member_group_ids": [two]})
    assert "cyclic relationship detected" in errors(answer, 400)


@pytest.mark.parametrize("method", ["LIST", "GET"])
def test_hvac_keeps_group_aliases(identity, accessor, method):
    group = identity.create_or_update_group(unique("g"), group_type="external")["data"]["id"]
    name = unique("alias")
    alias = identity.create_or_update_group_alias(
        name, mount_accessor=accessor, canonical_id=group)["data"]["id"]
    assert identity.read_group_alias(alias)["data"]["canonical_id"] == group
    assert alias in identity.list_group_aliases(method=method)["data"]["keys"]
    identity.update_group_alias(alias, name + "-2", mount_accessor=accessor, canonical_id=group)
    assert identity.read_group(group)["data"]["alias"]["name"] == name + "-2"
    assert identity.delete_group_alias(alias).status_code == 204
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_group_alias(alias)


# Looking up


def test_hvac_looks_identities_up(identity, accessor, entity):
    entity_id, name = entity
    alias_name = unique("alias")
    alias = identity.create_or_update_entity_alias(alias_name, entity_id, accessor)["data"]["id"]
    for how in (
        {"name": name}, {"entity_id": entity_id}, {"alias_id": alias},
        {"alias_name": alias_name, "alias_mount_accessor": accessor},
    ):
        assert identity.lookup_entity(**how)["data"]["id"] == entity_id
    group_name = unique("group")
    group = identity.create_or_update_group(group_name, group_type="external")["data"]["id"]
    group_alias = identity.create_or_update_group_alias(
        alias_name, mount_accessor=accessor, canonical_id=group)["data"]["id"]
    for how in (
        {"name": group_name}, {"group_id": group}, {"alias_id": group_alias},
        {"alias_name": alias_name, "alias_mount_accessor": accessor},
    ):
        assert identity.lookup_group(**how)["data"]["id"] == group
    assert identity.lookup_entity(name=unique("nobody")).status_code == 204


# What identities may do


@pytest.fixture
def somebody(shared, identity, accessor):
    """The API with a token of a fresh entity, and the entity's id."""
    role, alias = unique("role"), unique("alias")
    answer = shared.api.post(f"auth/token/roles/{role}", {
        "allowed_entity_aliases": [alias], "allowed_policies": ["default"], "orphan": True})
    assert answer.status_code == 204, answer.text
    made = shared.api.post(f"auth/token/create/{role}", {"entity_alias": alias}).json()["auth"]
    assert made["entity_id"] == identity.lookup_entity(
        alias_name=alias, alias_mount_accessor=accessor)["data"]["id"]
    return shared.client(made["client_token"]), made["entity_id"]


def test_policies_of_entity_and_groups_hold_at_once(shared, kv, identity, somebody):
    client, entity_id = somebody
    shared.api.post(f"{kv}/data/a", {"data": {"x": 1}})
    policy = shared.policy(f'path "{kv}/data/a" {{ capabilities = ["read"] }}')
    path = f"{kv}/data/a"
    errors(client.get(path), 403)
    identity.update_entity(entity_id, policies=[policy])
    assert data(client.get(path))["data"] == {"x": 1}
    assert data(client.get("auth/token/lookup-self"))["identity_policies"] == [policy]
    identity.update_entity(entity_id, policies=[])
    errors(client.get(path), 403)
    group = identity.create_or_update_group(unique("g"), member_entity_ids=[entity_id])["data"]["id"]
    parent = identity.create_or_update_group(
        unique("p"), policies=[policy], member_group_ids=[group])["data"]["id"]
    assert client.get(path).status_code == 200
    assert data(client.post("sys/capabilities-self", {"paths": [path]}))[path] == ["read"]
    identity.delete_group(parent)
    errors(client.get(path), 403)


def test_templates_give_each_entity_its_own_paths(shared, kv, identity, somebody):
    client, entity_id = somebody
    policy = shared.policy(
        f'path "{kv}/data/{{{{identity.entity.metadata.team}}}}/*" {{ capabilities = ["create", "update"] }}')
    identity.update_entity(entity_id, policies=[policy], metadata={"team": "blue"})
    assert client.post(f"{kv}/data/blue/x", {"data": {}}).status_code == 200
    errors(client.post(f"{kv}/data/red/x", {"data": {}}), 403)
    for value in ("*", "+", "blue/..", "red,blue", 'a"b', ""):
        identity.update_entity(entity_id, metadata={"team": value})
        for team in ("blue", "red"):
            errors(client.post(f"{kv}/data/{team}/x", {"data": {}}), 403)


def test_an_entity_reads_itself_by_the_default_policy(identity, somebody, entity):
    client, entity_id = somebody
    assert data(client.get(f"identity/entity/id/{entity_id}"))["id"] == entity_id
    errors(client.get(f"identity/entity/id/{entity[0]}"), 403)


def test_a_disabled_entity_is_locked_out_until_it_is_enabled(identity, somebody):
    client, entity_id = somebody
    assert client.get("auth/token/lookup-self").status_code == 200
    identity.update_entity(entity_id, disabled=True)
    assert errors(client.get("auth/token/lookup-self"), 403) == "permission denied"
    identity.update_entity(entity_id, disabled=False)
    assert client.get("auth/token/lookup-self").status_code == 200
    identity.delete_entity(entity_id)
    errors(client.get("auth/token/lookup-self"), 403)


# Refusals


@pytest.mark.parametrize("path, body, reason", [
    ("entity", {"policies": ["Root"]}, "policies cannot contain root"),
    ("group", {"policies": ["ROOT"]}, "policies cannot contain root"),
    ("entity", {"policies": [" root\u200b"]}, "not allowed"),
    ("entity", {"metadata": "x"}, "metadata"),
    ("entity", {"disabled": {}}, "disabled"),
    ("entity", {"name": "a\u202eb"}, "not allowed"),
    ("entity", {"id": UNKNOWN}, "entity not found from id"),
    ("entity-alias", {"name": "x"}, "must be provided"),
    ("entity-alias", {"name": "x", "mount_accessor": "y"}, "invalid mount accessor"),
    ("group", {"type": "strange"}, "invalid group type"),
    ("group", {"member_entity_ids": [UNKNOWN]}, "invalid entity ID"),
    ("group-alias", {"name": "x"}, "missing mount_accessor"),
    ("lookup/entity", {}, "query parameter not supplied"),
    ("entity/merge", {}, "missing entity id to merge to"),
])
def test_what_makes_no_sense_is_refused(shared, path, body, reason):
    assert reason in errors(shared.api.post(f"identity/{path}", body), 400)


def test_identity_needs_rights(shared, entity):
    client = shared.client(shared.token_with("default"))
    for path in ("entity/id", "entity/name", "group/id", "entity-alias/id"):
        errors(client.list(f"identity/{path}"), 403)
    errors(client.get(f"identity/entity/id/{entity[0]}"), 403)
    errors(client.post("identity/entity", {"name": "x"}), 403)
    errors(client.post(f"identity/entity/id/{entity[0]}", {"policies": ["q"]}), 403)


def test_the_identity_mount_stays(shared):
    errors(shared.api.delete("sys/mounts/identity"), 400)
    assert data(shared.api.get("sys/mounts"))["identity/"]["type"] == "identity"


def test_identities_survive_a_restart(durable):
    client = durable.hvac().secrets.identity
    entity = client.create_or_update_entity("kept", metadata={"a": "b"})["data"]["id"]
    group = client.create_or_update_group("crew", member_entity_ids=[entity])["data"]["id"]
    before = client.read_entity(entity)["data"], client.read_group(group)["data"]
    durable.kill()
    durable.start()
    durable.unseal()
    client = durable.hvac().secrets.identity
    assert (client.read_entity(entity)["data"], client.read_group(group)["data"]) == before
