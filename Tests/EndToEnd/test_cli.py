"""The command line: exit codes, formats, environment, help."""

import json
import subprocess

import pytest

from support.api import errors
from support.cli import CLI
from support.server import unique

COMMANDS = [
    "server", "status", "read", "write", "patch", "delete", "list", "login", "unwrap", "version", "print token",
    "operator init", "operator unseal", "operator seal",
    "token create", "token lookup", "token renew", "token revoke", "token capabilities",
    "policy read", "policy write", "policy list", "policy delete", "policy fmt",
    "secrets list", "secrets enable", "secrets disable", "secrets tune", "secrets move",
    "auth list", "auth enable", "auth disable", "auth tune", "auth move",
    "lease lookup", "lease renew", "lease revoke", "audit list", "audit enable", "audit disable", "path-help",
    "kv put", "kv get", "kv patch", "kv list", "kv delete", "kv undelete", "kv destroy", "kv rollback",
    "kv enable-versioning", "kv metadata get", "kv metadata put", "kv metadata patch", "kv metadata delete",
]
GROUPS = ["", "kv", "kv metadata", "token", "policy", "secrets", "auth", "operator", "print", "lease", "audit"]


@pytest.fixture
def cli(shared):
    return shared.cli()


@pytest.fixture
def offline(tmp_path):
    """Without a server; its address is one on which nothing listens."""
    return CLI("http://127.0.0.1:1", "token", tmp_path)


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_teaches(offline, command):
    texts = [offline.ok(*command.split(), flag) for flag in ("-h", "-help", "--help")]
    assert texts[0] == texts[1] == texts[2]
    assert f"coffer {command}" in texts[0] and "Usage" in texts[0] and len(texts[0]) > (80 if command == "version" else 150)
    assert offline.ok("help", *command.split()) == texts[0]


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_shows_its_commands(offline, group):
    words = group.split()
    text = offline.ok(*words, "-h")
    for command in COMMANDS:
        parts = command.split()
        if parts[:len(words)] == words and len(parts) > len(words):
            assert parts[len(words)] in text, command
    bare = offline.run(*words)
    assert bare.returncode != 0 and (bare.stdout + bare.stderr).strip()


def test_an_unknown_command_is_named_with_a_suggestion(offline):
    for words, word, near in ((["stats"], "stats", "status"), (["kv", "gett", "x"], "gett", "get")):
        done = offline.run(*words)
        assert done.returncode not in (0, 2) and word in done.stderr and near in done.stderr


def test_an_unknown_flag_is_named(offline):
    assert "-colour" in offline.fails(1, "status", "-colour")
    assert "-colour" in offline.fails(1, "kv", "get", "-colour=red", "secret/x")


def test_the_version_is_told(offline):
    assert "Coffer" in offline.ok("version")
    assert offline.ok("-version") == offline.ok("--version") == offline.ok("version")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_made(offline, shell):
    done = offline.run("completion", shell)
    assert done.returncode == 0 and "coffer" in done.stdout


def test_the_bash_completion_is_valid_bash(offline, tmp_path):
    file = tmp_path / "completion.bash"
    file.write_text(offline.ok("completion", "bash"))
    assert subprocess.run(["bash", "-n", file], capture_output=True).returncode == 0


# Status and addresses


def test_status_tells_by_its_code(servers, cli, offline):
    assert "Sealed" in cli.ok("status")
    assert offline.fails(1, "status")
    server = servers.configured().start()
    done = server.cli("x").run("status")
    assert done.returncode == 2 and "Initialized" in done.stdout
    server.initialize()
    assert server.cli().run("status").returncode == 2
    server.unseal()
    assert server.cli().run("status").returncode == 0
    assert server.cli().json("status")["storage_type"] == "lmdb"


def test_init_unseal_and_seal_by_the_command_line(servers):
    server = servers.configured().start()
    cli = server.cli("x")
    del cli.environment["COFFER_TOKEN"]
    assert cli.run("operator", "init", "-status").returncode == 2
    made = cli.json("operator", "init", "-key-shares=3", "-key-threshold=2")
    assert len(made["unseal_keys_b64"]) == len(made["unseal_keys_hex"]) == 3
    assert (made["unseal_threshold"], made["unseal_shares"]) == (2, 3)
    assert cli.run("operator", "init", "-status").returncode == 0
    assert cli.fails(2, "operator", "init")
    assert "1/2" in cli.ok("operator", "unseal", made["unseal_keys_b64"][0])
    assert "0/2" in cli.ok("operator", "unseal", "-reset")
    cli.ok("operator", "unseal", made["unseal_keys_hex"][2])
    unsealed = cli.ok("operator", "unseal", "-", input=made["unseal_keys_b64"][1] + "\n")
    assert "false" in unsealed
    assert cli.fails(2, "operator", "seal")
    cli.environment["COFFER_TOKEN"] = made["root_token"]
    cli.ok("operator", "seal")
    assert cli.run("status").returncode == 2
    assert "sealed" in cli.fails(2, "kv", "get", "secret/x").lower()


def test_init_prints_keys_for_people(servers):
    text = servers.configured().start().cli("x").ok("operator", "init")
    assert [f"Unseal Key {n}:" in text for n in range(1, 7)] == [True] * 5 + [False]
    assert "Initial Root Token: hvs." in text


def test_the_own_variables_come_before_those_of_vault_and_flags_before_both(shared, offline):
    address = shared.address
    only_vault = {"COFFER_ADDR": None, "COFFER_TOKEN": None, "VAULT_ADDR": address, "VAULT_TOKEN": "root"}
    assert "secret/" in offline.ok("secrets", "list", environment=only_vault)
    both = {**only_vault, "COFFER_ADDR": "http://127.0.0.1:1"}
    assert offline.run("secrets", "list", environment=both).returncode == 2
    other = {"COFFER_ADDR": address, "COFFER_TOKEN": "root", "VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "wrong"}
    assert "secret/" in offline.ok("secrets", "list", environment=other)
    assert offline.run("secrets", "list", f"-address={address}", environment={"COFFER_TOKEN": "root"}).returncode == 0
    assert offline.run("secrets", "list", f"--address={address}", environment={"COFFER_TOKEN": "root"}).returncode == 0
    assert offline.run("secrets", "list", "-address", address, environment={"COFFER_TOKEN": "root"}).returncode == 0


def test_a_server_that_is_not_there_is_named(offline):
    assert "127.0.0.1:1" in offline.fails(2, "secrets", "list")
    for address in ("nonsense", "http://", "ftp://127.0.0.1", "http://127.0.0.1:99999"):
        done = offline.run("secrets", "list", environment={"COFFER_ADDR": address})
        assert done.returncode in (1, 2) and done.stderr.strip()


def test_a_request_can_be_shown_as_a_curl_command(offline):
    text = offline.ok("read", "-output-curl-string", "sys/mounts")
    assert text.startswith("curl") and "/v1/sys/mounts" in text
    assert "X-Vault-Request: true" in text


# Tokens


def test_login_stores_the_token_privately_and_the_other_commands_take_it(shared, tmp_path):
    cli = CLI(shared.address, None, tmp_path)
    assert cli.fails(2, "secrets", "list"), "without a token"
    token = shared.token_with(shared.policy('path "sys/mounts" { capabilities = ["read"] }'))
    text = cli.ok("login", token)
    assert "Success" in text
    file = tmp_path / ".vault-token"
    assert file.read_text().strip() == token and file.stat().st_mode & 0o777 == 0o600
    assert "secret/" in cli.ok("secrets", "list")
    assert cli.ok("print", "token").strip() == token
    # A wrong token does not take the good one's place.
    assert cli.fails(2, "login", "wrong")
    assert file.read_text().strip() == token
    # A file that was open to all is closed.
    file.chmod(0o644)
    cli.ok("login", "-", input=token + "\n")
    assert file.stat().st_mode & 0o777 == 0o600
    # The variable comes first.
    assert cli.run("secrets", "list", environment={"COFFER_TOKEN": "wrong"}).returncode == 2
    assert cli.run("secrets", "list", environment={"VAULT_TOKEN": "wrong"}).returncode == 2


def test_login_can_leave_no_trace(shared, tmp_path):
    cli = CLI(shared.address, None, tmp_path)
    assert cli.ok("login", "-token-only", "root").strip() == "root"
    assert cli.ok("login", "-no-store", "root")
    assert cli.json("login", "-no-store", "root")["auth"]["client_token"] == "root"
    assert not (tmp_path / ".vault-token").exists()


def test_login_does_not_follow_a_link_in_place_of_the_token_file(shared, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".vault-token").symlink_to(victim)
    CLI(shared.address, None, tmp_path).ok("login", "root")
    assert victim.read_text() == "precious"
    assert (tmp_path / ".vault-token").read_text().strip() == "root"


def test_tokens_are_made_looked_up_renewed_and_revoked(shared, cli):
    made = cli.json("token", "create", "-policy=default", "-ttl=30m", "-metadata=team=a", "-display-name=ci",
                    "-use-limit=0")["auth"]
    assert made["lease_duration"] == 1800 and made["metadata"] == {"team": "a"}
    assert cli.json("token", "lookup", made["client_token"])["data"]["display_name"] == "token-ci"
    assert cli.json("token", "lookup", "-accessor", made["accessor"])["data"]["id"] == ""
    own = shared.cli(made["client_token"])
    assert own.ok("token", "lookup", "-field=id").strip() == made["client_token"]
    assert own.json("token", "renew", "-increment=1h")["auth"]["lease_duration"] == 3600
    assert cli.json("token", "renew", made["client_token"])["auth"]["renewable"] is True
    assert "deny" in own.ok("token", "capabilities", "secret/data/x")
    assert "root" in cli.ok("token", "capabilities", "secret/data/x")
    assert "deny" in cli.ok("token", "capabilities", made["client_token"], "secret/data/x")
    cli.ok("token", "revoke", "-accessor", made["accessor"])
    assert own.run("token", "lookup").returncode == 2
    again = cli.ok("token", "create", "-policy=default", "-field=token").strip()
    assert "Success" in shared.cli(again).ok("token", "revoke", "-self")
    assert shared.cli(again).run("token", "lookup").returncode == 2


def test_a_fields_value_is_printed_without_a_line_end_into_a_pipe(cli):
    token = cli.ok("token", "create", "-policy=default", "-field=token")
    assert token == token.strip() and token.startswith("hvs.")
    assert "nothing" in cli.fails(1, "token", "lookup", "-field=nothing")


# Policies, mounts, paths of the API


def test_policies_are_written_from_files_and_from_standard_input(shared, cli, tmp_path):
    name = unique("policy")
    text = 'path "secret/*" {\n  capabilities = ["read"]\n}\n'
    cli.ok("policy", "write", name, "-", input=text)
    assert cli.ok("policy", "read", name).strip() == text.strip()
    assert name in cli.json("policy", "list")
    cli.ok("policy", "delete", name)
    assert cli.fails(2, "policy", "read", name)
    assert cli.run("policy", "write", name, tmp_path / "missing.hcl").returncode in (1, 2)
    broken = tmp_path / "broken.hcl"
    broken.write_text('path "a" {\n  capabilities = ["raed"]\n}\n')
    assert "2:" in cli.fails(2, "policy", "write", name, broken)


def test_policies_are_formatted_in_place(offline, tmp_path):
    file = tmp_path / "policy.hcl"
    file.write_text('path   "a"{capabilities=["read","list"]}\n')
    offline.ok("policy", "fmt", file)
    formatted = file.read_text()
    assert formatted != 'path   "a"{capabilities=["read","list"]}\n' and 'path "a" {' in formatted
    offline.ok("policy", "fmt", file)
    assert file.read_text() == formatted


def test_engines_are_enabled_listed_tuned_and_disabled(cli):
    path = unique("kv")
    assert f"{path}/" in cli.ok("secrets", "enable", f"-path={path}", "-version=2", "-description=for a test", "kv")
    listed = cli.json("secrets", "list")[f"{path}/"]
    assert listed["options"] == {"version": "2"} and listed["description"] == "for a test"
    assert f"{path}/" in cli.ok("secrets", "list") and "Accessor" in cli.ok("secrets", "list", "-detailed")
    cli.ok("secrets", "tune", "-default-lease-ttl=10m", "-max-lease-ttl=1h", f"{path}/")
    assert cli.json("secrets", "list")[f"{path}/"]["config"]["default_lease_ttl"] == 600
    cli.ok("secrets", "disable", path)
    assert f"{path}/" not in cli.json("secrets", "list")
    assert cli.fails(2, "secrets", "enable", "no-such-engine")
    assert "token/" in cli.ok("auth", "list")


LISTS = {
    "-audit-non-hmac-request-keys": "audit_non_hmac_request_keys",
    "-audit-non-hmac-response-keys": "audit_non_hmac_response_keys",
    "-passthrough-request-headers": "passthrough_request_headers",
    "-allowed-response-headers": "allowed_response_headers",
}
# A flag, and what reading the settings shows after it.
TUNED = {
    "-description=for a test": ("description", "for a test"),
    "-default-lease-ttl=10m": ("default_lease_ttl", 600),
    "-max-lease-ttl=2h": ("max_lease_ttl", 7200),
    "-listing-visibility=unauth": ("listing_visibility", "unauth"),
}
TUNED_AUTH = {
    "-token-type=batch": ("token_type", "batch"),
    "-user-lockout-threshold=3": ("user_lockout_threshold", 3),
    "-user-lockout-duration=5m": ("user_lockout_duration", 300),
    "-user-lockout-counter-reset-duration=7m": ("user_lockout_counter_reset_duration", 420),
    "-user-lockout-disable": ("user_lockout_disable", True),
}
NOT_THERE = ["-allowed-managed-keys=x", "-delegated-auth-accessors=x", "-identity-token-key=x"]


def tunes(cli, kind, path, where, flags):
    """Every flag by itself, and each time all that was set before is still so."""
    expected = {}
    for flag, (name, value) in flags.items():
        cli.ok(kind, "tune", flag, f"{path}/")
        expected[name] = value
        for place in where:
            shown = cli.json("read", f"{place}/tune")["data"]
            assert {name: shown.get(name) for name in expected} == expected, (flag, place)
    for flag, name in LISTS.items():
        cli.ok(kind, "tune", f"{flag}=a", f"{flag}=X-B", path)
        assert cli.json("read", f"{where[0]}/tune")["data"][name] == ["a", "X-B"]
    # Back to the system's, both of them.
    cli.ok(kind, "tune", "-default-lease-ttl=-1", "-max-lease-ttl=-1", path)
    shown = cli.json("read", f"{where[0]}/tune")["data"]
    assert shown["default_lease_ttl"] == shown["max_lease_ttl"] == 2764800
    for flag in NOT_THERE:
        assert flag[1:].split("=")[0].replace("-", "_") in cli.fails(2, kind, "tune", flag, path)
    assert "v9.9.9" in cli.fails(2, kind, "tune", "-plugin-version=9.9.9", path)
    cli.ok(kind, "tune", f"-plugin-version={running(cli, where[0])}", path)
    assert "engine" in cli.fails(2, kind, "tune", "-description=x", f"{path}-not-there")


def running(cli, mount):
    return cli.json("read", mount)["data"]["running_plugin_version"]


def test_each_flag_of_secrets_tune_changes_its_setting(shared, cli, kv1):
    tunes(cli, "secrets", kv1, [f"sys/mounts/{kv1}"], TUNED)
    cli.ok("secrets", "tune", "-options=version=2", kv1)
    assert cli.json("read", f"sys/mounts/{kv1}/tune")["data"]["options"] == {"version": "2"}
    other = shared.mount(1)
    cli.ok("secrets", "tune", "-version=2", other)
    assert cli.json("read", f"sys/mounts/{other}/tune")["data"]["options"] == {"version": "2"}


def test_each_flag_of_auth_tune_changes_its_setting(shared, cli, auth_mount):
    path = auth_mount("userpass")
    where = [f"sys/auth/{path}", f"sys/mounts/auth/{path}"]
    tunes(cli, "auth", path, where, {**TUNED, **TUNED_AUTH})
    cli.ok("auth", "tune", "-options=a=b", path)
    assert cli.json("read", f"{where[1]}/tune")["data"]["options"] == {"a": "b"}
    # Tuning there takes no sudo; disabling does, and so has one path only.
    errors(shared.api.delete(where[1]), 400)
    policy = shared.policy(f'path "sys/mounts/auth/{path}/tune" {{ capabilities = ["read", "update"] }}')
    mine = shared.cli(token=shared.token_with(policy))
    mine.ok("auth", "tune", "-description=mine", path)
    assert mine.json("read", f"{where[1]}/tune")["data"]["description"] == "mine"


def test_a_value_from_standard_input_is_written_as_it_is(cli, kv1):
    cli.ok("write", f"{kv1}/x", "a=-", input=" text \n")
    assert cli.json("read", f"{kv1}/x")["data"] == {"a": " text \n"}


def test_any_path_of_the_api_can_be_read_written_listed_and_deleted(cli, kv1):
    cli.ok("write", f"{kv1}/x", "a=b", "n=1")
    assert cli.json("read", f"{kv1}/x")["data"] == {"a": "b", "n": "1"}
    assert cli.ok("read", "-field=a", f"{kv1}/x").strip() == "b"
    assert cli.json("list", kv1) == ["x"]
    assert "x" in cli.ok("list", f"{kv1}/")
    cli.ok("delete", f"{kv1}/x")
    assert "No value found" in cli.fails(2, "read", f"{kv1}/x")
    assert "No value found" in cli.fails(2, "list", kv1)
    assert cli.json("read", "auth/token/lookup-self")["data"]["id"] == "root"
    assert json.loads(cli.ok("read", "-format=raw", "sys/health"))["sealed"] is False


def test_what_is_refused_by_the_server_is_2_and_what_is_wrong_here_is_1(cli, tmp_path):
    assert cli.fails(1, "kv", "get")
    assert cli.fails(1, "kv", "put", "secret/x")
    assert cli.fails(1, "write", "secret/x")
    assert cli.fails(1, "kv", "get", "a", "b")
    assert cli.fails(1, "status", "-format=xml")
    assert cli.fails(1, "write", "secret/x", f"a=@{tmp_path}/missing")
    assert cli.fails(2, "read", "nothing/here")
    assert cli.fails(2, "write", "nothing/here", "a=b")


def test_flags_may_have_one_dash_or_two_and_stand_before_the_command(cli):
    assert json.loads(cli.ok("status", "--format=json")) == json.loads(cli.ok("-format=json", "status"))
    assert json.loads(cli.ok("status", "-format", "json"))["sealed"] is False
    assert json.loads(cli.ok("status", environment={"VAULT_FORMAT": "json"}))["sealed"] is False


def test_yaml_is_yaml(cli, kv1):
    cli.ok("write", f"{kv1}/x", "host=db", "tricky=yes: [no", "number=0123", "empty=")
    text = cli.ok("read", "-format=yaml", f"{kv1}/x")
    assert "\n  host: db\n" in text
    assert 'tricky: \'yes: [no\'' in text or 'tricky: "yes: [no"' in text
    assert 'number: "0123"' in text or "number: '0123'" in text
    assert 'empty: ""' in text or "empty: ''" in text


def test_control_characters_of_a_secret_do_not_reach_the_terminal_from_a_table(cli, kv1, shared):
    shared.api.put(f"{kv1}/x", {"evil": "a\u001b]0;title\u0007b", "name\u001b[2J": "x"})
    assert "\u001b" not in cli.ok("read", f"{kv1}/x")
    assert json.loads(cli.ok("read", "-format=json", f"{kv1}/x"))["data"]["evil"] == "a\u001b]0;title\u0007b"
