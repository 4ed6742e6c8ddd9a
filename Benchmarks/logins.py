#!/usr/bin/env python3
"""Measures logins on the release server, in memory and on LMDB.

PEER_ADDR and PEER_TOKEN name another Vault-compatible server with approle at approle/ and userpass at userpass/; it is
driven in turn with the same requests. Its figures replace the section "Logins" of Benchmarks/RESULTS.md.
"""

import ctypes
import json
import multiprocessing
import os
import tempfile
import time

import results
import run

# Enough for any run, and so a write with each login.
USES = 1_000_000_000
GOALS = {("memory", "AppRole"): 20_000}


def prepare(server, mounts=True):
    """Name, path and bodies of each kind of login."""
    def post(path, body=None):
        return run.call(*server, "POST", path, body or {})

    if mounts:
        for kind in ("approle", "userpass"):
            post(f"sys/auth/{kind}", {"type": kind})
    rows = []
    for name, role, settings, count in [
            ("AppRole", "plain", {}, 1),
            ("AppRole, batch token", "batch", {"token_type": "batch"}, 1),
            ("AppRole, 500 secret ids with counted uses", "counted", {"secret_id_num_uses": USES}, 500),
            ("AppRole, all with one such secret id", "one", {"secret_id_num_uses": USES}, 1)]:
        post(f"auth/approle/role/{role}", {"token_policies": "default", "token_ttl": "10m", **settings})
        role_id = run.call(*server, "GET", f"auth/approle/role/{role}/role-id")["data"]["role_id"]
        secret_ids = [post(f"auth/approle/role/{role}/secret-id")["data"]["secret_id"] for _ in range(count)]
        rows.append((name, "auth/approle/login", [{"role_id": role_id, "secret_id": one} for one in secret_ids]))
    post("auth/userpass/users/ada", {"password": "correct horse", "token_ttl": "10m"})
    rows.append(("userpass", "auth/userpass/login/ada", [{"password": "correct horse"}]))
    return rows


def hashes_on_one_core(_):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    setting = b"$2b$10$CCCCCCCCCCCCCCCCCCCCC."
    started, count = time.monotonic(), 0
    while time.monotonic() - started < 2:
        library.crypt(b"correct horse", setting)
        count += 1
    return count / (time.monotonic() - started)


def hashes_a_second():
    """What libxcrypt itself makes of it, on all cores at once: they may share what they compute with."""
    cores = os.cpu_count() or 1
    with multiprocessing.Pool(cores) as pool:
        return sum(pool.map(hashes_on_one_core, range(cores), chunksize=1))


def main():
    hashes = hashes_a_second()
    heads = ["storage", "login", "logins/s", "to reach", "p50 ms", "p99 ms", "core µs CPU/login", "plugin µs CPU/login"]
    peer = run.peer_server()
    peer_rows = prepare(peer, mounts=False) if peer else []
    if peer:
        heads += ["peer logins/s", "ratio"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for storage in run.STORAGES:
        with tempfile.TemporaryDirectory() as folder:
            server = run.Server(storage, folder)
            try:
                for index, (name, path, bodies) in enumerate(prepare((server.address, server.token))):
                    figure = measure(folder, bodies, lambda: run.measure(server, path, "post-lines.lua"))
                    goal = GOALS.get((storage, name))
                    share = f"{100 * figure['rate'] / hashes:.0f} % of libxcrypt's" if name == "userpass" else ""
                    row = [storage, name, f"{figure['rate']:,.0f}", f"{goal:,}" if goal else share,
                           f"{figure['p50']:.2f}", f"{figure['p99']:.2f}", f"{figure['core']:.1f}",
                           f"{figure['plugin']:.1f}"]
                    if peer:
                        _, peer_path, peer_bodies = peer_rows[index]
                        other = measure(folder, peer_bodies, lambda: run.drive(*peer, peer_path, "post-lines.lua"))
                        row += [f"{other['rate']:,.0f}", f"{figure['rate'] / other['rate']:.1f}×"]
                    lines.append("| " + " | ".join(row) + " |")
                    print(lines[-1], flush=True)
            finally:
                server.stop()
    results.write_section("Logins", [
        "Written by `Benchmarks/logins.py`: 32 connections, one secret id or user where nothing else is said, the load",
        "generator on the same cores.",
        "Each login makes a token, which is stored unless it is a batch token; a counted use is one write more, and",
        "with one secret id those writes have to follow each other.",
        f"libxcrypt itself makes {hashes:,.0f} hashes a second of userpass's cost on all {os.cpu_count()} cores at once.", "",
        *lines])


def measure(folder, bodies, once):
    os.environ["BENCH_BODY"] = f"{folder}/bodies.json"
    with open(os.environ["BENCH_BODY"], "w") as file:
        file.writelines(json.dumps(body) + "\n" for body in bodies)
    return run.median([once() for _ in range(run.ROUNDS)])


if __name__ == "__main__":
    main()
