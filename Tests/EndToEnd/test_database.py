"""Dynamic users of a real PostgreSQL server: made, used, renewed, and gone."""

import base64
import concurrent.futures
import json
import re

import pytest

from support import waiting
from support.api import data, errors
from support.postgres import CREATE, DatabaseMount


def test_credentials_make_a_user_that_can_log_in(database, postgres):
    secret = database.credentials()
    user, password = secret["data"]["username"], secret["data"]["password"]
    assert re.fullmatch(r"v-root-app-[A-Za-z0-9]{20}-\d{10}", user) or re.fullmatch(
        r"v-token-app-[A-Za-z0-9]{20}-\d{10}", user), user
    assert len(password) == 20
    assert secret["renewable"] and secret["lease_duration"] > 0
    assert secret["lease_id"].startswith(f"{database.path}/creds/app/")
    assert postgres.logs_in(user, password)
    assert not postgres.logs_in(user, password + "x")
    # The sandbox would tell of it.
    assert "/etc/gss" not in database.server.output


def test_a_parameter_that_nobody_reads_is_named_in_a_warning(shared, database):
    text = "Endpoint ignored these unrecognized parameters: "
    made = shared.api.post(f"{database.path}/roles/warned", {"db_name": "pg", "bogus": 3, "deflt_ttl": "1h"})
    assert made.status_code == 200 and made.json()["warnings"] == [text + "[bogus deflt_ttl]"]
    config = data(shared.api.get(f"{database.path}/config/pg"))
    again = {"plugin_name": config["plugin_name"], **config["connection_details"], "verify_connection": False}
    assert text + "[user]" in shared.api.post(f"{database.path}/config/other", {**again, "user": "x"}).json()["warnings"]
    shared.api.delete(f"{database.path}/config/other")


def test_two_reads_are_two_users(database):
    first, second = database.credentials(), database.credentials()
    assert first["data"]["username"] != second["data"]["username"]
    assert first["data"]["password"] != second["data"]["password"]


def test_the_user_has_just_the_granted_rights(database, postgres):
    postgres.psql("CREATE TABLE IF NOT EXISTS open_to_app (n int); CREATE TABLE IF NOT EXISTS closed_to_app (n int)")
    database.role("reader", CREATE + """ GRANT SELECT ON open_to_app TO "{{name}}";""")
    made = database.credentials("reader")["data"]
    as_user = {"user": made["username"], "password": made["password"], "check": False}
    assert postgres.psql("SELECT * FROM open_to_app", **as_user).returncode == 0
    assert "permission denied" in postgres.psql("SELECT * FROM closed_to_app", **as_user).stderr
    assert "permission denied" in postgres.psql("INSERT INTO open_to_app VALUES (1)", **as_user).stderr
    assert "permission denied" in postgres.psql("CREATE ROLE other", **as_user).stderr


def test_revocation_ends_the_user_its_rights_and_its_sessions(database, postgres):
    postgres.psql("CREATE TABLE IF NOT EXISTS shared_table (n int)")
    database.role("reader", CREATE + """ GRANT SELECT ON shared_table TO "{{name}}";""")
    secret = database.credentials("reader")
    made = secret["data"]
    session = postgres.session(made["username"], made["password"])
    assert session.poll() is None
    assert database.revoke(secret["lease_id"]).status_code == 204
    assert not postgres.has(made["username"])
    assert not postgres.logs_in(made["username"], made["password"])
    assert session.wait(10) != 0
    assert "terminating connection" in session.stderr.read()
    # Again, and of a user that somebody else dropped: that is what was wanted.
    assert database.revoke(secret["lease_id"]).status_code < 500
    secret = database.credentials()
    postgres.psql(f"""DROP ROLE "{secret['data']['username']}" """)
    assert database.revoke(secret["lease_id"]).status_code == 204


@pytest.fixture
def elsewhere(postgres):
    """Another database, where everybody may make tables."""
    postgres.psql("DROP DATABASE IF EXISTS elsewhere")
    postgres.psql("CREATE DATABASE elsewhere")
    postgres.psql("GRANT CREATE ON SCHEMA public TO PUBLIC", database="elsewhere")
    yield "elsewhere"
    postgres.psql("DROP DATABASE IF EXISTS elsewhere WITH (FORCE)")


WITHOUT_END = """CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}';"""


def has_lease(database, secret):
    return database.api.post("sys/leases/lookup", {"lease_id": secret["lease_id"]}).status_code == 200


def test_a_user_cannot_prevent_its_end(database, postgres, elsewhere):
    """What it owns in another database is out of reach, so PostgreSQL does not drop it. It is shut out all the same."""
    database.role("far", WITHOUT_END)
    secret = database.credentials("far")
    user, password = secret["data"]["username"], secret["data"]["password"]
    postgres.psql("CREATE TABLE anchor (n int)", user=user, password=password, database=elsewhere)
    session = postgres.session(user, password)
    told = errors(database.revoke(secret["lease_id"]), 502)
    assert "cannot be dropped because some objects depend on it" in told and "shut out" in told
    assert postgres.has(user) and not postgres.logs_in(user, password)
    assert session.wait(10) != 0
    assert "terminating connection" in session.stderr.read()
    assert has_lease(database, secret)
    postgres.psql("DROP TABLE anchor", database=elsewhere)
    waiting.until(lambda: not postgres.has(user), "it is tried again", 60)
    waiting.until(lambda: not has_lease(database, secret), "the lease has ended")


def test_users_that_cannot_be_dropped_are_shut_out_when_their_time_is_over(database, postgres, elsewhere):
    """Several at once, which are dropped together."""
    database.role("far", WITHOUT_END, default_ttl="3s")
    made = [database.credentials("far")["data"] for _ in range(4)]
    for number, user in enumerate(made[:3]):
        postgres.psql(
            f"CREATE TABLE anchor_{number} (n int)", user=user["username"], password=user["password"],
            database=elsewhere)
    waiting.until(lambda: not any(postgres.logs_in(user["username"], user["password"]) for user in made), "they are out", 30)
    assert [postgres.has(user["username"]) for user in made] == [True, True, True, False]
    for number in range(3):
        postgres.psql(f"DROP TABLE anchor_{number}", database=elsewhere)
    waiting.until(lambda: not any(postgres.has(user["username"]) for user in made), "it is tried again", 60)


def test_a_user_is_shut_out_where_the_roles_own_statements_fail(database, postgres):
    database.role("own", WITHOUT_END, revocation_statements="""DROP ROLE "{{name}}"; DROP ROLE nobody_of_that_name;""")
    secret = database.credentials("own")
    user, password = secret["data"]["username"], secret["data"]["password"]
    session = postgres.session(user, password)
    assert "nobody_of_that_name" in errors(database.revoke(secret["lease_id"]), 502)
    assert postgres.has(user) and not postgres.logs_in(user, password)
    assert session.wait(10) != 0
    database.role("own", WITHOUT_END, revocation_statements="""DROP ROLE "{{name}}";""")
    waiting.until(lambda: not postgres.has(user), "it is tried again", 60)


def test_a_table_that_somebody_holds_keeps_no_user_logged_in(database, postgres):
    """The drop waits for it, and not for ever."""
    database.role("maker", WITHOUT_END + """ GRANT CREATE, USAGE ON SCHEMA public TO "{{name}}";""")
    secret = database.credentials("maker")
    user, password = secret["data"]["username"], secret["data"]["password"]
    table = f"held_{database.path.replace('-', '_')}"
    postgres.psql(f"CREATE TABLE {table} (n int)", user=user, password=password)
    holder = postgres.session("root", postgres.password, f"BEGIN; LOCK TABLE {table}; SELECT pg_sleep(600)")
    waiting.until(
        lambda: postgres.query(f"SELECT 1 FROM pg_locks WHERE relation = '{table}'::regclass"), "the table is held")
    told = errors(database.revoke(secret["lease_id"]), 502)
    assert "lock timeout" in told and "shut out" in told
    assert postgres.has(user) and not postgres.logs_in(user, password)
    postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' "
                   "AND pid <> pg_backend_pid()")
    assert holder.wait(10) != 0
    waiting.until(lambda: not postgres.has(user), "it is tried again", 60)


def test_the_sessions_of_others_go_on(database, postgres):
    """Also after a revocation that found nobody: what the server keeps in mind is that user's only."""
    kept, ended = database.credentials(), database.credentials()
    session = postgres.session(kept["data"]["username"], kept["data"]["password"])
    assert database.revoke(ended["lease_id"]).status_code == 204
    gone = database.credentials()
    postgres.psql(f"""DROP ROLE "{gone['data']['username']}" """)
    assert database.revoke(gone["lease_id"]).status_code == 204
    assert session.poll() is None
    assert postgres.query("SELECT 1 FROM pg_stat_activity WHERE backend_type = 'checkpointer'") == ["1"]
    assert database.revoke(kept["lease_id"]).status_code == 204
    assert session.wait(10) != 0


def test_what_a_user_made_is_kept_when_the_user_goes(database, postgres):
    database.role("maker", CREATE + """ GRANT CREATE, USAGE ON SCHEMA public TO "{{name}}";""")
    secret = database.credentials("maker")
    made = secret["data"]
    postgres.psql(
        f"CREATE TABLE kept_{database.path.replace('-', '_')} AS SELECT 7 AS n", user=made["username"],
        password=made["password"])
    assert database.revoke(secret["lease_id"]).status_code == 204
    assert not postgres.has(made["username"])
    assert postgres.query(f"SELECT n FROM kept_{database.path.replace('-', '_')}") == ["7"]


def test_expiry_ends_the_user(database, postgres):
    database.role("short", default_ttl="2s", max_ttl="1h")
    user = database.credentials("short")["data"]["username"]
    assert postgres.has(user)
    waiting.until(lambda: not postgres.has(user), "the user is gone", 20)


def test_renewal_lets_the_user_live_longer(database, postgres):
    database.role("renewed", default_ttl="1m", max_ttl="1h")
    secret = database.credentials("renewed")
    user = secret["data"]["username"]
    until = f"SELECT extract(epoch FROM rolvaliduntil)::bigint FROM pg_roles WHERE rolname = '{user}'"
    before = int(postgres.query(until)[0])
    answer = database.api.post("sys/leases/renew", {"lease_id": secret["lease_id"], "increment": 1800})
    assert answer.json()["lease_duration"] == 1800
    assert int(postgres.query(until)[0]) > before + 1500
    # A user that is gone is not renewed.
    postgres.psql(f'DROP ROLE "{user}"')
    refused = database.api.post("sys/leases/renew", {"lease_id": secret["lease_id"]})
    assert refused.status_code >= 400


def test_the_users_of_a_token_end_with_it(database, postgres):
    database.api.post("sys/policies/acl/" + database.path, {
        "policy": f'path "{database.path}/creds/*" {{ capabilities = ["read"] }}'})
    token = database.api.post(
        "auth/token/create", {"policies": [database.path]}).json()["auth"]["client_token"]
    users = [database.credentials(token=token)["data"]["username"] for _ in range(3)]
    assert all(postgres.has(user) for user in users)
    assert database.api.post("auth/token/revoke", {"token": token}).status_code == 204
    waiting.until(lambda: not any(postgres.has(user) for user in users), "the users are gone")


def test_revoke_prefix_and_disabling_the_mount_end_all_users(database, postgres):
    database.role("other")
    users = [database.credentials("app")["data"]["username"] for _ in range(5)]
    kept = database.credentials("other")["data"]["username"]
    assert database.api.post(f"sys/leases/revoke-prefix/{database.path}/creds/app", {"sync": True}).status_code == 204
    waiting.until(lambda: not any(postgres.has(user) for user in users), "the users are gone")
    assert postgres.has(kept)
    assert database.api.delete(f"sys/mounts/{database.path}").status_code == 204
    assert not postgres.has(kept)


def test_many_leases_end_side_by_side_on_a_bounded_number_of_sessions(database, postgres):
    sessions = f"many-{database.path}"
    database.connect(
        "many", connection_url=f"{postgres.url}&application_name={sessions}", username="root",
        password=postgres.password, max_open_connections=6)
    # Without a password: the server takes its time to hash one.
    database.role("many", db_name="many", create="""CREATE ROLE "{{name}}" CONNECTION LIMIT 4321;""")
    users = "FROM pg_roles WHERE rolconnlimit = 4321"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda _: database.credentials("many"), range(400)))) == 400
    assert postgres.query(f"SELECT count(*) {users}") == ["400"]
    # New sessions are opened for what follows, and one would be enough if it were one after the other.
    assert database.api.post(f"{database.path}/reset/many").status_code == 204
    assert database.api.post(f"sys/leases/revoke-prefix/{database.path}/creds/many").status_code == 202
    seen = []

    def are_gone():
        open_now, left = postgres.query(
            f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{sessions}' "
            f"UNION ALL SELECT count(*) {users}")
        seen.append(int(open_now))
        return left == "0"

    waiting.until(are_gone, "the users are gone", 60)
    assert 1 < max(seen) <= 6


def test_users_that_cannot_be_dropped_hold_up_none_of_the_others(database, postgres):
    postgres.psql("DROP DATABASE IF EXISTS faraway")
    postgres.psql("CREATE DATABASE faraway")
    users = [database.credentials()["data"]["username"] for _ in range(40)]
    stuck = users[7:40:8]
    for user in stuck:
        postgres.psql(f"""GRANT CREATE ON SCHEMA public TO "{user}" """, database="faraway")
    for user in users[3:40:8]:
        postgres.psql(f"""DROP ROLE "{user}" """)
    told = errors(database.api.post(f"sys/leases/revoke-prefix/{database.path}/creds/app", {"sync": True}), 502)
    assert f"failed to revoke {len(stuck)} leases" in told
    assert [user for user in users if postgres.has(user)] == stuck
    for user in stuck:
        postgres.psql(f"""REVOKE CREATE ON SCHEMA public FROM "{user}" """, database="faraway")
    waiting.until(lambda: not any(postgres.has(user) for user in stuck), "they are tried again", 60)


def test_revocation_statements_of_the_role_are_what_is_run(database, postgres):
    database.role("locked", revocation_statements="""ALTER ROLE "{{name}}" NOLOGIN;""")
    secret = database.credentials("locked")
    made = secret["data"]
    assert database.revoke(secret["lease_id"]).status_code == 204
    assert postgres.has(made["username"])
    assert not postgres.logs_in(made["username"], made["password"])
    postgres.psql(f"""DROP ROLE "{made['username']}" """)


def test_an_engine_user_that_is_no_superuser_is_enough(shared, postgres):
    postgres.psql("DROP ROLE IF EXISTS manager; CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'manages-roles'")
    mount = DatabaseMount(shared, postgres, user="manager", password="manages-roles")
    try:
        mount.role()
        secret = mount.credentials()
        made = secret["data"]
        session = postgres.session(made["username"], made["password"])
        assert mount.revoke(secret["lease_id"]).status_code == 204
        assert not postgres.has(made["username"])
        assert session.wait(10) != 0
        # One that it cannot drop it shuts out.
        postgres.psql(f"CREATE DATABASE {mount.path.replace('-', '_')}")
        secret = mount.credentials()
        made = secret["data"]
        grant = """GRANT CREATE ON SCHEMA public TO "{}" """
        postgres.psql(grant.format(made["username"]), database=mount.path.replace("-", "_"))
        session = postgres.session(made["username"], made["password"])
        assert "shut out" in errors(mount.revoke(secret["lease_id"]), 502)
        assert postgres.has(made["username"]) and not postgres.logs_in(made["username"], made["password"])
        assert session.wait(10) != 0
        postgres.psql(f"DROP DATABASE {mount.path.replace('-', '_')}")
        waiting.until(lambda: not postgres.has(made["username"]), "it is tried again", 60)
    finally:
        mount.remove()


WRITTEN = [
    CREATE, [CREATE], base64.b64encode(CREATE.encode()).decode(), json.dumps([CREATE]),
    base64.b64encode(json.dumps([CREATE]).encode()).decode(), [base64.b64encode(CREATE.encode()).decode(), "SELECT 1"],
    base64.encodebytes(CREATE.encode()).decode(), json.dumps([CREATE, "SELECT 1; SELECT 2"])]


@pytest.mark.parametrize("written", WRITTEN, ids=[
    "text", "list", "base64", "JSON", "base64 of JSON", "list of base64", "base64 in lines", "JSON with more"])
def test_statements_are_read_however_they_are_written(database, postgres, written):
    end = base64.b64encode(b"""DROP ROLE "{{name}}";""").decode()
    database.role("written", written, revocation_statements=end)
    kept = data(database.api.get(f"{database.path}/roles/written"))
    assert kept["creation_statements"] == (written if isinstance(written, list) else [written])
    secret = database.credentials("written")
    made = secret["data"]
    assert postgres.logs_in(made["username"], made["password"])
    assert database.revoke(secret["lease_id"]).status_code == 204
    assert not postgres.has(made["username"])


def test_a_role_has_to_say_how_its_users_are_made(database):
    database.role("empty", [])
    assert "empty creation statements" in errors(database.api.get(f"{database.path}/creds/empty"), 400)


def test_bad_statements_are_told_without_the_password(database, postgres):
    before = set(postgres.users())
    database.role("broken", "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' NONSENSE '{{password}}';")
    told = errors(database.api.get(f"{database.path}/creds/broken"), 502)
    assert "unrecognized role option" in told and "42601" in told
    # The second statement fails, and so there is nothing of the first.
    database.role("half", CREATE + " GRANT nothing_of_that_name TO \"{{name}}\";")
    assert "nothing_of_that_name" in errors(database.api.get(f"{database.path}/creds/half"), 502)
    database.role("open", "CREATE ROLE {{name}} LOGIN;")
    assert "quotes" in errors(database.api.get(f"{database.path}/creds/open"), 400)
    assert set(postgres.users()) == before
    assert postgres.password not in database.server.output


def test_names_cannot_leave_their_quotes(database, postgres):
    """Display names are what people call themselves."""
    api = database.api
    mean = """x"; DROP ROLE root; --'$$ \\"""
    database.connect("pg", username_template="{{ .DisplayName }}{{ random 8 }}")
    token = api.post("auth/token/create", {"policies": ["root"], "display_name": mean}).json()["auth"]["client_token"]
    secret = database.credentials(token=token)
    user = secret["data"]["username"]
    assert postgres.has(user)
    assert postgres.has("root")
    assert postgres.logs_in(user, secret["data"]["password"])
    assert database.revoke(secret["lease_id"]).status_code == 204
    assert not postgres.has(user)


def test_a_password_policy_makes_the_passwords(database, postgres):
    name = database.path
    policy = """length = 24\nrule "charset" { charset = "ab'\\"$" min-chars = 1 }"""
    assert database.api.put(f"sys/policies/password/{name}", {"policy": policy}).status_code == 204
    database.connect("pg", password_policy=name)
    made = database.credentials()["data"]
    assert re.fullmatch(r"""[ab'"$]{24}""", made["password"])
    assert postgres.logs_in(made["username"], made["password"])
    database.connect("pg", password_policy="none-of-that-name")
    assert "password policy" in errors(database.api.get(f"{database.path}/creds/app"), 400)


def test_the_server_is_sent_digests_if_it_shall(database, postgres):
    database.connect("pg", password_authentication="scram-sha-256")
    made = database.credentials()["data"]
    assert postgres.logs_in(made["username"], made["password"])


def test_the_connection_is_tried_and_its_password_never_shown(database, postgres):
    api, path = database.api, database.path
    shown = api.get(f"{path}/config/pg")
    assert data(shown)["connection_details"]["username"] == "root"
    assert data(shown)["plugin_name"] == "postgresql-database-plugin"
    assert "{{password}}" in data(shown)["connection_details"]["connection_url"]
    assert postgres.password not in shown.text
    wrong = api.post(f"{path}/config/wrong", {
        "plugin_name": "postgresql-database-plugin", "connection_url": postgres.url, "username": "root",
        "password": "not-the-password"})
    told = errors(wrong, 400)
    assert "error verifying connection" in told and "authentication failed" in told
    assert "not-the-password" not in told
    assert api.get(f"{path}/config/wrong").status_code == 404
    nowhere = api.post(f"{path}/config/nowhere", {
        "plugin_name": "postgresql-database-plugin", "connection_url": "postgresql://127.0.0.1:1/x",
        "verify_connection": False})
    assert nowhere.status_code == 204
    plain = api.post(f"{path}/config/plain", {
        "plugin_name": "postgresql-database-plugin",
        "connection_url": f"postgresql://root:{postgres.password}@127.0.0.1:{postgres.port}/postgres"})
    assert "Password found in connection_url" in plain.text
    assert postgres.password not in api.get(f"{path}/config/plain").text
    garbage = api.post(f"{path}/config/garbage", {
        "plugin_name": "postgresql-database-plugin", "connection_url": "postgresql://a:s3cret-word@[::"})
    assert "s3cret-word" not in errors(garbage, 400)
    assert "plugin not found in the catalog" in errors(
        api.post(f"{path}/config/mongo", {"plugin_name": "mongodb-database-plugin"}), 400)


def test_allowed_roles_are_the_only_ones(database):
    database.connect("pg", allowed_roles=["web-*"])
    database.role("web-1")
    assert database.credentials("web-1")
    assert "not an allowed role" in errors(database.api.get(f"{database.path}/creds/app"), 403)
    assert "unknown role" in errors(database.api.get(f"{database.path}/creds/nobody"), 400)


def test_root_rotation_leaves_a_password_that_only_the_engine_knows(shared, postgres):
    name = "engine_root"
    postgres.psql(f"DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN SUPERUSER PASSWORD 'first-one'")
    mount = DatabaseMount(shared, postgres, user=name, password="first-one")
    try:
        mount.role()
        assert mount.api.post(f"{mount.path}/rotate-root/pg").status_code == 204
        assert not postgres.logs_in(name, "first-one")
        assert mount.credentials()
        assert mount.api.post(f"{mount.path}/reset/pg").status_code == 204
        assert mount.credentials()
        assert data(mount.api.post(f"{mount.path}/reload/postgresql-database-plugin"))["connections"] == ["pg"]
        assert mount.credentials()
    finally:
        mount.remove()
        postgres.psql(f"DROP ROLE IF EXISTS {name}")


def test_hvac_goes_all_the_way(database, postgres, shared):
    client = shared.hvac()
    database_api = client.secrets.database
    assert database_api.list_connections(mount_point=database.path)["data"]["keys"] == ["pg"]
    assert database_api.list_roles(mount_point=database.path)["data"]["keys"] == ["app"]
    role = database_api.read_role("app", mount_point=database.path)["data"]
    assert role["db_name"] == "pg" and role["creation_statements"] == [CREATE]
    made = database_api.generate_credentials("app", mount_point=database.path)
    assert postgres.has(made["data"]["username"])
    client.sys.revoke_lease(made["lease_id"])
    # hvac does not ask the server to wait for it.
    waiting.until(lambda: not postgres.has(made["data"]["username"]), "the user is gone")
    database_api.delete_role("app", mount_point=database.path)
    assert database.api.list(f"{database.path}/roles").status_code == 404


@pytest.mark.parametrize("template, shape", [
    ("{{ .RoleName | uppercase }}_{{ random 5 }}", r"APP_[A-Za-z0-9]{5}"),
    ("{{ printf \"%s-%s\" .RoleName (uuid) | sha256 | truncate 12 }}", r"[0-9a-f]{12}"),
    ("{{ printf \"%.2s-%05d-\" .RoleName 42 }}{{ timestamp \"Jan 2 2006 .000\" }}", r"ap-00042-[A-Z][a-z]{2} \d\d? \d{4} \.\d{3}"),
])
def test_username_templates(database, postgres, template, shape):
    database.connect("pg", username_template=template)
    user = database.credentials()["data"]["username"]
    assert re.fullmatch(shape, user)
    assert postgres.has(user)
    bad = database.api.post(f"{database.path}/config/pg", {"username_template": "{{ nonsense }}"})
    assert "username template" in errors(bad, 400)
    bad = database.api.post(f"{database.path}/config/pg", {"username_template": "{{ printf \"%05d\" .RoleName }}"})
    assert "%d takes a number" in errors(bad, 400)
    assert postgres.has(database.credentials()["data"]["username"])


def test_the_engines_own_user_is_name_in_a_connection_url_too(database, postgres):
    url = database.api.get(f"{database.path}/config/pg").json()["data"]["connection_details"]["connection_url"]
    assert "{{username}}" in url
    database.connect("pg", connection_url=url.replace("{{username}}", "{{name}}"))
    assert postgres.has(database.credentials()["data"]["username"])


def test_roles_are_listed_in_parts_and_share_their_names_with_static_roles(database, postgres):
    for name in ("a", "b", "c"):
        database.role(name, CREATE)
    assert data(database.api.list(f"{database.path}/roles?after=a&limit=1"))["keys"] == ["app"]
    assert data(database.api.list(f"{database.path}/roles?after=app"))["keys"] == ["b", "c"]
    assert database.api.list(f"{database.path}/roles?after=c").status_code == 404
    fixed = {"db_name": "pg", "username": "nobody", "rotation_period": "1h"}
    assert "must be unique" in errors(database.api.post(f"{database.path}/static-roles/a", fixed), 400)
