#!/usr/bin/env python3
"""Measures a great many namespaces on the release server with LMDB storage.

Creates BENCH_NAMESPACES namespaces (1,000) with a KV mount and one secret each, and measures how long that
takes, what one takes in memory while its engine has no process, how long a restarted server takes to unseal
and to list them, and a KV read in one of them. Its figures replace the section "Namespaces" of
Benchmarks/RESULTS.md.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import statistics
import tempfile
import time

import results
import run
from leases import Server

NAMESPACES = int(os.environ.get("BENCH_NAMESPACES", "1000"))


class Client:
    """One connection; requests go to a namespace by header."""

    def __init__(self, server):
        self.token = server.token
        self.connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=60)

    def call(self, method, path, body=None, namespace=""):
        headers = {"X-Vault-Token": self.token}
        if namespace:
            headers["X-Vault-Namespace"] = namespace
        self.connection.request(method, f"/v1/{path}", json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} in {namespace or 'root'}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None


def resident_kilobytes(pid):
    """The process's own memory, without the pages of LMDB's file."""
    return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def processes(server):
    children = pathlib.Path(f"/proc/{server.process.pid}/task").glob("*/children")
    return len({pid for file in children for pid in file.read_text().split()})


def timed(body):
    started = time.monotonic()
    value = body()
    return value, (time.monotonic() - started) * 1000


def main():
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as folder:
        server = Server(folder)
        try:
            client = Client(server)
            names = [f"tenant-{number}" for number in range(NAMESPACES)]
            bare, _ = restart(server)
            client = Client(server)
            before = resident_kilobytes(server.process.pid)
            _, made = timed(lambda: [client.call("POST", f"sys/namespaces/{name}", {}) for name in names])
            _, mounted = timed(lambda: [
                client.call("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}}, name)
                for name in names])
            created = resident_kilobytes(server.process.pid)
            at_work = processes(server)
            unsealed, ending = restart(server)
            client = Client(server)
            idle = resident_kilobytes(server.process.pid)
            left = processes(server)
            listed, listing = timed(lambda: client.call("LIST", "sys/namespaces"))
            assert len(listed["data"]["keys"]) == NAMESPACES
            _, seen = timed(lambda: [client.call("GET", "sys/mounts", None, name) for name in names])
            loaded = resident_kilobytes(server.process.pid)
            _, first = timed(lambda: client.call("POST", "secret/data/x", {"data": {"a": 1}}, names[7]))
            reads = [timed(lambda: client.call("GET", "secret/data/x", None, names[7]))[1] for _ in range(5000)]
            client.call("POST", "secret/data/x", {"data": {"a": 1}})
            root = [timed(lambda: client.call("GET", "secret/data/x"))[1] for _ in range(5000)]
        finally:
            server.process.terminate()
            server.process.wait(120)
    results.write_section("Namespaces", [
        "Written by `Benchmarks/namespaces.py`: one connection, each request after the answer to the last, every",
        "change durable. Memory is the process's own, without the pages of LMDB's file.", "",
        "| what | figure | to reach |", "| --- | --- | --- |",
        f"| namespaces created | {NAMESPACES:,}, {made / NAMESPACES:.2f} ms each | |",
        f"| a KV mount in each | {mounted / NAMESPACES:.2f} ms each, {at_work} plugin processes then | |",
        f"| memory of one, after that | {(created - before) / NAMESPACES:.1f} KB | |",
        f"| end of the server with its {at_work} plugin processes | {ending:.0f} ms | |",
        f"| start and unseal without them | {bare:.0f} ms | |",
        f"| start and unseal with them | {unsealed:.0f} ms, {left} plugin processes | "
        "500 ms more than without |",
        f"| memory of one, idle after the restart | {(idle - before) / NAMESPACES:.1f} KB | |",
        f"| memory of one, after a request to each | {(loaded - before) / NAMESPACES:.1f} KB | 30 KB |",
        f"| list all of them | {listing:.1f} ms | |",
        f"| first request to each (`GET sys/mounts`) | {seen / NAMESPACES:.2f} ms | |",
        f"| first write in one, which starts its engine | {first:.0f} ms | |",
        f"| KV read in a namespace, p50 (in root) | {statistics.median(reads):.3f} ms "
        f"({statistics.median(root):.3f} ms) | |",
    ])


def restart(server):
    """Milliseconds of start and unsealing until a request is served, and of the end before it."""
    _, ending = timed(lambda: server.end(signal.SIGTERM))
    began = time.monotonic()
    server.start()
    server.unseal()
    server.call("GET", "sys/mounts")
    return (time.monotonic() - began) * 1000, ending


if __name__ == "__main__":
    main()
