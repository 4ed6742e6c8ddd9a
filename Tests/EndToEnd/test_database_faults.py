"""The database is down, slow or comes back, or the server dies, at the worst moments: no user is left without a lease,
no lease is lost."""

import threading

import pytest

from support import waiting
from support.api import data, errors
from support.postgres import CREATE, DatabaseMount

# Long enough for a test to do something while the user is made and not committed yet.
SLOW_CREATE = CREATE + " SELECT pg_sleep(3);"


@pytest.fixture
def mount(durable, own_postgres):
    mount = DatabaseMount(durable, own_postgres, path="db")
    mount.role()
    mount.role("slow", SLOW_CREATE)
    return mount


def made_by_us(postgres):
    return [user for user in postgres.users() if user.startswith("v-")]


def in_background(call):
    answers = []

    def run():
        try:
            answers.append(call())
        except Exception as problem:  # The connection may break: that is a way to end, too.
            answers.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def is_creating(postgres):
    return postgres.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'coffer' AND query LIKE '%pg_sleep%' "
                          "AND state = 'active'")


def test_a_server_that_is_down_is_an_error_and_leaves_nothing(mount, own_postgres):
    mount.credentials()
    own_postgres.stop()
    told = errors(mount.api.get("db/creds/app"), 502)
    assert own_postgres.password not in told
    own_postgres.start()
    assert mount.credentials()
    assert len(made_by_us(own_postgres)) == 2


def test_a_mount_stays_while_its_database_is_down_and_takes_its_users_along_when_it_is_back(mount, own_postgres):
    mount.credentials()
    own_postgres.stop()
    told = errors(mount.api.delete("sys/mounts/db"), 502)
    assert "the mount stays" in told and own_postgres.password not in told
    own_postgres.start()
    assert mount.api.delete("sys/mounts/db").status_code == 204
    assert made_by_us(own_postgres) == []
    assert mount.api.get("sys/mounts/db").status_code == 400


def test_the_server_is_killed_while_a_user_is_made(mount, own_postgres, durable):
    thread, _ = in_background(lambda: mount.api.get("db/creds/slow"))
    waiting.until(lambda: is_creating(own_postgres), "the user is being made")
    durable.kill()
    thread.join(30)
    # The database goes on without us and makes the user.
    waiting.until(lambda: made_by_us(own_postgres), "the user is there", 20)
    durable.start()
    durable.unseal()
    waiting.until(lambda: not made_by_us(own_postgres), "the user is undone", 40)
    assert mount.credentials()


def test_a_database_that_stops_answering_while_a_user_is_made(mount, own_postgres):
    thread, answers = in_background(lambda: mount.api.get("db/creds/slow", timeout=90))
    waiting.until(lambda: is_creating(own_postgres), "the user is being made")
    own_postgres.pause()
    thread.join(60)
    errors(answers[0], 502)
    own_postgres.resume()
    # What was under way is carried out by the database, and undone after it.
    waiting.until(
        lambda: not made_by_us(own_postgres) and not is_creating(own_postgres), "the user is undone", 60)
    assert mount.credentials()


def test_a_database_that_does_not_answer_at_all_leaves_the_others_alone(mount, own_postgres, postgres):
    mount.connect(
        "other", connection_url=postgres.url, username="root", password=postgres.password)
    mount.role("elsewhere", db_name="other")
    mount.credentials()
    own_postgres.pause()
    waits = [in_background(lambda: mount.api.get("db/creds/app", timeout=90)) for _ in range(30)]
    secret = mount.credentials("elsewhere", timeout=10)
    assert postgres.has(secret["data"]["username"])
    mount.revoke(secret["lease_id"])
    own_postgres.resume()
    for thread, answers in waits:
        thread.join(90)
        assert answers[0].status_code in (200, 502, 503)
    leases = sum(answers[0].status_code == 200 for _, answers in waits)
    waiting.until(lambda: len(made_by_us(own_postgres)) == leases + 1, "only users with leases are there", 60)


def test_a_lease_outlives_a_database_that_is_down(mount, own_postgres):
    secret = mount.credentials()
    own_postgres.stop()
    refused = mount.api.post("sys/leases/renew", {"lease_id": secret["lease_id"], "increment": 3600})
    assert refused.status_code >= 400
    assert mount.revoke(secret["lease_id"]).status_code != 204
    own_postgres.start()
    waiting.until(lambda: not made_by_us(own_postgres), "the user is gone", 60)


def test_leases_end_after_a_restart(mount, own_postgres, durable):
    mount.role("short", default_ttl="6s")
    mount.credentials("short")
    kept = mount.credentials()["data"]["username"]
    durable.kill()
    durable.start()
    durable.unseal()
    waiting.until(lambda: made_by_us(own_postgres) == [kept], "the user with the short lease is gone", 40)


def test_sessions_survive_a_restart_of_the_database(mount, own_postgres):
    mount.credentials()
    own_postgres.stop()
    own_postgres.start()
    # The sessions that were kept open are broken, and nobody is told.
    assert mount.credentials()


def test_static_roles_rotate_by_themselves_and_after_a_restart(mount, own_postgres, durable):
    own_postgres.psql("CREATE ROLE billing LOGIN PASSWORD 'by-hand'")
    answer = mount.api.post(
        "db/static-roles/billing", {"db_name": "pg", "username": "billing", "rotation_period": "5s"})
    assert answer.status_code == 204, answer.text

    def password():
        return data(mount.api.get("db/static-creds/billing"))["password"]

    first = password()
    assert not own_postgres.logs_in("billing", "by-hand")
    assert own_postgres.logs_in("billing", first) or password() != first
    waiting.until(lambda: password() != first, "the password rotates", 30)
    durable.kill()
    durable.start()
    durable.unseal()
    second = password()
    waiting.until(lambda: password() != second, "the password rotates after a restart", 30)
    assert mount.api.post("db/static-roles/billing", {"rotation_period": "24h"}).status_code == 204
    assert mount.api.post("db/rotate-role/billing").status_code == 204
    shown = data(mount.api.get("db/static-creds/billing"))
    assert own_postgres.logs_in("billing", shown["password"])
    assert shown["ttl"] > 86_000 and shown["rotation_period"] == 86_400
    # A new password while the database is away is stored and not lost.
    own_postgres.stop()
    assert mount.api.post("db/rotate-role/billing").status_code >= 500
    own_postgres.start()
    assert mount.api.post("db/rotate-role/billing").status_code == 204
    assert own_postgres.logs_in("billing", password())
    assert mount.api.delete("db/static-roles/billing").status_code == 204
    assert own_postgres.has("billing")
