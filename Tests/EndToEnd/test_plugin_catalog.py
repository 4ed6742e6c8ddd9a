"""The plugin catalog: registered programs, their versions and pins, by API, hvac and command line."""

import os
import shutil

import pytest

from support import waiting
from support.api import data, errors
from support.catalog import register


@pytest.fixture
def server(servers, plugins):
    return servers.durable(extra=plugins.setting)


@pytest.fixture
def digest(plugins):
    return plugins.add("versioned")


def entry(server, name="versioned", **params):
    return server.api.get(f"sys/plugins/catalog/secret/{name}", params=params)


def names(server):
    return {(plugin["name"], plugin["version"]) for plugin in data(server.api.get("sys/plugins/catalog"))["detailed"]}


def mounted(server, path):
    return data(server.api.get(f"sys/mounts/{path}"))


# Entries


def test_built_in_plugins_are_listed_with_their_version(server):
    catalog = data(server.api.get("sys/plugins/catalog"))
    assert "kv" in catalog["secret"]
    builtin = next(plugin for plugin in catalog["detailed"] if plugin["name"] == "kv")
    assert builtin["builtin"] is True and builtin["deprecation_status"] == "supported"
    assert builtin["version"].startswith("v") and builtin["version"].endswith("+builtin")
    assert data(server.api.list("sys/plugins/catalog/secret"))["keys"] == ["database", "kv", "pki", "transit"]
    one = data(entry(server, "kv"))
    assert one["builtin"] is True and one["name"] == "kv" and one["version"] == builtin["version"]


BUILT_IN_DATABASES = [
    "mysql-aurora-database-plugin", "mysql-database-plugin", "mysql-rds-database-plugin",
    "postgresql-database-plugin", "redis-database-plugin", "valkey-database-plugin"]


def test_database_plugins_within_the_database_engine_are_found_where_clients_look_for_them(server):
    catalog = data(server.api.get("sys/plugins/catalog"))
    assert catalog["database"] == BUILT_IN_DATABASES
    assert data(server.api.list("sys/plugins/catalog/database"))["keys"] == BUILT_IN_DATABASES
    version = next(plugin["version"] for plugin in catalog["detailed"] if plugin["name"] == "transit")
    shown = [plugin for plugin in catalog["detailed"] if plugin["type"] == "database"]
    assert shown == [
        {"builtin": True, "deprecation_status": "supported", "name": name, "type": "database", "version": version}
        for name in BUILT_IN_DATABASES]
    path = "sys/plugins/catalog/database/postgresql-database-plugin"
    one = data(server.api.get(path))
    assert one["builtin"] is True and one["name"] == "postgresql-database-plugin" and one["version"] == version
    assert one["network"] is True, "what the engine may do"
    assert data(server.api.get(path, params={"version": version})) == one
    assert server.api.get(path, params={"version": "v0.0.1"}).status_code == 404
    assert server.api.get("sys/plugins/catalog/database/database").status_code == 404
    # It is no engine, and what an operator registers by its name is beside it.
    assert "there is no" in errors(server.api.post("sys/mounts/pg", {"type": "postgresql-database-plugin"}), 400)
    table = server.cli().run("plugin", "list", "database").stdout
    assert all(name in table for name in BUILT_IN_DATABASES)


def test_what_is_registered_is_read_listed_and_survives_a_restart(server, digest):
    register(server, "versioned", digest, version="1.0.0", args=["--one", "a,b"], env=["SECRET=hunter2"])
    for _ in range(2):
        one = data(entry(server, version="v1.0.0"))
        assert one == {
            "args": ["--one", "a,b"], "builtin": False, "command": "versioned", "name": "versioned", "sha256": digest,
            "version": "v1.0.0", "network": False, "databases": False, "readable_paths": [], "writable_paths": [],
            "memory_limit": 0,
            "process_limit": 0, "file_limit": 0}
        assert ("versioned", "v1.0.0") in names(server)
        assert data(server.api.list("sys/plugins/catalog/secret"))["keys"] == ["database", "kv", "pki", "transit", "versioned"]
        assert entry(server).status_code == 404, "it has a version and is found by that"
        server.restart().unseal()
    assert server.api.delete("sys/plugins/catalog/secret/versioned?version=v1.0.0").status_code == 204
    assert entry(server, version="v1.0.0").status_code == 404
    assert server.api.delete("sys/plugins/catalog/secret/versioned?version=v1.0.0").status_code == 204, "gone is gone"


def test_hvac_registers_reads_lists_and_reloads(server, digest):
    client, path = server.hvac(), "sys/plugins/catalog/secret/versioned"
    client.write_data(path, data={"sha256": digest, "command": "versioned"})
    assert client.read(path)["data"]["sha256"] == digest
    assert "versioned" in client.list("sys/plugins/catalog/secret")["data"]["keys"]
    client.sys.enable_secrets_engine("versioned", path="own")
    client.write_data("sys/plugins/reload/backend", data={"plugin": "versioned"})
    client.delete(path)
    assert client.read(path) is None


def test_a_database_plugin_is_an_entry_like_any_other(server, digest):
    register(server, "versioned", digest, kind="database", version="v2.0.0")
    assert "versioned" in data(server.api.list("sys/plugins/catalog/database"))["keys"]
    errors(server.api.post("sys/mounts/own", {"type": "versioned"}), 400)


def test_a_parameter_that_nothing_reads_is_named(server, digest):
    answer = register(server, "versioned", digest, netwrok=True)
    assert answer.json()["warnings"] == ["Endpoint ignored these unrecognized parameters: [netwrok]"]
    assert data(entry(server))["network"] is False


# Refusals


def refused(server, words, name="versioned", kind="secret", **body):
    message = errors(server.api.post(f"sys/plugins/catalog/{kind}/{name}", body), 400)
    assert words in message, message
    assert name not in {name for name, _ in names(server)}


def test_a_file_with_another_digest_is_not_registered(server, digest):
    refused(server, "checksums did not match", sha256="00" * 32, command="versioned")
    refused(server, "missing SHA-256 value", command="versioned")
    refused(server, "Could not decode SHA-256 value from Hex", sha256="xyz", command="versioned")
    refused(server, "64 hexadecimal digits", sha256="abcd", command="versioned")


@pytest.mark.parametrize("command, words", [
    ("../versioned", "parent references"), ("a/../versioned", "parent references"),
    ("/bin/sh", "outside of configured plugin directory"), ("sub/versioned", "outside of configured plugin directory"),
    ("", "missing command value"), ("versioned --flag", "arguments go into args"), ("absent", "is not in the plugin"),
    (".", "outside of configured"), (".hidden", "is not a name"),
])
def test_a_command_names_a_file_of_the_folder_and_nothing_else(server, digest, command, words):
    refused(server, words, sha256=digest, command=command)


def test_a_folder_that_is_opened_to_others_later_is_noticed_at_registrations_and_starts(server, plugins, digest):
    register(server, "versioned", digest)
    assert server.api.post("sys/mounts/own", {"type": "versioned"}).status_code == 204
    plugins.path.chmod(0o777)
    refused(server, "writable by others", name="second", sha256=digest, command="versioned")
    reloaded = server.api.post("sys/plugins/reload/backend", {"plugin": "versioned"}).json()["warnings"]
    assert len(reloaded) == 1 and reloaded[0].startswith("own/") and "writable by others" in reloaded[0]
    plugins.path.chmod(0o755)
    register(server, "second", digest, command="versioned")


def test_who_opens_files_of_the_server_to_a_plugin_is_warned(server, digest, tmp_path):
    storage = server.folder / "store"
    log = tmp_path / "audit.log"
    assert server.api.post("sys/audit/file", {"type": "file", "options": {"file_path": str(log)}}).status_code == 204
    answer = register(server, "versioned", digest, readable_paths=["/etc/hostname", str(storage)], writable_paths=[str(tmp_path)])
    warnings = answer.json()["warnings"]
    assert f'readable_paths: "{storage}" lets the plugin read the storage of the server' in warnings
    assert f'writable_paths: "{tmp_path}" lets the plugin read and change an audit log of the server' in warnings
    server.logs("opens a file of the server to a plugin", str(storage))
    assert register(server, "versioned", digest, readable_paths=["/etc/hostname"]).status_code == 204


def test_links_and_files_that_others_can_change_are_not_registered(server, plugins, digest, tmp_path):
    shutil.copy(plugins.path / "versioned", tmp_path / "outside")
    os.symlink(tmp_path / "outside", plugins.path / "link")
    refused(server, "leads out of the plugin directory", sha256=digest, command="link")
    plugins.add("open")
    (plugins.path / "open").chmod(0o757)
    refused(server, "can be written by other users", sha256=digest, command="open")
    plugins.add("plain")
    (plugins.path / "plain").chmod(0o644)
    refused(server, "is not executable", sha256=digest, command="plain")
    (plugins.path / "folder").mkdir()
    refused(server, "is not a regular file", sha256=digest, command="folder")
    os.mkfifo(plugins.path / "pipe")
    refused(server, "is not a regular file", sha256=digest, command="pipe")


def test_a_file_that_group_may_change_is_registered_where_the_configuration_says_so(servers, plugins, digest):
    server = servers.durable(extra=f'{plugins.setting}\nplugin_file_permissions = "0757"')
    (plugins.path / "versioned").chmod(0o757)
    register(server, "versioned", digest)
    assert server.api.post("sys/mounts/own", {"type": "versioned"}).status_code == 204


def test_bad_names_versions_and_permissions_are_refused(server, digest):
    good = {"sha256": digest, "command": "versioned"}
    refused(server, "is not a supported plugin type", kind="engine", **good)
    refused(server, "is not a valid semantic version", version="newest", **good)
    refused(server, "\"builtin\" is reserved", version="v1.0.0+builtin", **good)
    refused(server, "letters, digits", name="a b", **good)
    refused(server, "NAME=value", env=["nothing"], **good)
    refused(server, "begin with LD_", env=["LD_PRELOAD=/tmp/x.so"], **good)
    refused(server, "begin with COFFER_PLUGIN_", env=["COFFER_PLUGIN_LANES=9"], **good)
    refused(server, "absolute path", readable_paths=["relative"], **good)
    refused(server, "absolute path", writable_paths=["/"], **good)
    refused(server, "absolute path", readable_paths=["/srv/../etc"], **good)
    refused(server, "must not be negative", memory_limit=-1, **good)
    refused(server, "oci_image is not available", oci_image="x", **good)


def test_without_a_plugin_directory_nothing_is_registered(servers, digest):
    refused(servers.durable(), "plugin directory is not configured", sha256=digest, command="versioned")


def test_a_file_of_the_folder_that_is_not_registered_cannot_be_mounted(server, plugins):
    plugins.add("coffer-plugin-test")
    assert "test" not in {name for name, _ in names(server)}
    assert "there is no secrets engine of type" in errors(server.api.post("sys/mounts/own", {"type": "test"}), 400)


def test_registering_needs_sudo(server, digest):
    body = {"sha256": digest, "command": "versioned"}
    policy = server.policy('path "sys/plugins/catalog/*" { capabilities = ["create", "read", "update", "delete"] }')
    token = server.token_with(policy)
    for call in [
        lambda token: server.api.post("sys/plugins/catalog/secret/versioned", body, token=token),
        lambda token: server.api.get("sys/plugins/catalog/secret/kv", token=token),
        lambda token: server.api.delete("sys/plugins/catalog/secret/versioned", token=token),
    ]:
        errors(call(token), 403)
    errors(server.api.post("sys/plugins/catalog/secret/versioned", body, token=server.token_with("default")), 403)
    sudo = server.policy('path "sys/plugins/catalog/*" { capabilities = ["create", "update", "sudo"] }')
    token = server.token_with(sudo)
    assert server.api.post("sys/plugins/catalog/secret/versioned", body, token=token).status_code == 204


# What runs


def test_a_file_that_was_changed_after_it_was_registered_does_not_run(server, plugins, digest):
    register(server, "versioned", digest)
    with open(plugins.path / "versioned", "ab") as file:
        file.write(b"more")
    message = errors(server.api.post("sys/mounts/own", {"type": "versioned"}), 503)
    assert "is not the file that was registered" in message
    assert not server.plugins


def test_arguments_and_environment_reach_the_plugin_and_nothing_else_does(server, digest):
    register(server, "versioned", digest, version="3.1.4", args=["", "a b"], env=["PLUGIN_VERSION=3.1.4"])
    assert server.api.post("sys/mounts/own", {"type": "versioned"}).status_code == 204
    about = data(server.api.get("own/about"))
    assert about["version"] == "3.1.4" and about["arguments"] == ["", "a b"]
    mount = mounted(server, "own")
    assert (mount["plugin_version"], mount["running_plugin_version"], mount["running_sha256"]) == (
        "v3.1.4", "v3.1.4", digest)
    assert "hunter2" not in server.log


def test_a_plugin_that_says_another_version_than_its_entry_is_not_mounted(server, digest):
    register(server, "versioned", digest, version="2.0.0", env=["PLUGIN_VERSION=1.0.0"])
    message = errors(server.api.post("sys/mounts/own", {"type": "versioned"}), 503)
    assert "version 1.0.0, but is registered as v2.0.0" in message
    waiting.until(lambda: not server.plugins, "the process is gone")


def test_a_mount_takes_the_version_it_asks_for_else_the_one_without_else_the_newest(server, digest):
    for version in ["1.9.0", "1.10.0", "1.10.0-rc1"]:
        register(server, "versioned", digest, version=version, env=[f"PLUGIN_VERSION={version}"])

    def version_of(path, **body):
        assert server.api.post(f"sys/mounts/{path}", {"type": "versioned", **body}).status_code == 204
        return data(server.api.get(f"{path}/about"))["version"], mounted(server, path)["plugin_version"]

    assert version_of("newest") == ("1.10.0", "v1.10.0")
    assert version_of("asked", plugin_version="v1.9.0") == ("1.9.0", "v1.9.0")
    assert version_of("among-config", config={"plugin_version": "1.9.0"}) == ("1.9.0", "v1.9.0")
    register(server, "versioned", digest, env=["PLUGIN_VERSION=0.0.1"])
    assert version_of("without") == ("0.0.1", "")
    missing = errors(server.api.post("sys/mounts/none", {"type": "versioned", "plugin_version": "v7"}), 400)
    assert "plugin not found in the catalog" in missing


def test_a_registered_plugin_takes_the_place_of_a_built_in_one_of_its_name(server, digest):
    assert server.api.post("sys/mounts/before", {"type": "kv"}).status_code == 204
    register(server, "kv", digest, version="v9.0.0", command="versioned", env=["PLUGIN_VERSION=9.0.0"])
    built_in = mounted(server, "before")
    assert built_in["plugin_version"] == "" and built_in["running_plugin_version"].endswith("+builtin")
    body = {"type": "kv", "plugin_version": built_in["running_plugin_version"]}
    assert server.api.post("sys/mounts/built-in", body).status_code == 204
    assert mounted(server, "built-in")["running_plugin_version"] == built_in["running_plugin_version"]
    assert server.api.post("sys/mounts/after", {"type": "kv", "plugin_version": "9.0.0"}).status_code == 204
    assert data(server.api.get("after/about"))["version"] == "9.0.0"


def test_mounts_of_one_version_share_a_process_and_those_of_two_do_not(server, digest):
    for version in ["1.0.0", "2.0.0"]:
        register(server, "versioned", digest, version=version, env=[f"PLUGIN_VERSION={version}"])
    pids = []
    for path, version in [("a", "1.0.0"), ("b", "1.0.0"), ("c", "2.0.0")]:
        body = {"type": "versioned", "plugin_version": version}
        assert server.api.post(f"sys/mounts/{path}", body).status_code == 204
        pids.append(data(server.api.get("sys/plugins/status"))["plugins"])
    running = {plugin["version"]: plugin["pid"] for plugin in pids[-1] if plugin["name"] == "versioned"}
    assert set(running) == {"v1.0.0", "v2.0.0"} and running["v1.0.0"] != running["v2.0.0"]
    assert len(server.plugins) == 2


# Entries that change while mounts use them


@pytest.fixture
def restless(servers, plugins):
    """A server that stops engines as soon as they have nothing to do, with a mount at `own/`."""
    server = servers.durable(extra=plugins.setting + '\nplugin_idle_timeout = "1s"')
    register(server, "versioned", plugins.add("versioned"), version="1.0.0", env=["PLUGIN_VERSION=1.0.0"])
    assert server.api.post("sys/mounts/own", {"type": "versioned"}).status_code == 204
    assert data(server.api.get("own/about"))["version"] == "1.0.0"
    return server


def idle(server):
    waiting.until(lambda: not server.plugins, "the engine is stopped as idle", 20)


def replaced(plugins):
    """Another file in the place of the one that was registered, and its digest."""
    other = plugins.add("versioned.new")
    with open(plugins.path / "versioned.new", "ab") as file:
        file.write(b"another build")
    (plugins.path / "versioned.new").rename(plugins.path / "versioned")
    assert plugins.digest("versioned") != other
    return plugins.digest("versioned")


def test_an_entry_that_is_registered_anew_is_what_the_next_start_runs(restless, plugins):
    idle(restless)
    new = replaced(plugins)
    register(restless, "versioned", new, version="1.0.0", env=["PLUGIN_VERSION=1.0.0+new"])
    assert data(restless.api.get("own/about"))["version"] == "1.0.0+new"
    assert mounted(restless, "own")["running_sha256"] == new
    assert restless.api.post("sys/mounts/more", {"type": "versioned"}).status_code == 204
    assert data(restless.api.get("more/about"))["version"] == "1.0.0+new"
    assert len(restless.plugins) == 1, "both mounts share the process"
    idle(restless)
    assert data(restless.api.get("own/about"))["version"] == data(restless.api.get("more/about"))["version"]


def test_a_file_that_was_changed_runs_as_soon_as_it_is_registered(restless, plugins):
    idle(restless)
    new = replaced(plugins)
    for _ in range(8):
        assert "is not the file that was registered" in errors(restless.api.get("own/about"), 503)
    assert restless.api.post("sys/mounts/more", {"type": "versioned"}).status_code == 503
    register(restless, "versioned", new, version="1.0.0", env=["PLUGIN_VERSION=1.0.0"])
    assert data(restless.api.get("own/about"))["version"] == "1.0.0"


def test_a_process_that_runs_goes_on_when_its_entry_changes(restless, plugins):
    pid = restless.plugins[0].pid
    register(restless, "versioned", replaced(plugins), version="1.0.0", env=["PLUGIN_VERSION=1.0.0+new"])
    assert data(restless.api.get("own/about"))["version"] == "1.0.0" and restless.plugins[0].pid == pid
    answer = restless.api.put("sys/plugins/reload/backend", {"plugin": "versioned"})
    assert answer.status_code == 200 and not answer.json()["warnings"], answer.text
    assert data(restless.api.get("own/about"))["version"] == "1.0.0+new"


def test_what_is_deregistered_is_not_started_again_and_its_mounts_are_named(restless, plugins):
    data(restless.api.post("sys/namespaces/team", {}))
    team = {"headers": {"X-Vault-Namespace": "team"}}
    assert restless.api.post("sys/mounts/theirs", {"type": "versioned"}, **team).status_code == 204
    register(restless, "versioned", plugins.digest("versioned"), version="2.0.0", env=["PLUGIN_VERSION=2.0.0"])
    body = {"type": "versioned", "plugin_version": "2.0.0"}
    assert restless.api.post("sys/mounts/newer", body).status_code == 204
    # Nothing of the namespace is in memory then.
    restless.restart().unseal()
    assert data(restless.api.get("own/about"))["version"] == "1.0.0"
    answer = restless.api.delete("sys/plugins/catalog/secret/versioned?version=1.0.0")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["warnings"]) == 1
    assert answer.json()["warnings"][0].endswith("registered anew: own/, team/theirs/")
    assert restless.api.delete("sys/plugins/catalog/secret/versioned?version=1.0.0").status_code == 204
    idle(restless)
    assert "is not in the catalog any more" in errors(restless.api.get("own/about"), 503)
    assert data(restless.api.get("newer/about"))["version"] == "2.0.0"
    register(restless, "versioned", plugins.digest("versioned"), version="1.0.0", env=["PLUGIN_VERSION=1.0.0"])
    assert data(restless.api.get("own/about"))["version"] == "1.0.0"
    said = restless.cli().run("plugin", "deregister", "-version=1.0.0", "secret", "versioned")
    assert said.returncode == 0 and "own/, team/theirs/" in said.stderr, said


# Pins


def test_a_pin_holds_all_mounts_to_a_version_when_they_are_reloaded(server, digest):
    for version in ["1.0.0", "2.0.0"]:
        register(server, "versioned", digest, version=version, env=[f"PLUGIN_VERSION={version}"])
    assert server.api.post("sys/mounts/own", {"type": "versioned", "plugin_version": "2.0.0"}).status_code == 204
    pin = "sys/plugins/pins/secret/versioned"
    assert server.api.get(pin).status_code == 404
    assert "has no version v3.0.0" in errors(server.api.post(pin, {"version": "3.0.0"}), 400)
    assert "missing version" in errors(server.api.post(pin, {}), 400)
    assert server.api.post(pin, {"version": "v1.0.0"}).status_code == 204
    shown = {"name": "versioned", "type": "secret", "version": "v1.0.0"}
    assert data(server.api.get(pin)) == shown
    assert data(server.api.get("sys/plugins/pins")) == {"pinned_versions": [shown]}

    assert data(server.api.get("own/about"))["version"] == "2.0.0"
    answer = server.api.post("sys/plugins/reload/secret/versioned")
    assert answer.status_code == 200 and data(answer)["reload_id"] and not answer.json()["warnings"]
    assert data(server.api.get("own/about"))["version"] == "1.0.0"
    mount = mounted(server, "own")
    assert (mount["plugin_version"], mount["running_plugin_version"]) == ("v2.0.0", "v1.0.0")

    refused = errors(server.api.post("sys/mounts/more", {"type": "versioned", "plugin_version": "2.0.0"}), 400)
    assert "is pinned to version v1.0.0" in refused
    held = errors(server.api.delete("sys/plugins/catalog/secret/versioned?version=v1.0.0"), 400)
    assert "delete the pin first" in held
    server.restart().unseal()
    assert data(server.api.get("own/about"))["version"] == "1.0.0"
    assert server.api.delete(pin).status_code == 204
    assert data(server.api.get("sys/plugins/pins")) == {"pinned_versions": []}


def test_reload_says_what_it_needs(server):
    path = "sys/plugins/reload/backend"
    assert "plugin or mounts must be provided" in errors(server.api.post(path, {}), 400)
    assert "at the same time" in errors(server.api.post(path, {"plugin": "kv", "mounts": ["a"]}), 400)
    assert "there is no mount" in errors(server.api.post(path, {"mounts": "nowhere"}), 400)
    assert "scope" in errors(server.api.post(path, {"plugin": "kv", "scope": "local"}), 400)
    assert "no plugins were reloaded" in server.api.post(path, {"plugin": "kv"}).json()["warnings"][0]
    errors(server.api.post("sys/plugins/reload/engine/kv"), 400)


# The command line


def test_the_command_line_registers_lists_reloads_and_deregisters(server, digest):
    cli = server.cli()
    said = cli.ok(
        "plugin", "register", f"-sha256={digest}", "-version=1.0.0", "-command=versioned", "-env=PLUGIN_VERSION=1.0.0",
        "-args=x", "-network", "-memory-limit=100000000", "secret", "counter")
    assert said == "Success! Registered plugin: counter\n"
    info = cli.json("plugin", "info", "-version=v1.0.0", "secret", "counter")["data"]
    assert info["sha256"] == digest and info["network"] is True and info["memory_limit"] == 100000000
    assert cli.ok("plugin", "info", "-field=sha256", "-version=1.0.0", "secret", "counter") == digest
    table = cli.ok("plugin", "list", "secret")
    assert table.splitlines()[0].split() == ["Name", "Type", "Version"] and "counter" in table and "kv" in table
    cli.ok("secrets", "enable", "-path=own", "-plugin-version=1.0.0", "counter")
    detailed = cli.ok("plugin", "list", "-detailed")
    assert "Running Version" in detailed and "v1.0.0" in detailed and digest in detailed
    assert cli.ok("plugin", "reload", "-plugin=counter") == "Success! Reloaded plugin: counter\n"
    assert "Reloaded mounts: [own/]" in cli.ok("plugin", "reload", "-mounts=own/")
    assert "if it was registered" in cli.ok("plugin", "deregister", "-version=1.0.0", "secret", "counter")
    cli.fails(2, "plugin", "info", "-version=1.0.0", "secret", "counter")
    cli.fails(1, "plugin", "register", "secret", "counter")
    cli.fails(1, "plugin", "reload")
