#!/usr/bin/env python3
"""Measures users of a PostgreSQL server: made and dropped through the release server, and by PostgreSQL's own
client with the very statements that the engine sends.

The database runs on the same machine with its usual durability. Makes BENCH_USERS users (10,000) each way, then
drops them: through the server all their leases are revoked at once. The figures replace the section "Database" of
Benchmarks/RESULTS.md.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import results
import run

sys.path.insert(0, str(run.ROOT / "Tests" / "EndToEnd"))

from support.postgres import PostgreSQL, tools  # noqa: E402

USERS = int(os.environ.get("BENCH_USERS", "10000"))
CONNECTIONS = 8
# More than connections, so that none waits for its next user while storage takes note of the last one.
CLIENTS = 3 * CONNECTIONS
CREATE = """CREATE ROLE "{name}" WITH LOGIN PASSWORD '{password}' VALID UNTIL '2099-01-01' IN ROLE reader"""


class Server:
    """The release server with LMDB storage and a mount of the engine."""

    def __init__(self, folder, postgres):
        self.folder = folder
        with open(f"{folder}/config.hcl", "w") as file:
            file.write(
                f'storage "lmdb" {{ path = "{folder}/store" }}\n'
                'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n')
        self.process = subprocess.Popen(
            [run.BIN / "coffer", "server", f"-config={folder}/config.hcl"], stdout=subprocess.PIPE,
            stderr=open(f"{folder}/log", "w"), text=True, env={"PATH": os.environ["PATH"], "HOME": folder})
        for line in self.process.stdout:
            if found := re.search(r"Api Address: (\S+)", line):
                self.address = found[1]
            if "server started" in line:
                break
        keys = run.call(self.address, None, "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.token = keys["root_token"]
        run.call(self.address, None, "PUT", "sys/unseal", {"key": keys["keys"][0]})
        self.call("POST", "sys/mounts/db", {"type": "database"})
        self.call("POST", "db/config/pg", {
            "plugin_name": "postgresql-database-plugin", "connection_url": postgres.url, "username": "root",
            "password": postgres.password, "allowed_roles": ["*"], "max_open_connections": CONNECTIONS})
        self.call("POST", "db/roles/app", {
            "db_name": "pg", "default_ttl": "24h",
            "creation_statements": CREATE.format(name="{{name}}", password="{{password}}")})

    def call(self, method, path, body=None):
        return run.call(self.address, self.token, method, path, body)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def count(postgres, prefix):
    return int(postgres.query(f"SELECT count(*) FROM pg_roles WHERE rolname LIKE '{prefix}%'")[0])


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def make(server, postgres):
    """Users made through the server: how many, how many per second, and percentiles of the time one takes."""
    started = time.monotonic()
    while (made := count(postgres, "v-")) < USERS:
        text = subprocess.run(
            ["wrk", "-t1", f"-c{CLIENTS}", "-d5s", "--latency", "--timeout", "30s", "-H",
             f"X-Vault-Token: {server.token}", f"{server.address}/v1/db/creds/app"],
            check=True, text=True, capture_output=True).stdout
        if "Non-2xx" in text:
            sys.exit(f"users were refused\n{text}")
        print(f"{count(postgres, 'v-'):,} users", flush=True)
    rate = made / (time.monotonic() - started)
    p50, p99 = (milliseconds(re.search(rf"{part}%\s+(\S+)", text)[1]) for part in (50, 99))
    return made, rate, p50, p99


class Asking:
    """A session that stays open: to start psql for each look would cost as much as some dozen users."""

    def __init__(self, postgres):
        self.process = subprocess.Popen(
            [f"{tools()}/psql", "-XAtq", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "root", "-d", "postgres"],
            env={"PATH": os.environ["PATH"], "PGPASSWORD": postgres.password}, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def number(self, statement):
        self.process.stdin.write(statement + ";\n")
        return int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


def drop(server, postgres):
    """All leases revoked with one request: how long it takes, and the most sessions that are open meanwhile."""
    most, ended = [0], threading.Event()
    sessions, users = Asking(postgres), Asking(postgres)

    def watch():
        while not ended.wait(0.2):
            now = sessions.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'coffer'")
            most[0] = max(most[0], now)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.monotonic()
    server.call("PUT", "sys/leases/revoke-prefix/db/creds/app")
    while users.number("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'v-%'"):
        time.sleep(0.1)
    seconds = time.monotonic() - started
    ended.set()
    watcher.join()
    for session in (sessions, users):
        session.end()
    return seconds, most[0]


# What the engine sends for one user, in as many messages; `\\;` joins statements to one.
LOCKED = r"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE\; SELECT pg_catalog.pg_advisory_xact_lock(:n)"
END_SESSIONS = (
    "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_stat_get_backend_pid(id)) FROM "
    "pg_catalog.pg_stat_get_backend_idset() AS id WHERE pg_catalog.pg_stat_get_backend_userid(id) = "
    "ANY (pg_catalog.string_to_array(pg_catalog.current_setting('coffer.users'), ',')::pg_catalog.oid[])")
CREATE_ONE = CREATE.format(name="b-:n", password="password-of-:n")
SCRIPTS = {
    "make": [LOCKED + ";", CREATE_ONE + r"\; COMMIT;"],
    "drop": [r"\; ".join([
        LOCKED,
        "SELECT pg_catalog.set_config('coffer.users', COALESCE((SELECT pg_catalog.string_agg(oid::pg_catalog.text, ',') "
        "FROM pg_catalog.pg_roles WHERE rolname IN ('b-:n')), ''), false)",
        END_SESSIONS, 'REASSIGN OWNED BY "b-:n" TO CURRENT_USER', 'DROP OWNED BY "b-:n"', 'DROP ROLE "b-:n"', "COMMIT",
        END_SESSIONS]) + ";"],
    "make bare": ["BEGIN;", CREATE_ONE + ";", "COMMIT;"],
    "drop bare": ["BEGIN;", 'DROP OWNED BY "b-:n";', 'DROP ROLE "b-:n";', "COMMIT;"],
}


def directly(postgres, folder, name):
    """Users per second with PostgreSQL's own client."""
    with open(f"{folder}/{name}.sql", "w") as file:
        file.write("\n".join([r"\set i :i + 1", r"\set n :client_id * 1000000 + :i", *SCRIPTS[name]]) + "\n")
    started = time.monotonic()
    subprocess.run(
        [f"{tools()}/pgbench", "-n", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "root", "-f", file.name, "-D",
         "i=0", "-c", str(CONNECTIONS), "-j", "2", "-t", str(USERS // CONNECTIONS), "postgres"],
        check=True, capture_output=True, env={"PATH": os.environ["PATH"], "PGPASSWORD": postgres.password})
    rate = USERS / (time.monotonic() - started)
    print(f"{name}: {rate:,.0f} users/s by pgbench", flush=True)
    return rate


def main():
    postgres = PostgreSQL(settings=["fsync=on", "log_min_messages=warning"])
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as folder:
        try:
            postgres.start()
            postgres.psql("CREATE ROLE reader")
            direct = {name: directly(postgres, folder, name) for name in SCRIPTS}
            server = Server(folder, postgres)
            try:
                made, making, p50, p99 = make(server, postgres)
                seconds, most = drop(server, postgres)
            finally:
                server.end()
        finally:
            postgres.remove()

    def both(one, other):
        return 1 / (1 / one + 1 / other)

    dropping = made / seconds
    rows = [
        ("made", making, direct["make"], direct["make bare"]),
        ("dropped", dropping, direct["drop"], direct["drop bare"]),
        ("made and dropped", both(making, dropping), both(direct["make"], direct["drop"]),
         both(direct["make bare"], direct["drop bare"])),
    ]
    results.write_section("Database", [
        f"Users of a PostgreSQL on the same machine, {made:,} with their leases (LMDB storage), {CONNECTIONS} connections:",
        "made by reading credentials, dropped by revoking all leases at once; beside it `pgbench` with the very",
        "statements that the engine sends for a user and as many connections. They hold a lock of the user's name and",
        "end its sessions; the last column is `pgbench` without that. The engine drops those together that end together.",
        "", "| users per second | Coffer | to reach | pgbench, the same statements | | pgbench, bare statements |",
        "|---|---|---|---|---|---|",
        *[f"| {name} | {mine:,.0f} | 80% | {theirs:,.0f} | {mine / theirs:.0%} | {bare:,.0f} |"
          for name, mine, theirs, bare in rows], "",
        f"To make one takes {p50:.1f} ms (p50), {p99:.1f} ms (p99), with {CLIENTS} clients at a time.",
        f"{made:,} leases revoked with one request: {seconds:.1f} s, at most {most} connections open at one time.",
    ])


if __name__ == "__main__":
    main()
