"""`coffer kv`, on both versions of the engine."""

import json

import pytest


@pytest.fixture
def cli(shared):
    return shared.cli()


def current(cli, path):
    return cli.json("kv", "get", path)["data"]["data"]


def test_put_and_get_find_out_the_version_by_themselves(cli, kv, kv1):
    cli.ok("kv", "put", f"{kv}/a/b", "x=1")
    cli.ok("kv", "put", f"{kv1}/a/b", "x=1")
    assert cli.json("kv", "get", f"{kv}/a/b")["data"]["data"] == {"x": "1"}
    assert cli.json("kv", "get", f"{kv1}/a/b")["data"] == {"x": "1"}
    assert cli.json("kv", "get", f"-mount={kv}", "a/b")["data"]["data"] == {"x": "1"}
    assert cli.json("kv", "get", f"-mount={kv1}", "a/b")["data"] == {"x": "1"}
    assert cli.ok("kv", "get", "-field=x", f"{kv1}/a/b") == "1"
    table = cli.ok("kv", "get", f"{kv}/a/b")
    assert "Metadata" in table and "Data" in table and f"{kv}/data/a/b" in table


def test_values_come_from_files_and_standard_input(cli, kv, tmp_path):
    value, whole = tmp_path / "value.txt", tmp_path / "whole.json"
    value.write_text("from a file\n")
    whole.write_text('{"n": 1.0, "deep": {"a": [true, null]}}')
    cli.ok("kv", "put", f"{kv}/x", f"file=@{value}", "in=-", "at=\\@plain", "eq=a=b", "empty=", input="from stdin")
    assert current(cli, f"{kv}/x") == {
        "file": "from a file\n", "in": "from stdin", "at": "@plain", "eq": "a=b", "empty": ""}
    cli.ok("kv", "put", f"{kv}/y", f"@{whole}")
    assert "1.0" in cli.ok("kv", "get", "-format=json", f"{kv}/y")
    assert current(cli, f"{kv}/y")["deep"] == {"a": [True, None]}
    cli.ok("kv", "put", f"{kv}/z", "-", input='{"a": "b"}')
    assert current(cli, f"{kv}/z") == {"a": "b"}


def test_put_with_cas(cli, kv):
    cli.ok("kv", "put", "-cas=0", f"{kv}/x", "a=1")
    assert "check-and-set" in cli.fails(2, "kv", "put", "-cas=0", f"{kv}/x", "a=2")
    cli.ok("kv", "put", "-cas=1", f"{kv}/x", "a=2")
    assert cli.json("kv", "put", f"{kv}/x", "a=3")["data"]["version"] == 3


def test_patch_by_both_methods(cli, kv, kv1):
    cli.ok("kv", "put", f"{kv}/x", "a=1", "b=2")
    cli.ok("kv", "patch", f"{kv}/x", "b=3", "c=4")
    assert current(cli, f"{kv}/x") == {"a": "1", "b": "3", "c": "4"}
    cli.ok("kv", "patch", "-method=rw", f"{kv}/x", "c=5")
    cli.ok("kv", "patch", "-remove-data=a", f"{kv}/x", "d=6")
    assert current(cli, f"{kv}/x") == {"b": "3", "c": "5", "d": "6"}
    assert cli.fails(2, "kv", "patch", f"{kv}/none", "a=1")
    cli.ok("kv", "put", f"{kv1}/x", "a=1")
    assert "version 2" in cli.fails(2, "kv", "patch", f"{kv1}/x", "a=2")


def test_patch_without_the_capability_reads_and_writes(shared, cli, kv):
    cli.ok("kv", "put", f"{kv}/x", "a=1")
    token = shared.token_with(shared.policy(f'path "{kv}/data/*" {{ capabilities = ["read", "update"] }}'))
    limited = shared.cli(token)
    limited.ok("kv", "patch", f"{kv}/x", "b=2")
    assert current(cli, f"{kv}/x") == {"a": "1", "b": "2"}


def test_versions_are_deleted_undeleted_destroyed_and_rolled_back(cli, kv):
    for number in range(1, 5):
        cli.ok("kv", "put", f"{kv}/x", f"n={number}")
    assert cli.json("kv", "get", "-version=2", f"{kv}/x")["data"]["data"] == {"n": "2"}
    cli.ok("kv", "delete", f"{kv}/x")
    assert cli.run("kv", "get", f"{kv}/x").returncode in (0, 2)
    assert '"n"' not in cli.run("kv", "get", "-format=json", f"{kv}/x").stdout
    cli.ok("kv", "undelete", "-versions=4", f"{kv}/x")
    assert current(cli, f"{kv}/x") == {"n": "4"}
    cli.ok("kv", "delete", "-versions=1,2", f"{kv}/x")
    cli.ok("kv", "destroy", "-versions=3", f"{kv}/x")
    versions = cli.json("kv", "metadata", "get", f"{kv}/x")["data"]["versions"]
    assert [bool(versions[n]["deletion_time"]) or versions[n]["destroyed"] for n in "1234"] == [True, True, True, False]
    cli.ok("kv", "undelete", "-versions=2", f"{kv}/x")
    cli.ok("kv", "rollback", "-version=2", f"{kv}/x")
    assert cli.json("kv", "get", f"{kv}/x")["data"]["metadata"]["version"] == 5
    assert current(cli, f"{kv}/x") == {"n": "2"}
    assert cli.fails(2, "kv", "rollback", "-version=3", f"{kv}/x")
    assert cli.fails(1, "kv", "destroy", f"{kv}/x")


def test_lists_of_both_versions(cli, kv, kv1):
    for mount in (kv, kv1):
        for path in ("b", "a", "dir/x"):
            cli.ok("kv", "put", f"{mount}/{path}", "x=1")
        assert cli.json("kv", "list", mount) == ["a", "b", "dir/"]
        assert cli.json("kv", "list", f"{mount}/dir/") == ["x"]
        assert cli.json("kv", "list", f"-mount={mount}", "dir") == ["x"]
        assert cli.fails(2, "kv", "list", f"{mount}/nothing")
        none = cli.run("kv", "list", "-format=json", f"{mount}/nothing")
        assert none.returncode == 2 and json.loads(none.stdout) == {}


def test_metadata_are_put_patched_read_and_deleted(cli, kv):
    cli.ok("kv", "metadata", "put", "-max-versions=3", "-delete-version-after=90m", "-cas-required=false",
           "-custom-metadata=owner=me", "-custom-metadata=ticket=7", f"{kv}/x")
    cli.ok("kv", "metadata", "patch", "-custom-metadata=owner=you", "-remove-custom-metadata=ticket", f"{kv}/x")
    metadata = cli.json("kv", "metadata", "get", f"{kv}/x")["data"]
    assert metadata["custom_metadata"] == {"owner": "you"} and metadata["max_versions"] == 3
    assert metadata["delete_version_after"] == "1h30m0s"
    cli.ok("kv", "put", f"{kv}/x", "a=b")
    table = cli.ok("kv", "metadata", "get", f"{kv}/x")
    assert "Version 1" in table and "owner" in table
    cli.ok("kv", "metadata", "delete", f"{kv}/x")
    assert "No value found" in cli.fails(2, "kv", "metadata", "get", f"{kv}/x")


def test_what_only_version_2_can_is_said_for_version_1(cli, kv1):
    cli.ok("kv", "put", f"{kv1}/x", "a=1")
    for command in (["undelete", "-versions=1"], ["destroy", "-versions=1"], ["metadata", "get"], ["metadata", "delete"]):
        done = cli.run("kv", *command, f"{kv1}/x")
        assert done.returncode in (1, 2) and "not supported" in done.stderr, command
    assert cli.json("kv", "get", f"{kv1}/x")["data"] == {"a": "1"}


def test_what_is_not_there_is_2(cli, kv, kv1):
    for mount in (kv, kv1):
        assert "No value found" in cli.fails(2, "kv", "get", f"{mount}/nothing")
        assert cli.run("kv", "delete", f"{mount}/nothing").returncode == 0


def test_a_limited_token_can_use_kv_commands_on_what_it_may(shared, kv):
    shared.api.post(f"{kv}/data/mine/x", {"data": {"a": 1}})
    token = shared.token_with(shared.policy(f'path "{kv}/data/mine/*" {{ capabilities = ["read"] }}'))
    cli = shared.cli(token)
    assert cli.ok("kv", "get", "-field=a", f"{kv}/mine/x") == "1"
    assert "permission denied" in cli.fails(2, "kv", "get", f"{kv}/other/x")
    assert "preflight capability check returned 403" in cli.fails(2, "kv", "get", "elsewhere/x")


def test_names_with_spaces_and_special_characters_survive(cli, kv):
    for name in ("with space", "ünï/cödé", "a+b", "100%", "q?x=1", "a#b", "semi;colon"):
        cli.ok("kv", "put", f"{kv}/{name}", "a=1")
        assert cli.ok("kv", "get", "-field=a", f"{kv}/{name}") == "1", name
    assert set(cli.json("kv", "list", kv)) == {"with space", "ünï/", "a+b", "100%", "q?x=1", "a#b", "semi;colon"}
