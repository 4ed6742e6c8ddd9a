"""Users of a MariaDB server, seen from the server."""

import base64
import json
import socket
import subprocess
import threading
import time

import pytest

from support import waiting
from support.api import errors
from support.certificates import Authority
from support.databases import connect, creds, mounted, revoke, role
from support.mariadb import ADMIN, PASSWORD
from support.server import unique

CREATE = "CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}'; GRANT SELECT ON app.* TO '{{name}}'@'%'"


@pytest.fixture
def database(shared, mariadb):
    """A mount with a connection and a role."""
    with mounted(shared) as path:
        configure(shared, path, mariadb)
        role(shared, path, "app", CREATE)
        yield path


def configure(server, path, mariadb, status=(200, 204), **more):
    url = f"{{{{username}}}}:{{{{password}}}}@tcp(127.0.0.1:{mariadb.port})/"
    connection = {
        "plugin_name": "mysql-database-plugin", "username": ADMIN, "password": PASSWORD, "connection_url": url, **more}
    return connect(server, path, connection, status)


def test_a_user_can_do_what_the_role_says_and_ends_with_its_lease(shared, mariadb, database):
    lease, user, password = creds(shared, database)
    assert user.startswith("v-") and user in mariadb.users() and len(user) <= 32
    assert mariadb.client("SELECT name FROM app.things", user, password).stdout == "one\n"
    refused = mariadb.client("INSERT INTO app.things VALUES ('two')", user, password)
    assert "denied" in refused.stderr
    assert shared.api.put("sys/leases/renew", {"lease_id": lease}).status_code == 200
    sleeping = subprocess.Popen(
        ["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={mariadb.port}", "--protocol=tcp", f"--user={user}",
         f"--password={password}", "-e", "SELECT SLEEP(60)"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    waiting.until(
        lambda: mariadb.query(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '{user}'"), "it is logged in")
    revoke(shared, lease)
    assert user not in mariadb.users()
    assert mariadb.client("SELECT 1", user, password).returncode != 0
    assert sleeping.wait(20) != 0


def test_users_end_with_the_token_that_asked_and_with_the_mount(shared, mariadb, database):
    policy = shared.policy(f'path "{database}/creds/app" {{ capabilities = ["read"] }}')
    token = shared.token_with(policy)
    _, first, _ = creds(shared, database, token=token)
    shared.api.post("auth/token/revoke", {"token": token})
    waiting.until(lambda: first not in mariadb.users(), "the token's user is dropped")
    _, second, _ = creds(shared, database)
    assert shared.api.delete(f"sys/mounts/{database}").status_code == 204
    waiting.until(lambda: second not in mariadb.users(), "the mount's user is dropped")


def test_a_user_that_is_gone_already_and_one_with_statements_of_its_own_end_as_well(shared, mariadb, database):
    lease, user, _ = creds(shared, database)
    mariadb.query(f"DROP USER '{user}'@'%'")
    revoke(shared, lease)
    role(
        shared, database, "own", CREATE.replace("%", "localhost"),
        revocation_statements="DROP USER '{{name}}'@'localhost'")
    lease, user, _ = creds(shared, database, "own")
    revoke(shared, lease)
    assert user not in mariadb.users()
    # Without statements it is found whatever its host is.
    role(shared, database, "local", CREATE.replace("%", "localhost"))
    lease, user, _ = creds(shared, database, "local")
    revoke(shared, lease)
    assert user not in mariadb.users()


def test_a_user_is_shut_out_where_the_server_does_not_drop_it(shared, mariadb, database):
    role(shared, database, "own", CREATE, revocation_statements="DROP USER '{{name}}'@'nowhere'")
    lease, user, password = creds(shared, database, "own")
    sleeping = subprocess.Popen(
        ["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={mariadb.port}", "--protocol=tcp", f"--user={user}",
         f"--password={password}", "-e", "SELECT SLEEP(60)"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    waiting.until(
        lambda: mariadb.query(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '{user}'"), "it is logged in")
    told = errors(shared.api.put("sys/leases/revoke", {"lease_id": lease, "sync": True}), 502)
    assert "DROP USER" in told and "shut out" in told
    assert user in mariadb.users()
    assert "locked" in mariadb.client("SELECT 1", user, password).stderr
    assert sleeping.wait(20) != 0
    assert shared.api.put("sys/leases/lookup", {"lease_id": lease}).status_code == 200
    role(shared, database, "own", CREATE, revocation_statements=[])
    waiting.until(lambda: user not in mariadb.users(), "it is tried again", 60)


def test_statements_are_read_however_they_are_written(shared, mariadb, database):
    for written in [
            base64.b64encode(CREATE.encode()).decode(), json.dumps([CREATE]),
            base64.b64encode(json.dumps(CREATE.split("; ")).encode()).decode()]:
        role(shared, database, "written", written)
        lease, user, password = creds(shared, database, "written")
        assert mariadb.client("SELECT name FROM app.things", user, password).stdout == "one\n"
        revoke(shared, lease)


def test_a_creation_that_fails_in_the_middle_leaves_nothing(shared, mariadb, database):
    before = mariadb.users()
    role(shared, database, "broken", CREATE + "; GRANT SELECT ON nowhere.nothing TO '{{name}}'@'%'")
    answer = shared.api.get(f"{database}/creds/broken")
    text = errors(answer, 502)
    assert "nowhere" in text or "denied" in text or "exist" in text
    waiting.until(lambda: mariadb.users() == before, "the half-made user is undone")


ODD_NAMES = ["o'brien", 'say "hi"', "back\\slash", "tick`", "a'; DROP TABLE app.x; --", "\\'; --", "ä€"]


def test_names_and_passwords_cannot_leave_their_quotes(shared, mariadb, database):
    policy = unique("odd")
    shared.api.put(f"sys/policies/password/{policy}", {"policy": """
        length = 20
        rule "charset" { charset = "'\\"\\\\`;-" min-chars = 8 }
        rule "charset" { charset = "abcdefghij" min-chars = 1 }
    """})
    for name in ODD_NAMES:
        configure(shared, database, mariadb, username_template=f"{{{{ random 4 }}}}{name}", password_policy=policy)
        lease, user, password = creds(shared, database)
        assert user.endswith(name) and user in mariadb.users()
        assert mariadb.client("SELECT name FROM app.things", user, password).stdout == "one\n"
        revoke(shared, lease)
        assert user not in mariadb.users()
    assert mariadb.query("SELECT COUNT(*) FROM app.things") == [["1"]]


def test_the_root_password_is_rotated_and_known_to_nobody_else(shared, mariadb, database):
    mariadb.query(f"CREATE USER 'rot'@'%' IDENTIFIED BY 'first-pass'; GRANT ALL ON *.* TO 'rot'@'%' WITH GRANT OPTION")
    configure(shared, database, mariadb, username="rot", password="first-pass")
    assert shared.api.post(f"{database}/rotate-root/main").status_code == 204
    assert mariadb.client("SELECT 1", "rot", "first-pass").returncode != 0
    _, user, _ = creds(shared, database)
    assert user in mariadb.users()
    assert "first-pass" not in shared.api.get(f"{database}/config/main").text


def test_a_user_that_is_there_already_gets_new_passwords(shared, mariadb, database):
    mariadb.query("CREATE OR REPLACE USER 'fixed'@'127.0.0.1' IDENTIFIED BY 'first-pass'")
    body = {"db_name": "main", "username": "fixed", "rotation_period": "24h"}
    assert shared.api.post(f"{database}/static-roles/fixed", body).status_code in (200, 204)
    first = shared.api.get(f"{database}/static-creds/fixed").json()["data"]["password"]
    assert mariadb.client("SELECT 1", "fixed", "first-pass").returncode != 0
    assert mariadb.client("SELECT 1", "fixed", first).returncode == 0
    assert shared.api.post(f"{database}/rotate-role/fixed").status_code in (200, 204)
    second = shared.api.get(f"{database}/static-creds/fixed").json()["data"]["password"]
    assert mariadb.client("SELECT 1", "fixed", first).returncode != 0
    assert mariadb.client("SELECT 1", "fixed", second).returncode == 0


def test_wrong_passwords_statements_and_addresses_are_clear_and_tell_no_secret(shared, mariadb, database):
    answer = configure(shared, database, mariadb, status=(400,), password="wrong-password")
    assert "Access denied" in answer.text and "wrong-password" not in answer.text
    for url in ["", "nowhere", "{{username}}@tcp(127.0.0.1:x)/", "u:p@tcp(h:1)/?allowAllFiles=true", "u:sEcrEt@x(h)/"]:
        answer = configure(shared, database, mariadb, status=(400,), connection_url=url)
        assert "sEcrEt" not in answer.text
    role(shared, database, "bad", "CREATE USER '{{name}}' IDENTIFIED WITH '{{password}}' nonsense")
    text = errors(shared.api.get(f"{database}/creds/bad"), 502)
    assert "error 1" in text
    assert "password" not in text.lower() or "*****" in text


def test_over_tls_only_the_configured_authority_is_trusted(shared, mariadb, database, tmp_path):
    mariadb.query("CREATE OR REPLACE USER 'tls'@'%' IDENTIFIED BY 'tls-pass' REQUIRE SSL; "
                  "GRANT ALL ON *.* TO 'tls'@'%' WITH GRANT OPTION")
    login = {"username": "tls", "password": "tls-pass"}
    answer = configure(shared, database, mariadb, status=(400,), **login)
    assert "Access denied" in answer.text
    configure(shared, database, mariadb, tls_ca=mariadb.authority.file.read_text(), **login)
    _, user, _ = creds(shared, database)
    assert user in mariadb.users()
    for trusted in (Authority(tmp_path / "other").file.read_text(), ""):
        url = f"{{{{username}}}}:{{{{password}}}}@tcp(127.0.0.1:{mariadb.port})/?tls=true"
        answer = configure(shared, database, mariadb, status=(400,), connection_url=url, tls_ca=trusted, **login)
        assert "certificate" in answer.text.lower() or "TLS" in answer.text or "SSL" in answer.text
    configure(shared, database, mariadb, connection_url=url, tls_ca="", tls_skip_verify=True, **login)


class Impostor:
    """Speaks just enough of MySQL to ask the client for what it should not give."""

    GREETING = (
        b"\x0a5.7.0\0" + (1).to_bytes(4, "little") + b"12345678\0" + (0xA289).to_bytes(2, "little") + b"\x2d\x02\0"
        + (0x0008).to_bytes(2, "little") + b"\x15" + bytes(10) + b"123456789012\0mysql_native_password\0")
    OK = b"\0\0\0\x02\0\0\0"

    def __init__(self, way):
        self.way, self.heard = way, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                try:
                    self.talk(connection)
                except OSError:
                    pass

    def talk(self, connection):
        self.send(connection, 0, self.GREETING)
        number, _ = self.receive(connection)
        self.way(self, connection, number)
        while self.receive(connection)[1]:
            pass

    def send(self, connection, number, payload):
        connection.sendall(len(payload).to_bytes(3, "little") + bytes([number & 0xFF]) + payload)

    def receive(self, connection):
        header = connection.recv(4, socket.MSG_WAITALL)
        if len(header) < 4:
            return 0, b""
        payload = connection.recv(int.from_bytes(header[:3], "little"), socket.MSG_WAITALL)
        self.heard += payload
        return header[3], payload

    def ask_for_the_password(self, connection, number):
        self.send(connection, number + 1, b"\xfemysql_clear_password\0\0")

    def ask_for_a_file(self, connection, number):
        self.send(connection, number + 1, self.OK)
        number, _ = self.receive(connection)
        self.send(connection, number + 1, b"\xfb/etc/hosts")
        number, _ = self.receive(connection)
        self.send(connection, number + 1, self.OK)


    def log_in_as_mysql_8(self, connection, number):
        self.send(connection, number + 1, b"\xfecaching_sha2_password\0" + b"01234567890123456789\0")
        number, self.scramble = self.receive(connection)
        self.send(connection, number + 1, b"\xff" + (1045).to_bytes(2, "little") + b"#28000not here")


def test_mysql_8s_way_to_log_in_is_known(shared, mariadb, database):
    """Debian has no MySQL, so this is as far as it can be tried: the library's part for it is there in the sandbox."""
    server = Impostor(Impostor.log_in_as_mysql_8)
    try:
        url = f"{{{{username}}}}:{{{{password}}}}@tcp(127.0.0.1:{server.port})/"
        told = configure(shared, database, mariadb, status=(400,), connection_url=url).text
        assert "not here" in told and len(server.scramble) == 32
    finally:
        server.socket.close()


@pytest.mark.parametrize("way", [Impostor.ask_for_the_password, Impostor.ask_for_a_file])
def test_whoever_says_that_he_is_the_server_gets_neither_passwords_nor_files(shared, mariadb, database, way):
    impostor = Impostor(way)
    try:
        url = f"{{{{username}}}}:{{{{password}}}}@tcp(127.0.0.1:{impostor.port})/"
        configure(shared, database, mariadb, status=(400,), connection_url=url, password="sEcrEt-of-the-test")
        assert ADMIN.encode() in impostor.heard
        assert b"sEcrEt" not in impostor.heard and b"localhost" not in impostor.heard
    finally:
        impostor.socket.close()


@pytest.mark.parametrize("way", ["tls_ca", "tls_server_name", "tls_certificate_key", "?tls=true"])
def test_whoever_says_that_he_has_no_tls_does_not_even_hear_a_name(shared, mariadb, database, way):
    """Neither where TLS is made by the library alone, nor where the engine has its part in it."""
    certificate, key = mariadb.authority.issue("engine", "clientAuth")
    fields = {
        "tls_ca": {"tls_ca": mariadb.authority.file.read_text()}, "tls_server_name": {"tls_server_name": "localhost"},
        "tls_certificate_key": {"tls_certificate_key": certificate.read_text() + key.read_text()}}
    impostor = Impostor(Impostor.ask_for_the_password)
    try:
        parameters = way if way.startswith("?") else ""
        url = f"{{{{username}}}}:{{{{password}}}}@tcp(127.0.0.1:{impostor.port})/{parameters}"
        configure(
            shared, database, mariadb, status=(400,), connection_url=url, password="sEcrEt-of-the-test",
            **fields.get(way, {}))
        assert ADMIN.encode() not in impostor.heard and b"sEcrEt" not in impostor.heard
    finally:
        impostor.socket.close()


def test_a_server_that_hangs_or_is_away_leaves_no_user_behind(shared, mariadb, database):
    lease, first, _ = creds(shared, database)
    before = mariadb.users()
    mariadb.pause()
    try:
        errors(shared.api.get(f"{database}/creds/app", timeout=80), 502)
    finally:
        mariadb.resume()
    waiting.until(lambda: mariadb.users() <= before, "nothing is left", 60)
    mariadb.kill()
    try:
        started = time.monotonic()
        errors(shared.api.get(f"{database}/creds/app"), 502)
        assert time.monotonic() - started < 20
        shared.api.put("sys/leases/revoke", {"lease_id": lease})
    finally:
        mariadb.start()
    waiting.until(lambda: first not in mariadb.users(), "the lease is revoked when the server is back", 90)
    creds(shared, database)
