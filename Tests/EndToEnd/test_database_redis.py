"""Users of a Redis server's access control list, seen from the server."""

import base64
import socket

import pytest

from support import waiting
from support.api import errors
from support.databases import connect, creds, mounted, revoke, role
from support.redis import PASSWORD

RULES = '["~app:*", "+@read"]'


@pytest.fixture
def database(shared, redis):
    """A mount with a connection and a role."""
    with mounted(shared) as path:
        configure(shared, path, redis)
        role(shared, path, "app", RULES)
        yield path


def configure(server, path, redis, status=(200, 204), **more):
    connection = {
        "plugin_name": "redis-database-plugin", "host": "127.0.0.1", "port": redis.port, "username": "default",
        "password": PASSWORD, **more}
    return connect(server, path, connection, status)


def test_a_user_can_do_what_the_rules_say_and_ends_with_its_lease(shared, redis, database):
    redis.ask("SET", "app:1", "one")
    lease, user, password = creds(shared, database)
    assert user.startswith("V_") and user in redis.users()
    assert redis.ask("GET", "app:1", user=user, password=password) == "one"
    assert "NOPERM" in redis.ask("SET", "app:1", "two", user=user, password=password)
    assert "NOPERM" in redis.ask("GET", "other", user=user, password=password)
    assert shared.api.put("sys/leases/renew", {"lease_id": lease}).status_code == 200
    revoke(shared, lease)
    assert user not in redis.users()
    assert "WRONGPASS" in redis.ask("GET", "app:1", user=user, password=password)


def test_users_end_with_the_token_and_one_that_is_gone_is_no_error(shared, redis, database):
    policy = shared.policy(f'path "{database}/creds/app" {{ capabilities = ["read"] }}')
    token = shared.token_with(policy)
    _, user, _ = creds(shared, database, token=token)
    shared.api.post("auth/token/revoke", {"token": token})
    waiting.until(lambda: user not in redis.users(), "the token's user is dropped")
    lease, user, _ = creds(shared, database)
    redis.ask("ACL", "DELUSER", user)
    revoke(shared, lease)


def test_a_user_is_shut_out_where_the_server_does_not_drop_it(shared, redis, database):
    redis.ask("ACL", "SETUSER", "keeper", "on", ">first-pass", "+@all", "-acl|deluser", "~*", "&*")
    configure(shared, database, redis, username="keeper", password="first-pass")
    lease, user, password = creds(shared, database)
    with socket.create_connection(("127.0.0.1", redis.port), timeout=30) as session:
        session.sendall(f"AUTH {user} {password}\r\n".encode())
        assert session.recv(100) == b"+OK\r\n"
        told = errors(shared.api.put("sys/leases/revoke", {"lease_id": lease, "sync": True}), 502)
        assert "NOPERM" in told and "shut out" in told
        assert session.recv(100) == b""
    assert user in redis.users()
    assert "WRONGPASS" in redis.ask("GET", "app:1", user=user, password=password)
    assert shared.api.put("sys/leases/lookup", {"lease_id": lease}).status_code == 200
    redis.ask("ACL", "SETUSER", "keeper", "+acl|deluser")
    waiting.until(lambda: user not in redis.users(), "it is tried again", 60)


def test_without_rules_a_user_may_read_everything(shared, redis, database):
    redis.ask("SET", "other:1", "one")
    role(shared, database, "reader", [])
    _, user, password = creds(shared, database, "reader")
    assert redis.ask("GET", "other:1", user=user, password=password) == "one"
    assert "NOPERM" in redis.ask("SET", "other:1", "two", user=user, password=password)
    assert "NOPERM" in redis.ask("ACL", "USERS", user=user, password=password)


def test_rules_may_be_in_base64(shared, redis, database):
    redis.ask("SET", "app:1", "one")
    role(shared, database, "written", base64.b64encode(RULES.encode()).decode())
    _, user, password = creds(shared, database, "written")
    assert redis.ask("GET", "app:1", user=user, password=password) == "one"
    assert "NOPERM" in redis.ask("GET", "other", user=user, password=password)


def test_no_name_becomes_a_rule_or_a_command(shared, redis, database):
    redis.ask("SET", "app:1", "one")
    for name in ["o'brien", "a\\r\\nFLUSHALL", "x\r\nFLUSHALL\r\n", ">pw", "a b", "+@all"]:
        configure(shared, database, redis, username_template="{{ random 6 }}" + name)
        before = redis.users()
        answer = shared.api.get(f"{database}/creds/app")
        if any(c in name for c in " \r\n"):
            errors(answer, 400)
            assert redis.users() == before
        else:
            user, password = answer.json()["data"]["username"], answer.json()["data"]["password"]
            assert user in redis.users()
            assert "NOPERM" in redis.ask("SET", "app:1", "two", user=user, password=password)
    assert redis.ask("GET", "app:1") == "one"


def test_the_root_password_is_rotated(shared, redis, database):
    redis.ask("ACL", "SETUSER", "rot", "on", ">first-pass", "+@all", "~*")
    configure(shared, database, redis, username="rot", password="first-pass")
    assert shared.api.post(f"{database}/rotate-root/main").status_code == 204
    assert "WRONGPASS" in redis.ask("PING", user="rot", password="first-pass")
    _, user, _ = creds(shared, database)
    assert user in redis.users()


def test_a_user_that_is_there_already_gets_new_passwords(shared, redis, database):
    redis.ask("ACL", "SETUSER", "fixed", "on", ">first-pass", "~app:*", "+get", "+ping")
    body = {"db_name": "main", "username": "fixed", "rotation_period": "24h"}
    assert shared.api.post(f"{database}/static-roles/fixed", body).status_code in (200, 204)
    first = shared.api.get(f"{database}/static-creds/fixed").json()["data"]["password"]
    assert "WRONGPASS" in redis.ask("PING", user="fixed", password="first-pass")
    assert redis.ask("PING", user="fixed", password=first) == "PONG"
    assert shared.api.post(f"{database}/rotate-role/fixed").status_code in (200, 204)
    assert "WRONGPASS" in redis.ask("PING", user="fixed", password=first)
    # One that is not there is not made.
    body["username"] = "nobody-here"
    errors(shared.api.post(f"{database}/static-roles/none", body), 502)
    assert "nobody-here" not in redis.users()


def test_wrong_passwords_and_rules_are_clear_and_tell_no_secret(shared, redis, database):
    answer = configure(shared, database, redis, status=(400,), password="wrong-password")
    assert "WRONGPASS" in answer.text and "wrong-password" not in answer.text
    assert "TLS" in configure(shared, database, redis, status=(400,), tls=True).text
    for rules in ["+@read", "{}", "[1]", '["+@nonsense"]', '["nonsense"]']:
        role(shared, database, "bad", rules)
        before = redis.users()
        assert shared.api.get(f"{database}/creds/bad").status_code in (400, 502)
        waiting.until(lambda: redis.users() == before, "nothing is left")


def test_a_server_that_hangs_or_is_away_leaves_no_user_behind(shared, redis, database):
    lease, first, _ = creds(shared, database)
    before = redis.users()
    redis.pause()
    try:
        errors(shared.api.get(f"{database}/creds/app", timeout=80), 502)
    finally:
        redis.resume()
    waiting.until(lambda: redis.users() <= before, "nothing is left", 60)
    redis.kill()
    try:
        errors(shared.api.get(f"{database}/creds/app"), 502)
    finally:
        redis.start()
    # Its users were in memory only, so the lease's is gone with the old process.
    revoke(shared, lease)
    creds(shared, database)
