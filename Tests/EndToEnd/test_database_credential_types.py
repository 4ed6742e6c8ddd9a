"""Key pairs and client certificates instead of passwords, tried at real servers."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from support.api import data, errors
from support.certificates import Authority
from support.databases import connect, mounted, revoke
from support.mariadb import ADMIN, PASSWORD

BY_CERTIFICATE = 'CREATE ROLE "{{name}}" LOGIN IN ROLE by_certificate'
WITH_KEY = """CREATE ROLE "{{name}}" LOGIN; INSERT INTO public_keys VALUES ('{{name}}', '{{public_key}}')"""


@pytest.fixture(scope="module")
def postgres_tls(postgres_tls):
    postgres_tls.psql("CREATE TABLE public_keys (name text, key text)")
    return postgres_tls


@pytest.fixture
def database(shared, postgres_tls):
    with mounted(shared) as path:
        connect(shared, path, {
            "plugin_name": "postgresql-database-plugin", "username": "root", "password": postgres_tls.password,
            "connection_url": postgres_tls.address(), "tls_ca": postgres_tls.authority.file.read_text()}, (200, 204))
        yield path


def role(server, path, kind, statements, config=None, status=(200, 204), name="app"):
    body = {
        "db_name": "main", "creation_statements": statements, "credential_type": kind, "default_ttl": "1h",
        "max_ttl": "24h"}
    if config is not None:
        body["credential_config"] = config
    answer = server.api.post(f"{path}/roles/{name}", body)
    assert answer.status_code in status, answer.text
    return answer


def signing(authority, **more):
    return {
        "ca_cert": authority.file.read_text(), "ca_private_key": authority.key.read_text(), "key_type": "ec",
        "key_bits": 256, **more}


def made(server, path, name="app"):
    answer = server.api.get(f"{path}/creds/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()["lease_id"], answer.json()["data"]


def public_text(key):
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode().strip()


@pytest.mark.parametrize("kind, bits", [("ec", 256), ("rsa", 2048), ("ed25519", 0)])
def test_a_client_certificate_logs_in_to_postgresql_until_its_lease_ends(
        shared, postgres_tls, database, tmp_path, kind, bits):
    role(shared, database, "client_certificate", BY_CERTIFICATE,
         signing(postgres_tls.authority, key_type=kind, key_bits=bits))
    lease, secret = made(shared, database)
    user = secret["username"]
    assert "password" not in secret and secret["private_key_type"] == kind
    certificate = x509.load_pem_x509_certificate(secret["client_certificate"].encode())
    assert certificate.subject.rfc4514_string() == f"CN={user}"
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds() <= 3600 + 60
    login = (secret["client_certificate"], secret["private_key"], tmp_path)
    assert postgres_tls.logs_in_with(user, *login)
    # Nobody else's name, and nobody without it.
    assert not postgres_tls.logs_in_with("engine", *login)
    assert not postgres_tls.logs_in(user, "")
    revoke(shared, lease)
    assert not postgres_tls.has(user)
    assert not postgres_tls.logs_in_with(user, *login)


def test_a_certificate_of_an_authority_that_the_server_does_not_know_is_worth_nothing(
        shared, postgres_tls, database, tmp_path):
    role(shared, database, "client_certificate", BY_CERTIFICATE, signing(Authority(tmp_path / "other")))
    _, secret = made(shared, database)
    assert not postgres_tls.logs_in_with(
        secret["username"], secret["client_certificate"], secret["private_key"], tmp_path)


def test_a_subject_is_what_mariadb_asks_for(shared, mariadb, tmp_path):
    with mounted(shared) as path:
        connect(shared, path, {
            "plugin_name": "mysql-database-plugin", "username": ADMIN, "password": PASSWORD,
            "connection_url": f"{{{{username}}}}:{{{{password}}}}@tcp(127.0.0.1:{mariadb.port})/"}, (200, 204))
        role(shared, path, "client_certificate",
             "CREATE USER '{{name}}'@'%' REQUIRE SUBJECT '{{subject}}'; GRANT SELECT ON app.* TO '{{name}}'@'%'",
             signing(mariadb.authority, key_type="rsa", key_bits=2048, common_name_template="o'brien {{ random 8 }}"))
        (first, one), (second, other) = made(shared, path), made(shared, path)
        for number, secret in enumerate((one, other)):
            (tmp_path / f"{number}.pem").write_text(secret["client_certificate"] + "\n")
            (tmp_path / f"{number}-key.pem").write_text(secret["private_key"] + "\n")
        ask = ("SELECT name FROM app.things", one["username"])
        done = mariadb.client_with(*ask, tmp_path / "0.pem", tmp_path / "0-key.pem")
        assert done.stdout == "one\n", done.stderr
        assert mariadb.client_with(*ask, tmp_path / "1.pem", tmp_path / "1-key.pem").returncode != 0
        assert mariadb.client(*ask, "").returncode != 0
        revoke(shared, first)
        assert mariadb.client_with(*ask, tmp_path / "0.pem", tmp_path / "0-key.pem").returncode != 0
        assert one["username"] not in mariadb.users() and other["username"] in mariadb.users()
        revoke(shared, second)


def test_a_key_pairs_public_half_is_the_servers_and_the_private_one_the_clients(shared, postgres_tls, database):
    role(shared, database, "rsa_private_key", WITH_KEY, {"key_bits": 3072})
    lease, secret = made(shared, database)
    assert "password" not in secret
    key = serialization.load_pem_private_key(secret["rsa_private_key"].encode(), None)
    assert key.key_size == 3072
    kept = "\n".join(postgres_tls.query(f"SELECT key FROM public_keys WHERE name = '{secret['username']}'"))
    assert kept == public_text(key.public_key())
    revoke(shared, lease)
    assert not postgres_tls.has(secret["username"])


def test_a_static_roles_key_pair_rotates(shared, postgres_tls, database):
    postgres_tls.psql("CREATE ROLE fixed LOGIN; INSERT INTO public_keys VALUES ('fixed', '')")
    body = {
        "db_name": "main", "username": "fixed", "rotation_period": "24h", "credential_type": "rsa_private_key",
        "rotation_statements": "UPDATE public_keys SET key = '{{public_key}}' WHERE name = '{{name}}'"}
    assert shared.api.post(f"{database}/static-roles/fixed", body).status_code in (200, 204)

    def pair():
        shown = data(shared.api.get(f"{database}/static-creds/fixed"))
        key = serialization.load_pem_private_key(shown["rsa_private_key"].encode(), None)
        assert "password" not in shown and key.key_size == 2048
        assert public_text(key.public_key()) == "\n".join(
            postgres_tls.query("SELECT key FROM public_keys WHERE name = 'fixed'"))
        return shown["rsa_private_key"]

    first = pair()
    assert shared.api.post(f"{database}/rotate-role/fixed").status_code in (200, 204)
    assert pair() != first
    shown = data(shared.api.get(f"{database}/static-roles/fixed"))
    assert shown["credential_type"] == "rsa_private_key" and shown["credential_config"]["key_bits"] == 2048


def test_what_cannot_be_meant_is_refused_and_an_authoritys_key_is_never_shown(shared, postgres_tls, database, tmp_path):
    other = Authority(tmp_path / "other")
    wrong = role(
        shared, database, "client_certificate", BY_CERTIFICATE,
        signing(postgres_tls.authority, ca_private_key=other.key.read_text()), status=(400,))
    assert "is not the key of ca_cert" in errors(wrong, 400) and "BEGIN" not in wrong.text
    leaf, _ = other.issue("leaf")
    for kind, config, told in [
        ("client_certificate", signing(other, ca_cert=leaf.read_text()), "authority"),
        ("client_certificate", signing(other, key_type="dsa"), "key type"),
        ("client_certificate", signing(other, unknown="x"), "unknown"),
        ("client_certificate", None, "ca_cert"),
        ("rsa_private_key", {"key_bits": 1024}, "key_bits"),
        ("kerberos", None, "credential_type"),
    ]:
        assert told in errors(role(shared, database, kind, BY_CERTIFICATE, config, status=(400,)), 400)
    role(shared, database, "client_certificate", BY_CERTIFICATE, signing(postgres_tls.authority))
    shown = shared.api.get(f"{database}/roles/app")
    assert data(shown)["credential_config"]["key_type"] == "ec"
    assert "PRIVATE KEY" not in shown.text and "ca_private_key" not in shown.text
    assert "PRIVATE KEY" not in shared.output
