"""The commands for authorities: a hierarchy made by them alone, and checked by OpenSSL."""

import json
import uuid

import pytest

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
