#!/usr/bin/env python3
"""Measures the release server with wrk: requests a second, latency, CPU a request, memory.

Starts servers of its own on loopback, in memory and on LMDB. PEER_ADDR and PEER_TOKEN name another
Vault-compatible server (KV version 2 at secret/); it is driven in turn with the same requests and the
ratios are printed. BENCH_SECONDS sets the length of one run (6), BENCH_ROUNDS the number of runs whose
median counts (3). The results go to Benchmarks/RESULTS.md.
"""

import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import results

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / ".build" / "release"
SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTIONS = 32
STORAGES = os.environ.get("BENCH_STORAGES", "memory,LMDB").split(",")
TICK = os.sysconf("SC_CLK_TCK")
SECRET = {"data": {"username": "appuser", "password": "correct-horse-battery-staple",
                   "host": "db.example.com", "port": 5432}}

AUDITED = "KV v2 read, file audit on"
# name, path, wrk script, figure to reach (requests a second), for which storages
WORK = [
    ("health", "sys/health", None, None),
    ("KV v2 read", "secret/data/bench/1", None, 45_000),
    ("KV v2 write, 1000 keys", "secret/data/bench/1", "write.lua", {"memory": 20_000, "LMDB": 10_000}),
    ("token lookup", "auth/token/lookup-self", None, None),
    (AUDITED, "secret/data/bench/1", None, None),
    ("wrapped KV v2 read", "secret/data/bench/1", "wrap.lua", None),
    ("token create", "auth/token/create", "token-create.lua", {"memory": 15_000, "LMDB": 6_000}),
]
# These leave something behind with every request, so memory is looked at before them.
GROWING = {"wrapped KV v2 read", "token create"}


def call(address, token, method, path, body=None):
    request = urllib.request.Request(
        f"{address}/v1/{path}", method=method, data=json.dumps(body).encode() if body else None,
        headers={"X-Vault-Token": token} if token else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Server:
    """A release server of our own, in memory or on LMDB."""

    def __init__(self, storage, folder):
        self.storage = storage
        log = open(pathlib.Path(folder) / "server.log", "w")
        if storage == "memory":
            arguments = ["-dev", "-dev-root-token-id=root", "-dev-listen-address=127.0.0.1:0",
                         "-dev-no-store-token"]
        else:
            configuration = pathlib.Path(folder) / "config.hcl"
            configuration.write_text(
                f'storage "lmdb" {{ path = "{folder}/store" }}\n'
                'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n')
            arguments = [f"-config={configuration}"]
        started = time.monotonic()
        self.process = subprocess.Popen(
            [BIN / "coffer", "server", *arguments], stdout=subprocess.PIPE, stderr=log, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)})
        self.address = None
        for line in self.process.stdout:
            found = re.search(r"Api Address: (\S+)", line)
            if found:
                self.address = found[1]
            if "server started" in line:
                break
        if not self.address:
            sys.exit(f"the server did not start; see {log.name}")
        self.start_milliseconds = (time.monotonic() - started) * 1000
        self.token = "root"
        if storage != "memory":
            keys = call(self.address, None, "PUT", "sys/init",
                        {"secret_shares": 1, "secret_threshold": 1})
            call(self.address, None, "PUT", "sys/unseal", {"key": keys["keys"][0]})
            self.token = keys["root_token"]
            call(self.address, self.token, "POST", "sys/mounts/secret",
                 {"type": "kv", "options": {"version": "2"}})

    def pids(self):
        """The core and its plugins."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children")
        plugins = sorted({int(pid) for file in children for pid in file.read_text().split()})
        return self.process.pid, plugins

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def cpu_seconds(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        # An engine that nobody asks is ended after some minutes.
        return 0
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_megabytes(pid):
    found = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def drive(address, token, path, script, seconds=SECONDS):
    # What takes longer than its timeout, wrk leaves out of the latencies.
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", f"--timeout={max(2, seconds)}s",
               "-H", f"X-Vault-Token: {token}"]
    if script:
        command += ["-s", str(ROOT / "Benchmarks" / script)]
    text = subprocess.run([*command, f"{address}/v1/{path}"], check=True, text=True,
                          capture_output=True).stdout
    if "Non-2xx" in text:
        sys.exit(f"{path}: the server answered with errors\n{text}")
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        # At least one, so that figures by request are defined where nothing was answered in the time.
        "count": max(1, int(re.search(r"(\d+) requests in", text)[1])),
        "p50": milliseconds(re.search(r"^\s+50%\s+(\S+)", text, re.M)[1]),
        "p99": milliseconds(re.search(r"^\s+99%\s+(\S+)", text, re.M)[1]),
    }


def measure(server, path, script, seconds=SECONDS):
    core, plugins = server.pids()
    before = (cpu_seconds(core), sum(map(cpu_seconds, plugins)))
    run = drive(server.address, server.token, path, script, seconds)
    run["core"] = (cpu_seconds(core) - before[0]) * 1e6 / run["count"]
    run["plugin"] = max(0, sum(map(cpu_seconds, plugins)) - before[1]) * 1e6 / run["count"]
    return run


def median(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def peer_server():
    address = os.environ.get("PEER_ADDR")
    return (address.rstrip("/"), os.environ.get("PEER_TOKEN", "")) if address else None


def bench(storage, peer, lines, costs):
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as folder:
        server = Server(storage, folder)
        try:
            call(server.address, server.token, "POST", "secret/data/bench/1", SECRET)
            if peer:
                call(*peer, "POST", "secret/data/bench/1", SECRET)
            core, plugins = server.pids()
            idle = busy = (resident_megabytes(core), max(map(resident_megabytes, plugins)))
            for name, path, script, goal in WORK:
                runs, peer_runs, shares = [], [], []
                log = pathlib.Path(folder) / "audit.log"
                for _ in range(ROUNDS):
                    if name == AUDITED:
                        # In turn with the same without, since the machine is not always as fast.
                        plain = measure(server, path, script)
                        call(server.address, server.token, "POST", "sys/audit/bench",
                             {"type": "file", "options": {"file_path": str(log)}})
                    runs.append(measure(server, path, script))
                    if name == AUDITED:
                        shares.append(1 - runs[-1]["rate"] / plain["rate"])
                        call(server.address, server.token, "DELETE", "sys/audit/bench")
                        log.unlink()
                    if peer:
                        peer_runs.append(drive(*peer, path, script))
                if shares:
                    costs.append(f"{storage} {statistics.median(shares):.0%}")
                if name not in GROWING:
                    busy = (resident_megabytes(core), max(map(resident_megabytes, plugins)))
                figure = median(runs)
                goal = goal.get(storage) if isinstance(goal, dict) else goal
                row = [storage, name, f"{figure['rate']:,.0f}", f"{goal:,}" if goal else "",
                       f"{figure['p50']:.2f}", f"{figure['p99']:.2f}", f"{figure['core']:.1f}",
                       f"{figure['plugin']:.1f}"]
                if peer:
                    other = median(peer_runs)
                    row += [f"{other['rate']:,.0f}", f"{figure['rate'] / other['rate']:.1f}×",
                            f"{other['p50']:.2f}"]
                lines.append("| " + " | ".join(row) + " |")
                print(lines[-1], flush=True)
            return {"storage": storage, "idle": idle, "busy": busy, "start": server.start_milliseconds}
        finally:
            server.stop()


def main():
    peer = peer_server()
    heads = ["storage", "work", "requests/s", "to reach", "p50 ms", "p99 ms", "core µs CPU/request",
             "plugin µs CPU/request"]
    if peer:
        heads += ["peer requests/s", "ratio", "peer p50 ms"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    print("\n".join(lines), flush=True)
    costs = []
    memory = [bench(storage, peer, lines, costs) for storage in STORAGES]
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    revision = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], text=True,
                              capture_output=True).stdout.strip()
    report = [
        "# Benchmark results", "",
        "Written by `make bench`. The load generator runs on the same cores, so compare the figures with each",
        "other and not with other machines.", "",
        f"- Date: {datetime.date.today().isoformat()}, revision {revision}",
        f"- Machine: {os.cpu_count()} × {cpu[1] if cpu else platform.machine()}, Linux {platform.release()}",
        f"- Load: `wrk -t1 -c{CONNECTIONS} -d{SECONDS}s`, median of {ROUNDS} runs", "", *lines, "",
        f"File audit costs of a KV read's throughput, by pairs in turn: {', '.join(costs)} (to reach: under 35%).", "",
        "| storage | core MB idle | core MB after load | plugin MB idle | plugin MB after load | start ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in memory:
        report.append(
            f"| {row['storage']} | {row['idle'][0]:.1f} | {row['busy'][0]:.1f} | {row['idle'][1]:.1f} | "
            f"{row['busy'][1]:.1f} | {row['start']:.0f} |")
    print("\n".join(report[-4:]))
    results.write_head(report)


if __name__ == "__main__":
    main()
