"""The server's configuration: files, folders, JSON, and errors with their place."""

import json

import pytest

from support import waiting
from support.cli import CLI
from support.server import TCP, unique


@pytest.fixture
def with_config(servers, tmp_path):
    """A server with this text as its configuration."""
    def make(text, name="config.hcl"):
        server = servers.configured(unique("server"))
        file = server.folder / name
        file.write_text(text.replace("STORE", f"{server.folder}/store"))
        server.arguments[-1] = f"-config={file}"
        return server
    return make


GOOD = 'storage "lmdb" {\n  path = "STORE"\n}\n' + TCP


@pytest.mark.parametrize("text, place, says", [
    (GOOD + "default_lease_ttl = \n", ":9:1", ""),
    ('storage "lmdb" {\n  path = "STORE"\n', ":3:", ""),
    ('storage "lmdb" {\n  path = 7 7\n}\n' + TCP, ":2:", ""),
    (GOOD + 'default_lease_ttl = "soon"\n', ":8:21", "default_lease_ttl"),
    ('storage "floppy" {}\n' + TCP, ":1:9", "storage"),
    ('storage "raft" {}\n' + TCP, ":1:9", "raft"),
    ('storage "lmdb" {\n}\n' + TCP, ":1:", "path"),
    ('storage "lmdb" {\n  path = "STORE"\n  map_size_bytes = "huge"\n}\n' + TCP, ":3:20", "map_size_bytes"),
    ('storage "lmdb" {\n  path = "STORE"\n}\nlistener "tcp" {\n  address = "nowhere"\n  tls_disable = true\n}\n', ":5:13", "address"),
    ('storage "lmdb" {\n  path = "STORE"\n}\nlistener "tcp" {\n  address = "127.0.0.1:0"\n}\n', ":4:", "tls_cert_file"),
    ('storage "lmdb" {\n  path = "STORE"\n}\nlistener "pigeon" {}\n', ":4:10", "listener"),
    (GOOD + 'default_lease_ttl = "10h"\nmax_lease_ttl = "1h"\n', ":8:", "default_lease_ttl"),
    (GOOD + 'storage "inmem" {}\n', ":8:", "storage"),
    (GOOD + 'seal "magic" {}\n', ":8:6", "seal"),
    (GOOD + 'policy_glob = "whatever"\n', ":8:", "policy_glob"),
    (GOOD + 'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_min_version = "tls10"\n  tls_disable = true\n}\n', ":10:", "tls_min_version"),
])
def test_a_mistake_is_told_with_file_line_and_column(with_config, text, place, says):
    server = with_config(text)
    code, output = server.expect_refusal()
    assert code == 1
    assert str(server.folder / "config.hcl") in output
    assert place in output and says in output, output


def test_all_mistakes_are_told_at_once(with_config):
    server = with_config('storage "lmdb" {}\nlistener "tcp" {\n  address = "x"\n}\nmax_lease_ttl = "x"\n')
    code, output = server.expect_refusal()
    assert code == 1 and output.count("config.hcl:") >= 3


def test_what_is_missing_is_told(with_config):
    for text, missing in ((TCP, "storage"), ('storage "inmem" {}', "listener"), ("", "storage")):
        code, output = with_config(text).expect_refusal()
        assert code == 1 and missing in output


def test_values_of_the_configuration_are_not_repeated_in_messages(with_config):
    text = 'storage "lmdb" {\n  path = ["hunter2hunter2"]\n}\nlistener "tcp" {\n  address = "hunter2hunter2"\n}\n'
    _, output = with_config(text).expect_refusal()
    assert "hunter2" not in output


def test_unknown_keys_are_named_with_their_place_and_do_not_keep_the_server_from_starting(with_config):
    server = with_config(GOOD + 'colour = "red"\ntelemetry {\n  shape = "round"\n}\ncache_size = 7\n').start()
    for name, place in (("colour", "8:"), ("shape", "10:"), ("cache_size", "12:")):
        lines = [line for line in server.log.splitlines() if name in line]
        assert lines and "WARN" in lines[0] and f"config.hcl:{place}" in lines[0], name
    assert '"red"' not in server.log


def test_keys_that_are_known_and_have_no_effect_are_named(with_config):
    server = with_config(GOOD + 'ui = true\ncluster_addr = "https://127.0.0.1:8201"\n').start()
    for name in ("ui", "cluster_addr"):
        assert any("no effect" in line and f"key={name}" in line for line in server.log.splitlines()), name


def test_unknown_keys_of_a_listener_and_of_the_storage_are_named(with_config):
    server = with_config(
        'storage "lmdb" {\n  path = "STORE"\n  spin = "left"\n}\nlistener "tcp" {\n  address = "127.0.0.1:0"\n'
        '  tls_disable = 1\n  tls_dissable = 1\n}\n').start()
    assert any("spin" in line and ":3:" in line for line in server.log.splitlines())
    assert any("tls_dissable" in line and ":8:" in line for line in server.log.splitlines())


def test_json_of_the_same_shape_works(with_config):
    text = json.dumps({
        "storage": {"lmdb": {"path": "STORE"}}, "listener": [{"tcp": {"address": "127.0.0.1:0", "tls_disable": 1}}],
        "default_lease_ttl": "10h", "disable_mlock": True})
    server = with_config(text, "config.json").start()
    server.initialize()
    server.unseal()
    assert server.api.get("sys/mounts/sys/tune").json()["data"]["default_lease_ttl"] == 36000


def test_the_spellings_that_vault_knows_work(with_config):
    server = with_config(
        '# a comment\nbackend "file" { path = "STORE" } // old words\n/* and\n more */\n'
        'listener "tcp" { address = "127.0.0.1:0", tls_disable = "true" }\nui = true\n'
        'api_addr = "http://vault.example:8200"\ncluster_addr = "https://vault.example:8201"\n'
        'max_lease_ttl = "1000h"\ndisable_mlock = 1\nlog_level = "WARN"\ntelemetry { disable_hostname = true }\n'
        'cluster_name = "my-cluster"\n').start()
    server.initialize()
    server.unseal()
    assert server.api.get("sys/health").json()["cluster_name"] == "my-cluster"


def test_a_folder_and_several_files_are_read_together(servers, tmp_path):
    folder = tmp_path / "conf.d"
    folder.mkdir()
    (folder / "10-storage.hcl").write_text(f'storage "lmdb" {{ path = "{tmp_path}/store" }}\ncluster_name = "first"\n')
    (folder / "20-listener.json").write_text(
        '{"listener": {"tcp": {"address": "127.0.0.1:0", "tls_disable": true}}, "cluster_name": "second"}')
    (folder / "notes.txt").write_text("this is {{ no configuration")
    extra = tmp_path / "extra.hcl"
    extra.write_text(TCP)
    server = servers.configured()
    server.arguments[-1:] = [f"-config={folder}", f"-config={extra}"]
    server.start(listeners=2)
    server.initialize()
    server.unseal()
    assert len(server.ports) == 2
    assert server.api.get("sys/health").json()["cluster_name"] == "second"


def test_a_configuration_that_is_not_there_is_named(servers, tmp_path):
    for path in (tmp_path / "missing.hcl", tmp_path / "missing"):
        server = servers.configured(unique("server"))
        server.arguments[-1] = f"-config={path}"
        code, output = server.expect_refusal()
        assert code == 1 and str(path) in output
    empty = tmp_path / "empty"
    empty.mkdir()
    server = servers.configured(unique("server"))
    server.arguments[-1] = f"-config={empty}"
    code, output = server.expect_refusal()
    assert code == 1 and str(empty) in output


def test_a_server_without_configuration_says_what_it_needs(tmp_path):
    said = CLI(home=tmp_path).fails(1, "server")
    assert "-config" in said and "-dev" in said


def test_the_log_can_be_json(servers):
    server = servers.dev(arguments=("-log-format=json", "-log-level=debug")).start()
    server.api.get("sys/mounts")
    lines = [line for line in server.log.splitlines() if line]
    for line in lines:
        assert {"@level", "@message", "@timestamp"} <= set(json.loads(line)), line


def test_the_log_level_silences(servers):
    server = servers.dev(arguments=("-log-level=error",))
    server.launch()
    waiting.until(lambda: server.addresses, "the banner tells the address")
    assert "INFO" not in server.log


def test_a_pid_file_is_there_while_the_server_runs(with_config, tmp_path):
    file = tmp_path / "coffer.pid"
    server = with_config(GOOD + f'pid_file = "{file}"\n').start()
    assert int(file.read_text()) == server.process.pid
    assert server.terminate() == 0
    assert not file.exists()


def test_dev_flags_without_dev_are_ignored_with_a_warning(servers):
    server = servers.configured()
    server.arguments.append("-dev-root-token-id=root")
    server.start()
    assert "-dev-root-token-id" in server.output
    assert server.api.get("sys/health").status_code == 501


def test_secrets_of_a_server_do_not_reach_its_log(servers):
    server = servers.configured()
    server.arguments += ["-log-level=trace"]
    server.start()
    made = server.initialize(3, 2)
    server.unseal()
    mount = server.mount(2)
    token = server.token_with("default")
    server.api.post(f"{mount}/data/x", {"data": {"password": "hunter2-hunter2"}})
    server.api.post(f"{mount}/data/x", raw='{"data": {"password": "hunter2-hunter2" oops')
    server.api.get(f"{mount}/data/x", token=token)
    server.api.get(f"{mount}/data/x", token="hvs.wrong-wrong-wrong")
    server.terminate()
    for secret in (*made["keys"], *made["keys_base64"], made["root_token"], token, "hunter2", "hvs.wrong-wrong-wrong"):
        assert secret not in server.output
