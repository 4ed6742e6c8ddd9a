"""Database plugins of the catalog: kinds of databases that are not built in, each in a process of its own."""

import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import waiting
from support.api import data, errors
from support.catalog import register
from support.cli import binary
from support.databases import creds, revoke, role
from support.redis import PASSWORD

ROOT = "r00t-of-the-tests"


@pytest.fixture
def server(servers, plugins):
    return servers.durable(extra=plugins.setting)


@pytest.fixture
def users(tmp_path):
    """The folder that the test's plugin keeps users in: the database, as it were."""
    folder = tmp_path / "users"
    folder.mkdir()
    # The plugin has a user of its own.
    folder.chmod(0o777)
    for parent in folder.parents:
        if str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    (folder / "root").write_text(ROOT)
    (folder / "root").chmod(0o666)
    return folder


@pytest.fixture
def known(server, plugins, users):
    """The plugin is in the catalog."""
    digest = plugins.add("test-database")
    register(server, "test-database", digest, "database", writable_paths=[str(users)])
    return digest


@pytest.fixture
def database(server, known, users):
    """A mount with the connection `main` to the plugin, and a role."""
    assert server.api.post("sys/mounts/db", {"type": "database"}).status_code == 204
    configure(server, users)
    role(server, "db", "app", "make it")
    return "db"


def configure(server, users, path="db", status=(200, 204), client=None, **more):
    body = {
        "plugin_name": "test-database", "folder": str(users), "username": "root", "allowed_roles": "*",
        "password": (users / "root").read_text(), **more}
    answer = (client or server.api).post(f"{path}/config/main", body)
    assert answer.status_code in status, answer.text
    return answer


def names(users):
    """The users that the plugin has made."""
    return {file.name for file in users.iterdir() if "." not in file.name} - {"root"}


def processes(server, name="test-database"):
    found = data(server.api.get("sys/plugins/status"))["plugins"]
    return [entry for entry in found if entry["type"] == "database" and entry["name"] == name]


def running(server, name="test-database"):
    return [entry for entry in processes(server, name) if entry["pid"]]


def test_the_status_names_the_mount_that_a_process_is_for(server, database):
    data(server.api.post("sys/namespaces/team", {}))
    creds(server, database)
    assert [entry["mount"] for entry in processes(server)] == ["db/"]
    others = [entry for entry in data(server.api.get("sys/plugins/status"))["plugins"] if entry["type"] != "database"]
    assert others and all(entry["mount"] is None for entry in others)


# The whole way


def test_a_user_is_made_lives_with_its_lease_and_ends_with_it(server, users, database):
    shown = data(server.api.get("db/config/main"))
    assert shown["plugin_name"] == "test-database" and shown["plugin_version"] == ""
    # What the plugin added is kept; the password is not shown.
    assert shown["connection_details"]["completed"] == "1.0.0" and "password" not in shown["connection_details"]
    lease, user, password = creds(server, database)
    assert names(users) == {user} and (users / user).read_text() == password
    assert (users / f"{user}.made").read_text() == "app root make it"
    assert server.api.put("sys/leases/renew", {"lease_id": lease, "increment": 7200}).status_code == 200
    assert (users / f"{user}.until").read_text().endswith("Z")
    (process,) = running(server)
    assert process["state"] == "running" and process["mounts"] == 1 and process["sandbox"] in ("full", "partial")
    revoke(server, lease)
    assert names(users) == set()

    # It ends with its token, with revoke-prefix, and with the mount.
    policy = server.policy('path "db/creds/app" { capabilities = ["read"] }')
    token = server.token_with(policy)
    creds(server, database, token=token)
    server.api.post("auth/token/revoke", {"token": token})
    waiting.until(lambda: not names(users), "the token's user is gone")
    creds(server, database)
    assert server.api.put("sys/leases/revoke-prefix/db/creds/app").status_code in (202, 204)
    waiting.until(lambda: not names(users), "the prefix's user is gone")
    creds(server, database)
    assert server.api.delete("sys/mounts/db").status_code == 204
    assert names(users) == set()
    waiting.until(lambda: not running(server), "its process ends with the mount")


def test_many_at_once_get_a_user_each(server, users, database):
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda _: creds(server, database), range(48)))
    assert names(users) == {user for _, user, _ in made} and len(names(users)) == 48
    assert len(running(server)) == 1
    server.api.put("sys/leases/revoke-prefix/db")
    waiting.until(lambda: not names(users), "all of them end")


def test_static_roles_and_the_root_password_rotate(server, users, database):
    (users / "svc").write_text("old")
    (users / "svc").chmod(0o666)
    body = {"db_name": "main", "username": "svc", "rotation_period": "1h"}
    assert server.api.post("db/static-roles/svc", body).status_code in (200, 204)
    first = data(server.api.get("db/static-creds/svc"))["password"]
    assert (users / "svc").read_text() == first != "old"
    assert server.api.post("db/rotate-role/svc").status_code in (200, 204)
    assert (users / "svc").read_text() == data(server.api.get("db/static-creds/svc"))["password"] != first
    assert server.api.post("db/rotate-root/main").status_code in (200, 204)
    assert (users / "root").read_text() != ROOT
    creds(server, database)


def test_it_all_is_there_after_a_restart(server, users, database):
    lease, user, _ = creds(server, database)
    server.restart()
    server.unseal()
    assert names(users) == {user}
    revoke(server, lease)
    assert names(users) == set()


# What can go wrong


@pytest.mark.parametrize("how", ["dies", "babbles", "throws"])
def test_a_plugin_that_fails_in_the_making_leaves_no_user_and_says_so(server, users, database, how):
    kept = creds(server, database)
    configure(server, users, misbehave=how)
    answer = server.api.get("db/creds/app")
    text = str(errors(answer, 500 if answer.status_code == 500 else 502))
    assert "unable to create user" in text
    if how == "throws":
        # It quoted the new password.
        assert "no room for *****" in text
    waiting.until(lambda: names(users) == {kept[1]}, "what was begun is undone", 30)
    configure(server, users, misbehave="")
    creds(server, database)
    revoke(server, kept[0])
    assert kept[1] not in names(users)


def test_a_plugin_that_hangs_holds_up_nobody_else_and_is_given_up(server, users, database):
    configure(server, users, misbehave="hangs")
    assert server.api.post("sys/mounts/other", {"type": "kv"}).status_code == 204
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(lambda: server.api.get("db/creds/app", timeout=60))
        assert server.api.post("other/x", {"a": "b"}).status_code in (200, 204)
        assert data(server.api.get("db/config/main"))["plugin_name"] == "test-database"
        answer = slow.result(60)
    assert "did not answer in time" in str(answer.json()["errors"]) and answer.status_code >= 500
    assert names(users) == set()


def test_a_user_that_cannot_be_ended_keeps_its_lease_until_it_can(server, users, database):
    lease, user, _ = creds(server, database)
    configure(server, users, misbehave="keeps")
    answer = server.api.put("sys/leases/revoke", {"lease_id": lease, "sync": True})
    assert "not today" in str(answer.json()["errors"])
    assert data(server.api.put("sys/leases/lookup", {"lease_id": lease}))["id"] == lease
    configure(server, users, misbehave="")
    revoke(server, lease)
    assert user not in names(users)


def test_what_cannot_be_a_database_plugin_is_refused_clearly(server, plugins, users, known):
    assert server.api.post("sys/mounts/db", {"type": "database"}).status_code == 204

    def refused(text, status=400, **more):
        answer = configure(server, users, status=(status,), **more)
        assert text in str(answer.json()["errors"]), answer.text
        return answer

    refused("plugin not found in the catalog: database plugin", plugin_name="nobody")
    refused("plugin not found in the catalog: database plugin", plugin_name="../../etc/passwd")
    refused("is a plugin of type secret, and none of type database", plugin_name="kv")
    refused("has no version v9.9.9", plugin_version="v9.9.9")
    refused("version", plugin_version="what is this")
    refused("folder is missing", folder=None)
    wrong = refused("error verifying connection", password="wr0ng-password")
    assert "wr0ng-password" not in wrong.text

    # Registered as a database plugin, and something else.
    shutil.copy(binary("coffer-plugin-kv"), plugins.path / "kv-as-database")
    register(server, "kv-as-database", plugins.digest("kv-as-database"), "database")
    refused("not of the kind", 503, plugin_name="kv-as-database")
    # A database plugin is no engine.
    register(server, "db-as-engine", known, command="test-database")
    assert "not of the kind" in str(errors(server.api.post("sys/mounts/x", {"type": "db-as-engine"}), 503))
    assert server.api.post("sys/mounts/x", {"type": "test-database"}).status_code == 400

    # Another file than the one that was registered.
    shutil.copy(binary("coffer-plugin-kv"), plugins.path / "swapped")
    register(server, "swapped", plugins.digest("swapped"), "database")
    shutil.copy(binary("TestPlugin"), plugins.path / "swapped")
    refused("swapped", 503, plugin_name="swapped")
    assert data(server.api.get("sys/plugins/catalog/database/test-database"))["sha256"] == known
    assert server.api.get("db/config/main").status_code == 404


def test_a_plugin_that_leaves_the_catalog_is_not_started_again(server, users, database):
    lease, user, _ = creds(server, database)
    answer = server.api.delete("sys/plugins/catalog/database/test-database")
    assert answer.status_code == 200 and len(answer.json()["warnings"]) == 1, answer.text
    assert answer.json()["warnings"][0].endswith("registered anew: db/")
    assert "not found in the catalog" in str(errors(server.api.get("db/creds/app"), 400))
    # The lease is not lost: it ends when the plugin is there again.
    answer = server.api.put("sys/leases/revoke", {"lease_id": lease, "sync": True})
    assert answer.status_code >= 400
    assert data(server.api.put("sys/leases/lookup", {"lease_id": lease}))["id"] == lease
    digest = data(server.api.get("sys/plugins/status"))["plugins"]
    sha256 = next(entry["sha256"] for entry in digest if entry["name"] == "test-database")
    register(server, "test-database", sha256, "database", writable_paths=[str(users)])
    revoke(server, lease)
    assert user not in names(users)


# Versions


def test_a_connection_changes_over_to_another_version(server, plugins, users, known):
    for version in ("1.0.0", "2.0.0"):
        register(
            server, "test-database", known, "database", version=version, env=[f"PLUGIN_VERSION={version}"],
            writable_paths=[str(users)])
    assert server.api.delete("sys/plugins/catalog/database/test-database").status_code in (200, 204)
    assert server.api.post("sys/mounts/db", {"type": "database"}).status_code == 204

    def completed():
        shown = data(server.api.get("db/config/main"))
        return shown["plugin_version"], shown["connection_details"]["completed"]

    configure(server, users, plugin_version="1.0.0")
    assert completed() == ("v1.0.0", "1.0.0")
    role(server, "db", "app", "make it")
    lease, user, _ = creds(server, "db")
    configure(server, users, plugin_version="v2.0.0")
    assert completed() == ("v2.0.0", "2.0.0")
    assert {entry["version"] for entry in running(server)} == {"v1.0.0", "v2.0.0"}
    creds(server, "db")
    # What the old version made the new one ends.
    revoke(server, lease)
    assert user not in names(users)
    # Who asks for none gets the newest, and stays with it.
    configure(server, users, plugin_version="")
    assert completed() == ("v2.0.0", "2.0.0")
    # A pin is above what a connection says.
    pin = server.api.post("sys/plugins/pins/database/test-database", {"version": "v1.0.0"})
    assert pin.status_code in (200, 204)
    refused = configure(server, users, status=(400,), plugin_version="v2.0.0")
    assert "pinned" in str(refused.json()["errors"])
    configure(server, users, plugin_version="v1.0.0")
    assert completed() == ("v1.0.0", "1.0.0")


def test_a_plugin_that_was_registered_anew_runs_after_a_reload(server, users, database, known):
    (before,) = running(server)
    lease, user, _ = creds(server, database)
    register(
        server, "test-database", known, "database", env=["PLUGIN_VERSION=1.1.0"], writable_paths=[str(users)])
    creds(server, database)
    assert [entry["pid"] for entry in running(server)] == [before["pid"]]
    answer = data(server.api.post("db/reload/test-database"))
    assert answer == {"connections": ["main"], "count": 1}
    waiting.until(
        lambda: before["pid"] not in [entry["pid"] for entry in running(server)], "the old process ends", 30)
    configure(server, users)
    assert data(server.api.get("db/config/main"))["connection_details"]["completed"] == "1.1.0"
    revoke(server, lease)
    assert user not in names(users)


# Who may


def test_each_mount_has_a_process_of_its_own_also_in_other_namespaces(server, users, database):
    creds(server, database)
    assert server.api.post("sys/mounts/second", {"type": "database"}).status_code == 204
    configure(server, users, "second")
    assert server.api.post("sys/namespaces/team").status_code in (200, 204)
    assert server.api.post("team/sys/mounts/db", {"type": "database"}).status_code == 204
    configure(server, users, "team/db")
    found = running(server)
    assert len(found) == 3 and len({entry["pid"] for entry in found}) == 3
    assert len({entry["namespace_id"] for entry in found}) == 2
    # Two connections of a mount share one.
    body = {
        "plugin_name": "test-database", "folder": str(users), "username": "root", "password": ROOT, "allowed_roles": "*"}
    assert server.api.post("db/config/other", body).status_code in (200, 204)
    assert len(running(server)) == 3


def test_its_process_counts_among_those_of_the_namespace(server, users, known):
    assert server.api.post("sys/namespaces/small").status_code in (200, 204)
    assert server.api.post("small/sys/mounts/db", {"type": "database"}).status_code == 204
    quota = "sys/quotas/namespace/small"
    assert server.api.post(quota, {"path": "small", "max_plugin_processes": 1}).status_code in (200, 204)
    # The engine's own process is busy with just this.
    answer = configure(server, users, "small/db", status=(503,))
    assert "cannot be started at present" in str(answer.json()["errors"])
    assert server.api.post(quota, {"path": "small", "max_plugin_processes": 2}).status_code in (200, 204)
    waiting.until(
        lambda: server.api.post("small/db/config/main", {
            "plugin_name": "test-database", "folder": str(users), "username": "root", "password": ROOT,
        }).status_code in (200, 204), "there is room", 30)


def test_an_engine_calls_database_plugins_only_with_the_permission(server, plugins, users, known):
    digest = plugins.add("my-engine", "coffer-plugin-database")
    answer = register(server, "my-engine", digest, network=True)
    assert "databases" in answer.json()["warnings"][0]
    assert data(server.api.get("sys/plugins/catalog/secret/my-engine"))["databases"] is False
    assert server.api.post("sys/mounts/db", {"type": "my-engine"}).status_code == 204
    answer = configure(server, users, status=(400,))
    assert "permission `databases`" in str(answer.json()["errors"])
    assert not running(server)
    server.logs("without being permitted")
    register(server, "my-engine", digest, network=True, databases=True)
    assert server.api.put("sys/plugins/reload/backend", {"mounts": ["db"]}).json()["warnings"] in (None, [])
    configure(server, users)
    role(server, "db", "app", "make it")
    creds(server, "db")
    # The engine that comes with the server has it, by what its file declares.
    assert data(server.api.get("sys/plugins/catalog/secret/database"))["databases"] is True


# A real server: the example of Examples/swift-database


@pytest.fixture
def acl(server, plugins, examples, redis):
    """The example on a server, with the connection `main` and a role."""
    name = "coffer-plugin-redis-acl"
    shutil.copy(examples.folder / name, plugins.path / name)
    register(
        server, "redis-acl", plugins.digest(name), "database", command=name, network=True, version="1.0.0")
    cli = server.cli()
    cli.ok("secrets", "enable", "database")
    cli.ok(
        "write", "database/config/main", "plugin_name=redis-acl", f"port={redis.port}", "username=default",
        f"password={PASSWORD}", "allowed_roles=app")
    cli.ok(
        "write", "database/roles/app", "db_name=main", "creation_statements=~app:* +@read", "default_ttl=1h")
    return "database"


def test_the_example_makes_and_ends_users_of_a_real_server(server, redis, acl):
    shown = data(server.api.get("database/config/main"))
    assert shown["plugin_version"] == "v1.0.0" and "password" not in shown["connection_details"]
    redis.ask("SET", "app:1", "one")
    lease, user, password = creds(server, acl)
    assert user in redis.users()
    assert redis.ask("GET", "app:1", user=user, password=password) == "one"
    assert "NOPERM" in redis.ask("SET", "app:1", "two", user=user, password=password)
    assert server.api.put("sys/leases/renew", {"lease_id": lease}).status_code == 200
    revoke(server, lease)
    assert user not in redis.users()
    wrong = server.api.post("database/config/main", {"password": "wr0ng-password"})
    assert "error verifying connection" in str(errors(wrong, 400)) and "wr0ng-password" not in wrong.text


def test_the_example_is_killed_in_the_making_and_no_user_is_left(server, redis, acl):
    creds(server, acl)
    before = redis.users()
    (process,) = running(server, "redis-acl")
    redis.pause()
    try:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(lambda: server.api.get("database/creds/app", timeout=60))
            waiting.until(
                lambda: processes(server, "redis-acl")[0]["calls_in_flight"] > 0, "the plugin is asked", 20)
            os.kill(process["pid"], signal.SIGKILL)
            answer = asked.result(60)
    finally:
        redis.resume()
    assert "unable to create user" in str(answer.json()["errors"]) and answer.status_code >= 500
    # The server may have read the command before: then the user is ended again.
    waiting.until(lambda: redis.users() == before, "nobody is left over", 30)
    lease, user, _ = creds(server, acl)
    assert processes(server, "redis-acl")[0]["pid"] != process["pid"]
    revoke(server, lease)
    assert user not in redis.users()


def test_the_example_is_idle_and_started_again_for_a_revocation(server, redis, acl):
    lease, user, _ = creds(server, acl)
    (process,) = running(server, "redis-acl")
    os.kill(process["pid"], signal.SIGTERM)
    waiting.until(
        lambda: process["pid"] not in [one["pid"] for one in processes(server, "redis-acl")], "it ends", 20)
    revoke(server, lease)
    assert user not in redis.users()
