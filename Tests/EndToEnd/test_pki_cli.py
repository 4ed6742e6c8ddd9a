"""The commands for authorities: a hierarchy made by them alone, and checked by OpenSSL."""

import json
import uuid

import pytest

from support import waiting
from support.pki import load, openssl


@pytest.fixture
def mounts(shared):
    """The mounts of a root and of two intermediates."""
    mark = uuid.uuid4().hex[:8]
    paths = [f"pki-{mark}-{part}" for part in ("root", "int", "two")]
    cli = shared.cli()
    for path in paths:
        cli.ok("secrets", "enable", f"-path={path}", "-max-lease-ttl=87600h", "pki")
    cli.ok("write", f"{paths[0]}/root/generate/internal", "common_name=Root", "key_type=ec", "ttl=87600h",
           "issuer_name=top")
    yield cli, *paths
    for path in paths:
        shared.api.delete(f"sys/mounts/{path}")


def answers(cli, *arguments):
    """Each thing that was compared, by its name."""
    return json.loads(cli.ok("pki", "verify-sign", "-format=json", *arguments))


def test_a_hierarchy_is_made_and_recognized(mounts, tmp_path):
    cli, root, int_, two = mounts
    made = cli.json("pki", "issue", "-issuer_name=web", f"/{root}/issuer/default", f"{int_}/", "common_name=Web CA",
                    "key_type=ec", "ttl=43800h", "max_path_length=1", "organization=Acme, Inc.",
                    "permitted_dns_domains=example.com")["data"]
    assert made["issuer_name"] == "web" and made["key_id"] and len(made["ca_chain"]) == 2
    # The parent came along, without its key, and has its name.
    parent = cli.json("read", f"{int_}/issuer/top")["data"]
    assert parent["key_id"] == "" and parent["certificate"] == made["ca_chain"][1]

    files = []
    for place, text in enumerate([made["certificate"], parent["certificate"]]):
        files.append(tmp_path / f"{place}.pem")
        files[-1].write_text(text)
    openssl("verify", "-x509_strict", "-CAfile", files[1], files[0])

    # It issues at once.
    cli.ok("write", f"{int_}/roles/web", "allowed_domains=example.com", "allow_subdomains=true", "key_type=ec")
    leaf = cli.json("write", f"{int_}/issue/web", "common_name=a.example.com", "ttl=1h")["data"]

    assert set(answers(cli, f"{root}/issuer/top", f"{int_}/issuer/web").values()) == {True}
    assert set(answers(cli, f"{int_}/issuer/web/json", f"{root}/issuer/default").values()) == {False}
    found = answers(cli, f"{int_}/issuer/web", f"{int_}/cert/{leaf['serial_number']}")
    assert found["signature_match"] and found["trust_match"] and found["key_id_match"] and not found["path_match"]

    # One more below, of which the root is an ancestor.
    cli.ok("pki", "issue", "-issuer_name=deep", f"{int_}/issuer/web", two, "common_name=Deep CA", "key_type=ec",
           "ttl=4380h")
    deep = f"{two}/issuer/deep"
    found = answers(cli, f"{root}/issuer/top", deep)
    assert found == {"subject_match": False, "path_match": True, "trust_match": True, "key_id_match": False,
                     "signature_match": False}
    listed = json.loads(cli.ok("pki", "list-intermediates", "-format=json", "-use_names", f"{int_}/issuer/web"))
    assert listed[deep] and not listed[f"{root}/issuer/top"]
    assert [path for path in listed if listed[path]] == [deep]
    table = cli.ok("pki", "list-intermediates", "-direct_verify=false", "-subject_match=false", "-key_id_match=false",
                   f"{root}/issuer/top", deep)
    assert table.splitlines()[2].split() == [deep, "true"]


def test_an_authority_is_issued_again_with_a_new_key_and_with_the_old_one(mounts):
    cli, root, int_, two = mounts
    first = cli.json("pki", "issue", "-issuer_name=first", f"{root}/issuer/top", int_, "common_name=web.example.com",
                     "key_type=rsa", "key_bits=2048", "ttl=1000h", "max_path_length=0", "country=DE", "ou=A, B",
                     "alt_names=b.example.com", "ip_sans=192.0.2.1", "permitted_dns_domains=example.com",
                     "excluded_ip_ranges=10.0.0.0/8")["data"]
    again = cli.json("pki", "reissue", "-issuer_name=second", f"{root}/issuer/top", f"{int_}/issuer/first", two)["data"]
    same = cli.json("pki", "reissue", "-type=existing", "-issuer_name=third", f"{root}/issuer/top",
                    f"{int_}/issuer/first", int_, "ttl=2000h")["data"]
    old, new, kept = (load(made["certificate"]) for made in (first, again, same))
    for other in (new, kept):
        assert other.subject == old.subject and other.issuer == old.issuer
        assert {e.oid for e in other.extensions} == {e.oid for e in old.extensions}
        for extension in old.extensions:
            if extension.oid.dotted_string != "2.5.29.14":
                assert other.extensions.get_extension_for_oid(extension.oid).value == extension.value
        assert other.serial_number != old.serial_number
    length = old.not_valid_after_utc - old.not_valid_before_utc
    assert new.not_valid_after_utc - new.not_valid_before_utc == length
    assert (kept.not_valid_after_utc - kept.not_valid_before_utc).total_seconds() > 1999 * 3600
    assert new.public_key() != old.public_key() and kept.public_key() == old.public_key()
    assert new.public_key().key_size == 2048
    assert same["key_id"] == first["key_id"]


def test_what_goes_wrong_is_said(mounts):
    cli, root, int_, two = mounts
    cli.ok("pki", "issue", "-issuer_name=web", f"{root}/issuer/top", int_, "common_name=Web", "key_type=ec", "ttl=9h")
    assert "has an issuer of that name" in cli.fails(
        2, "pki", "issue", "-issuer_name=web", f"{root}/issuer/top", int_, "common_name=Web")
    assert "MOUNT/issuer/NAME" in cli.fails(1, "pki", "issue", root, int_, "common_name=Web")
    # There are no keys outside.
    cli.fails(2, "pki", "issue", "-type=kms", f"{root}/issuer/top", int_, "common_name=Web")
    # An intermediate without its key cannot sign; the request's key is named, so that it can be removed.
    said = cli.fails(2, "pki", "issue", f"{int_}/issuer/top", two, "common_name=Deep", "key_type=ec")
    keys = cli.json("list", f"{two}/keys")
    assert len(keys) == 1 and keys[0] in said
    cli.fails(2, "pki", "verify-sign", f"{root}/issuer/none", f"{int_}/issuer/web")


def check(cli, mount, *flags, code):
    done = cli.run("pki", "health-check", "-format=json", *flags, mount)
    assert done.returncode == code, done.stdout + done.stderr
    return {name: [result["status"] for result in results] for name, results in json.loads(done.stdout).items()}


def test_a_mount_gets_well(mounts, tmp_path):
    cli, root, mount, two = mounts
    cli.ok("pki", "issue", "-issuer_name=web", f"{root}/issuer/top", mount, "common_name=Web", "key_type=ec",
           "ttl=43800h")
    cli.ok("write", f"{mount}/roles/web", "allowed_domains=example.com", "allow_glob_domains=true", "key_type=ec",
           "issuer_ref=web")
    ill = check(cli, mount, code=4)
    # The parent is here without its key, and signs no list.
    assert sorted(ill["ca_validity_period"]) == ["ok", "ok"]
    assert sorted(ill["crl_validity_period"]) == ["informational", "not_applicable", "ok"]
    assert ill["role_allows_localhost"] == ill["role_allows_glob_wildcards"] == ["warning"]
    assert ill["role_no_store_false"] == ["warning"] and ill["allow_if_modified_since"] == ["informational"]
    assert ill["enable_auto_tidy"] == ["informational"] and ill["tidy_last_run"] == ["critical"]
    assert ill["too_many_certs"] == ["ok"] and ill["enable_acme_issuance"] == ["not_applicable"]
    assert set(ill["audit_visibility"]) == {"informational"}

    cli.ok("write", f"{mount}/config/crl", "auto_rebuild=true", "enable_delta=true")
    cli.ok("write", f"{mount}/roles/web", "allowed_domains=example.com", "allow_localhost=false", "no_store=true")
    cli.ok("write", f"{mount}/config/auto-tidy", "enabled=true", "tidy_cert_store=true")
    cli.ok("write", "-force", f"{mount}/tidy", "tidy_cert_store=true")
    waiting.until(lambda: "Finished" in cli.ok("read", "-field=state", f"{mount}/tidy-status"), "the tidy ends", 60)
    config = json.loads(cli.ok("pki", "health-check", "-list", "-format=json", mount))
    seen = [
        "certificate", "issuer_ref", "common_name", "alt_names", "other_sans", "ip_sans", "uri_sans", "ttl",
        "not_after", "serial_number", "key_type", "private_key_format", "managed_key_name", "managed_key_id", "ou",
        "organization", "country", "locality", "province", "street_address", "postal_code", "permitted_dns_domains",
        "policy_identifiers", "ext_key_usage_oids", "csr"]
    config["audit_visibility"]["ignored_parameters"] = seen[1:]
    cli.ok("secrets", "tune", "-audit-non-hmac-request-keys=certificate",
           *(f"-audit-non-hmac-response-keys={name}"
             for name in ("certificate", "issuing_ca", "serial_number", "error", "ca_chain")),
           "-passthrough-request-headers=If-Modified-Since", "-allowed-response-headers=Last-Modified", mount)
    file = tmp_path / "health.json"
    file.write_text(json.dumps({"audit_visibility": config["audit_visibility"]}))
    good = check(cli, mount, f"-health-config={file}", code=0)
    assert {status for results in good.values() for status in results} == {"ok", "not_applicable"}
    table = cli.ok("pki", "health-check", f"-health-config={file}", mount)
    assert "ca_validity_period\n------------------\nstatus" in table


def test_a_leaf_of_a_root_is_found_and_rights_that_are_missing_are_said(mounts):
    cli, root, mount, two = mounts
    cli.ok("write", f"{root}/roles/web", "allow_any_name=true", "key_type=ec")
    leaf = cli.json("write", f"{root}/issue/web", "common_name=a.example.com", "ttl=1h")["data"]
    done = cli.run("pki", "health-check", "-format=json", root)
    found = json.loads(done.stdout)["root_issued_leaves"]
    assert [(result["status"], result["endpoint"]) for result in found] == [
        ("warning", f"/{root}/cert/{leaf['serial_number']}")]

    name = f"health-{root}"
    cli.ok("policy", "write", name, "-", input=f'path "{root}/roles/*" {{ capabilities = ["read"] }}')
    token = cli.json("token", "create", f"-policy={name}", "-no-default-policy")["auth"]["client_token"]
    done = cli.run("pki", "health-check", "-format=json", root, environment={"COFFER_TOKEN": token})
    assert done.returncode == 6, done.stderr
    found = json.loads(done.stdout)
    assert found["role_allows_localhost"][0]["status_code"] == 6
    # What anyone may read is looked at all the same.
    assert found["ca_validity_period"][0]["status"] == "ok"


def test_where_there_is_no_mount_no_check_is_run(mounts):
    cli = mounts[0]
    assert "no PKI mount at nomount" in cli.fails(1, "pki", "health-check", "nomount")
    assert "type cubbyhole" in cli.fails(1, "pki", "health-check", "cubbyhole")


def test_policies_are_taken_as_the_command_line_sends_them(mounts):
    cli, root, mount, two = mounts
    policy = {"oid": "1.3.6.1.4.1.7.8", "notice": "x"}
    cli.ok("write", f"{root}/roles/p", f"policy_identifiers={json.dumps([policy])}")
    assert cli.json("read", f"{root}/roles/p")["data"]["policy_identifiers"] == [policy]
