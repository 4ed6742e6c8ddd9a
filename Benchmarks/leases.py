#!/usr/bin/env python3
"""Measures a great many leases on the release server with LMDB storage.

Creates BENCH_LEASES leases (1,000,000) through the API with an engine that does nothing else, and measures
what one takes in memory, how soon the server serves again after a restart, cleanly ended or killed, and how
long ordinary requests take while 10,000 leases come to their end. Its figures replace the section "Leases"
of Benchmarks/RESULTS.md.
"""

import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import results
import run

LEASES = int(os.environ.get("BENCH_LEASES", "1000000"))
EXPIRING = 10_000
ENDING_SECONDS = 45


class Server:
    """A release server that can be ended and started again on the same store."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        plugins = self.folder / "plugins"
        plugins.mkdir()
        shutil.copy(run.BIN / "TestPlugin", plugins / "coffer-plugin-test")
        (self.folder / "outside").mkdir()
        (self.folder / "config.hcl").write_text(
            f'storage "lmdb" {{ path = "{folder}/store" }}\nplugin_directory = "{plugins}"\n'
            'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n')
        self.start()
        keys = run.call(self.address, None, "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.key, self.token = keys["keys"][0], keys["root_token"]
        self.unseal()
        digest = hashlib.sha256((plugins / "coffer-plugin-test").read_bytes()).hexdigest()
        self.call("POST", "sys/plugins/catalog/secret/test", {"sha256": digest, "command": "coffer-plugin-test"})
        self.call("POST", "sys/mounts/bench", {"type": "test", "options": {"folder": f"{folder}/outside"}})
        self.call("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        self.call("POST", "secret/data/bench/1", run.SECRET)

    def start(self):
        log = open(self.folder / "server.log", "a")
        self.process = subprocess.Popen(
            [run.BIN / "coffer", "server", f"-config={self.folder}/config.hcl"], stdout=subprocess.PIPE,
            stderr=log, text=True, env={"PATH": os.environ["PATH"], "HOME": str(self.folder)})
        self.address = None
        for line in self.process.stdout:
            found = re.search(r"Api Address: (\S+)", line)
            if found:
                self.address = found[1]
            if "server started" in line:
                return
        sys.exit(f"the server did not start; see {log.name}")

    def unseal(self):
        run.call(self.address, None, "PUT", "sys/unseal", {"key": self.key})

    def call(self, method, path, body=None):
        return run.call(self.address, self.token, method, path, body)

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(120)

    def memory(self):
        """Kilobytes of the process's own memory, and of files that are mapped, LMDB's above all."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+)", text)[1]) for name in ("RssAnon", "RssFile"))


def wrk(server, seconds, ttl):
    text = subprocess.run(
        ["wrk", "-t1", "-c256", f"-d{seconds}s", "-H", f"X-Vault-Token: {server.token}", "-s",
         str(run.ROOT / "Benchmarks" / "lease.lua"), f"{server.address}/v1/bench/nothing/app"],
        check=True, text=True, capture_output=True, env={**os.environ, "LEASE_TTL": ttl}).stdout
    if "Non-2xx" in text:
        sys.exit(f"leases were refused\n{text}")
    return int(re.search(r"(\d+) requests in", text)[1])


def create(server, wanted, ttl="24h"):
    made, started = 0, time.monotonic()
    while made < wanted:
        rate = made / (time.monotonic() - started) if made else 2_000
        made += wrk(server, max(1, min(20, int((wanted - made) / rate))), ttl)
        print(f"{made:,} leases", flush=True)
    return made, made / (time.monotonic() - started)


def restart(server, number):
    """Milliseconds from the process's start to a served request, and of those from the unseal key on."""
    server.end(number)
    started = time.monotonic()
    server.start()
    ready = time.monotonic()
    server.unseal()
    server.call("GET", "secret/data/bench/1")
    now = time.monotonic()
    return (now - started) * 1000, (now - ready) * 1000


def latencies(server, seconds):
    """Milliseconds of one request after the other, for so long."""
    host = server.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    found, end = [], time.monotonic() + seconds
    while (started := time.monotonic()) < end:
        connection.request("GET", "/v1/secret/data/bench/1", headers={"X-Vault-Token": server.token})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        found.append((time.monotonic() - started) * 1000)
    return found


def count(server):
    """Leases of the path that is left, by listing."""
    try:
        keys = server.call("LIST", "sys/leases/lookup/bench/nothing/ending")["data"]["keys"]
        return len(keys)
    except Exception:
        return 0


def ending(server):
    script = run.ROOT / "Benchmarks" / "lease.lua"
    made = 0
    while made < EXPIRING:
        text = subprocess.run(
            ["wrk", "-t1", "-c64", "-d1s", "-H", f"X-Vault-Token: {server.token}", "-s", str(script),
             f"{server.address}/v1/bench/nothing/ending"],
            check=True, text=True, capture_output=True,
            env={**os.environ, "LEASE_TTL": f"{ENDING_SECONDS}s"}).stdout
        made += int(re.search(r"(\d+) requests in", text)[1])
    quiet = latencies(server, 10)
    busy = latencies(server, ENDING_SECONDS)
    left = count(server)
    if left:
        busy += latencies(server, 15)
        left = count(server)
    return made, quiet, busy, left


def row(name, found):
    found = sorted(found)
    return (f"| {name} | {len(found):,} | {statistics.median(found):.2f} | {found[int(len(found) * 0.99)]:.2f} | "
            f"{found[-1]:.1f} |")


def main():
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as folder:
        server = Server(folder)
        try:
            create(server, 10_000)
            before = server.memory()
            made, rate = create(server, LEASES)
            time.sleep(3)
            after = server.memory()
            clean, clean_unseal = restart(server, signal.SIGTERM)
            killed, killed_unseal = restart(server, signal.SIGKILL)
            time.sleep(20)
            counted = server.memory()
            total, quiet, busy, left = ending(server)
        finally:
            server.process.terminate()
            server.process.wait(120)
    anonymous = (after[0] - before[0]) * 1024 / made
    mapped = (after[1] - before[1]) * 1024 / made
    lines = [
        "Written by `Benchmarks/leases.py`. The engine does nothing but ask for a lease. Memory of its own is",
        "what the process has allocated; mapped memory is pages of LMDB's file, which belong to the kernel's page",
        "cache; the server gives them back above `map_resident_bytes` (64 MiB). Both count as resident.", "",
        "| what | figure |", "| --- | --- |",
        f"| leases created | {made:,}, {rate:,.0f} a second, each durable |",
        f"| memory of its own, each | {anonymous:.0f} bytes ({before[0] / 1024:.0f} → {after[0] / 1024:.0f} MB) |",
        f"| mapped memory, each | {mapped:.0f} bytes ({before[1] / 1024:.0f} → {after[1] / 1024:.0f} MB) |",
        f"| restart after SIGTERM: process start to first served request | {clean:.0f} ms, {clean_unseal:.0f} ms of it "
        "from the unseal key on |",
        f"| restart after SIGKILL | {killed:.0f} ms, {killed_unseal:.0f} ms of it from the unseal key on |",
        f"| memory of its own after that restart, leases counted anew | {counted[0] / 1024:.0f} MB |", "",
        f"Ordinary requests (KV read, one after the other) while {total:,} leases end, of which {left} were left:", "",
        "| | requests | p50 ms | p99 ms | longest ms |", "| --- | --- | --- | --- | --- |",
        row("before", quiet), row("while they end", busy),
    ]
    results.write_section("Leases", lines)


if __name__ == "__main__":
    main()
