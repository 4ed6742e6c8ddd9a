#!/usr/bin/env python3
"""Measures engines' processes on the release server: a call's cost, a start, memory, and a bad neighbour.

A call's processor time on both ends and its latency, with the sandbox and without; how long a start takes;
what 1, 10 and 100 processes take in memory; and the latency of a KV engine's reads while a hostile engine
takes what it gets and a crashing one is started again and again on other mounts. The figures replace the sections
"Engine processes" and "Bad neighbours" of Benchmarks/RESULTS.md. BENCH_SECONDS and BENCH_ROUNDS as for run.py;
BENCH_PROCESSES names the numbers of processes (1,10,100), BENCH_PARTS what is measured (processes,neighbours).
"""

import hashlib
import http.client
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import results
import run

COUNTS = [int(text) for text in os.environ.get("BENCH_PROCESSES", "1,10,100").split(",")]
STARTS = 11
# Pairs of servers with the sandbox and without: what it costs is less than what one server differs from its twin.
TWINS = 5
NEIGHBOUR_CONNECTIONS = (4, 32)
# The 99th percentile of a few seconds differs by more than a factor of two from the next: the median of many is needed.
NEIGHBOUR_ROUNDS = 3 * run.ROUNDS
READ = "secret/data/bench/1"


class Server:
    """A release server in memory with a folder of engines, with the sandbox or without."""

    def __init__(self, folder, plugins=(), sandbox=True, extra=""):
        self.folder = pathlib.Path(folder)
        self.plugin_folder = self.folder / "plugins"
        self.plugin_folder.mkdir()
        for name, program in plugins:
            shutil.copy(run.BIN / program, self.plugin_folder / f"coffer-plugin-{name}")
        off = "" if sandbox else "disable_plugin_sandbox = true\n"
        (self.folder / "config.hcl").write_text(
            f'storage "inmem" {{}}\nplugin_directory = "{self.plugin_folder}"\n{off}{extra}'
            'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n')
        log = open(self.folder / "server.log", "w")
        # A session of its own, as a service has one: the kernel shares processors between sessions.
        self.process = subprocess.Popen(
            [run.BIN / "coffer", "server", f"-config={self.folder}/config.hcl"], stdout=subprocess.PIPE, stderr=log,
            text=True, env={"PATH": os.environ["PATH"], "HOME": str(folder)}, start_new_session=True)
        self.address = None
        for line in self.process.stdout:
            found = re.search(r"Api Address: (\S+)", line)
            if found:
                self.address = found[1]
            if "server started" in line:
                break
        if not self.address:
            sys.exit(f"the server did not start; see {log.name}")
        keys = run.call(self.address, None, "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        run.call(self.address, None, "PUT", "sys/unseal", {"key": keys["keys"][0]})
        self.token = keys["root_token"]
        for name, program in plugins:
            self.register(name, program)
        self.mount("secret", "kv", version="2")
        self.call("POST", READ, run.SECRET)

    def call(self, method, path, body=None):
        return run.call(self.address, self.token, method, path, body)

    def register(self, name, program):
        digest = hashlib.sha256((run.BIN / program).read_bytes()).hexdigest()
        self.call("POST", f"sys/plugins/catalog/secret/{name}",
                  {"sha256": digest, "command": f"coffer-plugin-{name}"})

    def mount(self, path, kind, **options):
        self.call("POST", f"sys/mounts/{path}", {"type": kind, "options": options})

    def status(self):
        return self.call("GET", "sys/plugins/status")["data"]["plugins"]

    def pid(self, name):
        return next(one["pid"] for one in self.status() if one["name"] == name)

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


def before_others():
    """Clients are on machines of their own: an engine that takes the processors does not take theirs."""
    os.setsid()
    set_session_priority(-10)


def set_session_priority(priority):
    try:
        pathlib.Path("/proc/self/autogroup").write_text(str(priority))
    except OSError:
        pass


def drive(server, path, connections, seconds=run.SECONDS):
    text = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H",
         f"X-Vault-Token: {server.token}", f"{server.address}/v1/{path}"],
        check=True, text=True, capture_output=True, preexec_fn=before_others).stdout
    if "Non-2xx" in text:
        sys.exit(f"{path}: the server answered with errors\n{text}")
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "count": int(re.search(r"(\d+) requests in", text)[1]),
        "p50": run.milliseconds(re.search(r"^\s+50%\s+(\S+)", text, re.M)[1]),
        "p99": run.milliseconds(re.search(r"^\s+99%\s+(\S+)", text, re.M)[1]),
    }


def measure(server, path, connections):
    kv = server.pid("kv")
    before = run.cpu_seconds(server.process.pid), run.cpu_seconds(kv)
    found = drive(server, path, connections, seconds=max(1, run.SECONDS // 2))
    found["core"] = (run.cpu_seconds(server.process.pid) - before[0]) * 1e6 / found["count"]
    found["plugin"] = (run.cpu_seconds(kv) - before[1]) * 1e6 / found["count"]
    found["cpu"] = found["core"] + found["plugin"]
    return found


def calls(servers):
    """KV reads and, for what a request costs without a call, token look-ups; in turn on all servers."""
    figures, costs = {}, {}
    for connections in (1, 32):
        for path in (READ, "auth/token/lookup-self"):
            runs = {name: [] for name in servers}
            for number in range(run.ROUNDS * TWINS):
                # One after the other, each first in its turn, since the machine is not always as fast.
                for name in sorted(servers, reverse=number % 2 == 1):
                    runs[name].append(measure(servers[name][number % TWINS], path, connections))
            for name in servers:
                figures[name, path, connections] = run.median(runs[name])
            if path == READ:
                pairs = zip(*(runs[name] for name in servers))
                costs[connections] = statistics.median(ours["cpu"] / bare["cpu"] for ours, bare in pairs) - 1
    return figures, costs


def start_milliseconds(folder, sandbox):
    """From a request that finds no process to its answer."""
    server = Server(folder, sandbox=sandbox, extra='plugin_idle_timeout = "1s"\n')
    try:
        found = []
        connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=30)
        for _ in range(STARTS):
            while any(one["pid"] for one in server.status()):
                time.sleep(0.1)
            began = time.monotonic()
            connection.request("GET", f"/v1/{READ}", headers={"X-Vault-Token": server.token})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            found.append((time.monotonic() - began) * 1000)
        return statistics.median(found)
    finally:
        server.stop()


def own_kilobytes(pid):
    """What the process takes for itself, and what it shares with others in parts."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return tuple(int(re.search(rf"^{name}:\s+(\d+)", text, re.M)[1]) for name in ("Rss", "Pss"))


def memory(folder):
    most = max(COUNTS)
    names = [f"copy{number}" for number in range(most)]
    server = Server(folder, [(name, "coffer-plugin-kv") for name in names])
    rows, running = [], 0
    try:
        first = run.resident_megabytes(server.process.pid)
        for count in COUNTS:
            for name in names[running:count]:
                server.mount(name, name, version="2")
                server.call("POST", f"{name}/data/bench", run.SECRET)
            running = count
            pids = [one["pid"] for one in server.status() if one["name"].startswith("copy") and one["pid"]]
            assert len(pids) == count
            sizes = [own_kilobytes(pid) for pid in pids]
            rss, pss = (sum(size[index] for size in sizes) / count / 1024 for index in (0, 1))
            core = (run.resident_megabytes(server.process.pid) - first) / count
            rows.append(f"| {count} | {rss:.1f} | {pss:.1f} | {core:.2f} |")
        return rows
    finally:
        server.stop()


def harm(server, script):
    """A client of a bad neighbour, until it is ended: one that takes next to no time of its own."""
    def behind_others():
        os.setsid()
        set_session_priority(19)

    return subprocess.Popen(
        ["wrk", "-t1", "-c1", "-d1h", "--timeout=60s", "-s", run.ROOT / "Benchmarks" / script, "-H",
         f"X-Vault-Token: {server.token}", server.address],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=behind_others)


def neighbours(folder):
    """The KV engine's latency alone, and while two other engines do their worst."""
    server = Server(folder, [("hostile", "TestPlugin"), ("raw", "TestPlugin")])
    clients = []
    try:
        server.mount("hostile", "hostile")
        server.mount("raw", "raw")
        found = {name: {count: [] for count in NEIGHBOUR_CONNECTIONS} for name in ("quiet", "bad")}
        for _ in range(NEIGHBOUR_ROUNDS):
            for name, scripts in (("quiet", ()), ("bad", ("hog.lua", "crash.lua"))):
                clients = [harm(server, script) for script in scripts]
                # Reads go on all the time, as a client's do; the second in which they find a new neighbour is left out.
                drive(server, READ, NEIGHBOUR_CONNECTIONS[0], seconds=1)
                for count in NEIGHBOUR_CONNECTIONS:
                    found[name][count].append(drive(server, READ, count))
                end(clients)
            time.sleep(1.5)
        ends = {one["name"]: one for one in server.status()}
        medians = [{count: run.median(runs) for count, runs in each.items()} for each in found.values()]
        return *medians, ends
    finally:
        end(clients)
        server.stop()


def end(clients):
    for client in clients:
        client.terminate()
        client.wait()
    clients.clear()


def processes(folder):
    servers = {
        name: [Server(folder(f"{name}-{place}"), sandbox=name != "without") for place in range(TWINS)]
        for name in ("in its sandbox", "without")}
    try:
        state = servers["in its sandbox"][0].status()[0]["sandbox"]
        figures, costs = calls(servers)
    finally:
        for twins in servers.values():
            for server in twins:
                server.stop()
    starts = {name: start_milliseconds(folder(f"start-{name}"), name == "with") for name in ("with", "without")}
    rows = memory(folder("memory"))
    lines = [
        f"Written by `Benchmarks/plugins.py`. The sandbox is {state}. A call is what a KV read takes of processor time on both",
        "ends more than a token look-up, which the core answers itself.", "",
        "| KV v2 read | connections | requests/s | p50 ms | p99 ms | core µs CPU | plugin µs CPU | call µs CPU |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for connections in (1, 32):
        for name in servers:
            read = figures[name, READ, connections]
            call = read["cpu"] - figures[name, "auth/token/lookup-self", connections]["cpu"]
            lines.append(
                f"| {name} | {connections} | {read['rate']:,.0f} | {read['p50']:.2f} | {read['p99']:.2f} | "
                f"{read['core']:.1f} | {read['plugin']:.1f} | {call:.1f} |")
    lines += [
        "", f"The sandbox costs {costs[1]:+.1%} of processor time at 1 connection and {costs[32]:+.1%} at 32 (to reach: under 3%).",
        f"A request that finds no process is answered after {starts['with']:.0f} ms, without a sandbox after "
        f"{starts['without']:.0f} ms.", "",
        "| processes | RSS MB each | of it own, shared ones in parts (PSS) | core MB more for each |", "| --- | --- | --- | --- |", *rows,
    ]
    results.write_section("Engine processes", lines)


def bad_neighbours(folder):
    quiet, bad, ends = neighbours(folder("neighbours"))
    lines = [
        "Written by `Benchmarks/plugins.py`. KV reads while an engine on another mount spins on every thread it gets, takes",
        f"memory and floods the log, and a third breaks the protocol and is started again ({ends['raw']['restarts']} times). The load",
        "generator goes before all of them, as one on another machine would, and the bad neighbours' clients after all.",
        f"Medians of {NEIGHBOUR_ROUNDS} runs of {run.SECONDS} s in turn:", "",
        "| connections | | requests/s | p50 ms | p99 ms | p99 to alone (to reach: under 2) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for count in NEIGHBOUR_CONNECTIONS:
        for name, found in (("alone", quiet[count]), ("beside them", bad[count])):
            ratio = "" if found is quiet[count] else f"{found['p99'] / quiet[count]['p99']:.2f}"
            lines.append(
                f"| {count} | {name} | {found['rate']:,.0f} | {found['p50']:.2f} | {found['p99']:.2f} | {ratio} |")
    results.write_section("Bad neighbours", lines)


PARTS = {"processes": processes, "neighbours": bad_neighbours}


def main():
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as root:
        def folder(name):
            path = pathlib.Path(root) / name
            path.mkdir()
            return path

        os.chmod(root, 0o755)
        for part in os.environ.get("BENCH_PARTS", ",".join(PARTS)).split(","):
            PARTS[part](folder)


if __name__ == "__main__":
    main()
