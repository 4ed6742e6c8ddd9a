#!/usr/bin/env python3
"""Measures users of a PostgreSQL server: made and dropped through the release server, and by PostgreSQL's own
client with the same statements.

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


def through_server(server, postgres):
    """Users made, and dropped, per second; and the most sessions that were open meanwhile."""
    started = time.monotonic()
    while (made := count(postgres, "v-")) < USERS:
        text = subprocess.run(
            ["wrk", "-t1", f"-c{2 * CONNECTIONS}", "-d5s", "--timeout", "30s", "-H", f"X-Vault-Token: {server.token}",
             f"{server.address}/v1/db/creds/app"], check=True, text=True, capture_output=True).stdout
        if "Non-2xx" in text:
            sys.exit(f"users were refused\n{text}")
        print(f"{count(postgres, 'v-'):,} users", flush=True)
    creating = made / (time.monotonic() - started)
    most, ended = [0], threading.Event()

    def watch():
        while not ended.wait(0.2):
            sessions = postgres.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'coffer'")
            most[0] = max(most[0], int(sessions[0]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.monotonic()
    server.call("PUT", "sys/leases/revoke-prefix/db/creds/app")
    while count(postgres, "v-"):
        time.sleep(0.1)
    dropping = made / (time.monotonic() - started)
    ended.set()
    watcher.join()
    return made, creating, dropping, most[0]


def directly(postgres, folder):
    """The same with PostgreSQL's own client."""
    postgres.psql("CREATE SEQUENCE made; CREATE SEQUENCE dropped")
    scripts = {
        "create": ["SELECT nextval('made') AS n \\gset", "BEGIN;",
                   CREATE.format(name="b-:n", password="password-of-:n") + ";", "COMMIT;"],
        "drop": ["SELECT nextval('dropped') AS n \\gset", "BEGIN;", 'DROP OWNED BY "b-:n";', 'DROP ROLE "b-:n";',
                 "COMMIT;"],
    }
    rates = []
    for name, lines in scripts.items():
        with open(f"{folder}/{name}.sql", "w") as file:
            file.write("\n".join(lines) + "\n")
        started = time.monotonic()
        subprocess.run(
            [f"{tools()}/pgbench", "-n", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "root", "-f", file.name,
             "-c", str(CONNECTIONS), "-j", "2", "-t", str(USERS // CONNECTIONS), "postgres"],
            check=True, capture_output=True, env={"PATH": os.environ["PATH"], "PGPASSWORD": postgres.password})
        rates.append(USERS / (time.monotonic() - started))
    return rates


def main():
    postgres = PostgreSQL(settings=["fsync=on", "log_min_messages=warning"])
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as folder:
        try:
            postgres.start()
            postgres.psql("CREATE ROLE reader")
            direct_create, direct_drop = directly(postgres, folder)
            server = Server(folder, postgres)
            try:
                made, create, drop, most = through_server(server, postgres)
            finally:
                server.end()
        finally:
            postgres.remove()

    def both(one, other):
        return 1 / (1 / one + 1 / other)

    direct, ours = both(direct_create, direct_drop), both(create, drop)
    rows = [("made", create, direct_create), ("dropped", drop, direct_drop), ("made and dropped", ours, direct)]
    results.write_section("Database", [
        f"Users of a PostgreSQL on the same machine, {made:,} with their leases (LMDB storage), {CONNECTIONS} connections:",
        "made by reading credentials, dropped by revoking all leases at once; beside it `pgbench` with the same",
        "statements and as many connections.", "",
        "| users per second | Coffer | pgbench | |", "|---|---|---|---|",
        *[f"| {name} | {mine:,.0f} | {theirs:,.0f} | {mine / theirs:.0%} |" for name, mine, theirs in rows], "",
        f"The most connections that were open at one time: {most}.",
    ])


if __name__ == "__main__":
    main()
