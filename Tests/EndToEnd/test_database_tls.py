"""TLS to real database servers: whom the engine trusts, whom it refuses, and how it shows who it is itself."""

import pytest

from support.api import data, errors
from support.certificates import Authority
from support.databases import connect, creds, mounted, revoke, role
from support.mariadb import PASSWORD
from support.postgres import CREATE
from support.redis import PASSWORD as REDIS_PASSWORD
from support.redis import Redis, TLSRedis

WRONG = (400,)
FINE = (200, 204)


@pytest.fixture(scope="module")
def mariadb(mariadb):
    mariadb.query(
        "CREATE USER 'x509'@'%' REQUIRE SUBJECT '/CN=x509'; GRANT ALL ON *.* TO 'x509'@'%' WITH GRANT OPTION; "
        f"CREATE USER 'tls'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL; GRANT ALL ON *.* TO 'tls'@'%' WITH GRANT OPTION")
    return mariadb


@pytest.fixture(scope="module", params=[False, True], ids=["any client", "clients with certificates"])
def redis_tls(request):
    server = TLSRedis(clients=request.param)
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def path(shared):
    with mounted(shared) as path:
        yield path


@pytest.fixture
def stranger(tmp_path):
    return Authority(tmp_path / "stranger", name="stranger")


def text(file):
    return file.read_text()


def works_and_keeps_its_key(server, path, statements, key):
    """Also on a session that is opened later, from what is stored."""
    role(server, path, "app", statements)
    assert server.api.post(f"{path}/reset/main").status_code == 204
    lease, _, _ = creds(server, path)
    revoke(server, lease)
    shown = server.api.get(f"{path}/config/main")
    assert "PRIVATE KEY" not in shown.text
    assert key not in data(shown)["connection_details"]
    assert "PRIVATE KEY" not in server.output


class TestPostgreSQL:
    def configure(self, server, path, postgres, status=FINE, **more):
        connection = {
            "plugin_name": "postgresql-database-plugin", "username": "root", "password": postgres.password,
            "connection_url": postgres.address(""), "tls_ca": text(postgres.authority.file), **more}
        return connect(server, path, connection, status)

    def by_certificate(self, server, path, postgres, pair, status=FINE, **more):
        certificate, key = (text(file) for file in pair)
        return self.configure(
            server, path, postgres, status, username="engine", password="", tls_certificate=certificate, private_key=key,
            connection_url=postgres.address("", user="{{username}}"), **more)

    def test_only_the_configured_authority_and_the_right_host_are_trusted(self, shared, postgres_tls, path, stranger):
        # Without a word about it, and with the strictest.
        for parameters in ("", "sslmode=verify-ca", "sslmode=verify-full"):
            self.configure(shared, path, postgres_tls, connection_url=postgres_tls.address(parameters))
        told = self.configure(shared, path, postgres_tls, WRONG, tls_ca=text(stranger.file))
        assert "certificate verify failed" in told.text
        there = postgres_tls.address("sslmode=verify-full", host="127.0.0.2")
        assert "does not match host name" in self.configure(shared, path, postgres_tls, WRONG, connection_url=there).text
        assert "does not match host name" in self.configure(
            shared, path, postgres_tls, WRONG, connection_url=postgres_tls.address("", host="127.0.0.2")).text
        # The system's authorities are no authority of this server's.
        alone = postgres_tls.address("sslmode=verify-full")
        assert "verify failed" in self.configure(shared, path, postgres_tls, WRONG, connection_url=alone, tls_ca="").text

    def test_nothing_goes_in_the_clear_where_certificates_are_given(self, shared, postgres_tls, postgres, path):
        for mode in ("disable", "allow", "prefer"):
            url = postgres_tls.address(f"sslmode={mode}")
            assert "sslmode" in self.configure(shared, path, postgres_tls, WRONG, connection_url=url).text
        url = postgres.url.replace("?sslmode=disable", "")
        told = self.configure(shared, path, postgres_tls, WRONG, connection_url=url, password=postgres.password)
        assert "does not support SSL" in told.text
        # And this server takes nothing in the clear.
        clear = postgres_tls.address("sslmode=disable")
        assert "pg_hba" in self.configure(shared, path, postgres_tls, WRONG, connection_url=clear, tls_ca="").text

    def test_the_engine_logs_in_with_a_certificate_of_its_own(self, shared, postgres_tls, path, stranger):
        own = postgres_tls.authority.issue("engine", "clientAuth")
        self.by_certificate(shared, path, postgres_tls, own)
        works_and_keeps_its_key(shared, path, CREATE, "private_key")
        assert data(shared.api.get(f"{path}/config/main"))["connection_details"]["tls_certificate"].startswith("-----BEGIN")
        for pair in (
                stranger.issue("engine", "clientAuth"), postgres_tls.authority.issue("somebody", "clientAuth")):
            self.by_certificate(shared, path, postgres_tls, pair, WRONG)
        self.configure(
            shared, path, postgres_tls, WRONG, username="engine", password="", tls_certificate="", private_key="",
            connection_url=postgres_tls.address("", user="{{username}}"))

    def test_halves_and_mixtures_are_refused_before_anything_is_tried(self, shared, postgres_tls, path, stranger):
        certificate, key = (text(file) for file in postgres_tls.authority.issue("engine", "clientAuth"))
        other = text(stranger.issue("engine", "clientAuth")[1])
        for fields, told in [
            ({"tls_certificate": certificate}, "go together"), ({"private_key": key}, "go together"),
            ({"tls_certificate": certificate, "private_key": other}, "not that of"),
            ({"tls_certificate": certificate, "private_key": "sEcrEt"}, "private_key"),
            ({"tls_ca": "nothing"}, "tls_ca"), ({"tls_ca": key}, "tls_ca"),
        ]:
            answer = errors(self.configure(shared, path, postgres_tls, WRONG, **fields), 400)
            assert told in answer and "sEcrEt" not in answer and "BEGIN" not in answer


class TestMariaDB:
    def configure(self, server, path, mariadb, status=FINE, host="127.0.0.1", parameters="", **more):
        connection = {
            "plugin_name": "mysql-database-plugin", "username": "tls", "password": PASSWORD,
            "connection_url": f"{{{{username}}}}:{{{{password}}}}@tcp({host}:{mariadb.port})/{parameters}",
            "tls_ca": text(mariadb.authority.file), **more}
        return connect(server, path, connection, status)

    def test_only_the_configured_authority_and_the_right_host_are_trusted(self, shared, mariadb, path, stranger):
        self.configure(shared, path, mariadb)
        assert "certificate" in self.configure(shared, path, mariadb, WRONG, tls_ca=text(stranger.file)).text
        assert "certificate" in self.configure(shared, path, mariadb, WRONG, host="127.0.0.2").text
        self.configure(shared, path, mariadb, host="127.0.0.2", tls_skip_verify=True)
        self.configure(shared, path, mariadb, WRONG, tls_skip_verify=False, tls_ca="", parameters="?tls=true")
        # In the clear the server does not take this user.
        assert "Access denied" in self.configure(shared, path, mariadb, WRONG, tls_ca="").text

    def test_the_certificate_may_be_for_another_name_that_is_said(self, shared, mariadb, path):
        self.configure(shared, path, mariadb, host="127.0.0.2", tls_server_name="localhost")
        role(shared, path, "app", "CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}'")
        lease, user, _ = creds(shared, path)
        assert user in mariadb.users()
        revoke(shared, lease)
        for name in ("elsewhere.example", "127.0.0.2", "*"):
            told = self.configure(shared, path, mariadb, WRONG, tls_server_name=name).text
            assert "mismatch" in told or "certificate" in told

    def test_the_engine_logs_in_with_a_certificate_of_its_own(self, shared, mariadb, path, stranger):
        own = "".join(text(file) for file in mariadb.authority.issue("x509", "clientAuth"))
        login = {"username": "x509", "password": ""}
        self.configure(shared, path, mariadb, tls_certificate_key=own, **login)
        works_and_keeps_its_key(
            shared, path, "CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}'", "tls_certificate_key")
        for authority, name in ((stranger, "x509"), (mariadb.authority, "somebody")):
            pair = "".join(text(file) for file in authority.issue(name, "clientAuth"))
            self.configure(shared, path, mariadb, WRONG, tls_certificate_key=pair, **login)
        assert "Access denied" in self.configure(
            shared, path, mariadb, WRONG, tls_certificate_key="", **login).text
        certificate, _ = mariadb.authority.issue("x509", "clientAuth")
        for wrong in (text(certificate), "sEcrEt", text(certificate) + text(stranger.issue("x", "clientAuth")[1])):
            told = errors(self.configure(shared, path, mariadb, WRONG, tls_certificate_key=wrong, **login), 400)
            assert "tls_certificate_key" in told and "sEcrEt" not in told


class TestRedis:
    def configure(self, server, path, redis, status=FINE, host="127.0.0.1", certificate=None, **more):
        connection = {
            "plugin_name": "redis-database-plugin", "host": host, "port": redis.port, "username": "default",
            "password": REDIS_PASSWORD, "tls": True, "ca_cert": text(redis.authority.file), **more}
        if certificate is None and getattr(redis, "clients", False):
            certificate = redis.authority.issue("engine", "clientAuth")
        if certificate:
            connection["tls_certificate"], connection["private_key"] = (text(file) for file in certificate)
        return connect(server, path, connection, status)

    def test_only_the_configured_authority_and_the_right_host_are_trusted(self, shared, redis_tls, path, stranger):
        self.configure(shared, path, redis_tls)
        works_and_keeps_its_key(shared, path, '["~app:*", "+@read"]', "private_key")
        told = self.configure(shared, path, redis_tls, WRONG, ca_cert=text(stranger.file)).text
        assert "certificate is not trusted" in told
        assert "certificate is not trusted" in self.configure(shared, path, redis_tls, WRONG, ca_cert="").text
        assert "IP address mismatch" in self.configure(shared, path, redis_tls, WRONG, host="127.0.0.2").text
        self.configure(shared, path, redis_tls, host="127.0.0.2", insecure_tls=True)
        self.configure(shared, path, redis_tls, host="localhost")

    def test_an_address_says_all_of_it_too(self, shared, redis_tls, path):
        url = f"rediss://{{{{username}}}}:{{{{password}}}}@localhost:{redis_tls.port}"
        self.configure(shared, path, redis_tls, connection_url=url, host="", tls=False)
        role(shared, path, "app", '["~app:*", "+@read"]')
        lease, user, _ = creds(shared, path)
        assert user in redis_tls.users()
        revoke(shared, lease)
        assert user not in redis_tls.users()

    def test_a_server_that_asks_for_a_certificate_takes_no_other(self, shared, redis_tls, path, stranger):
        if not redis_tls.clients:
            self.configure(shared, path, redis_tls, certificate=())
            return
        self.configure(shared, path, redis_tls, WRONG, certificate=())
        self.configure(shared, path, redis_tls, WRONG, certificate=stranger.issue("engine", "clientAuth"))

    def test_nothing_goes_in_the_clear(self, shared, redis_tls, path):
        self.configure(shared, path, redis_tls, WRONG, tls=False, ca_cert="", certificate=())
        plain = Redis()
        try:
            plain.start().authority = redis_tls.authority
            assert "TLS" in self.configure(shared, path, plain, WRONG).text
        finally:
            plain.close()
