#!/usr/bin/env python3
"""Measures the PKI engine on the release server: issuing, signing, OCSP, and what many certificates cost.

BENCH_REVOKED certificates (100,000) are issued and revoked by a request each, in memory, and put on a list;
BENCH_CERTIFICATES (1,000,000) are issued and stored on LMDB, listed in pages and looked at by a tidy, while
others go on issuing. Its figures replace the section "PKI" of Benchmarks/RESULTS.md.
"""

import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse

import results
import run

REVOKED = int(os.environ.get("BENCH_REVOKED", "100000"))
CERTIFICATES = int(os.environ.get("BENCH_CERTIFICATES", "1000000"))
# Two processors make a few keys of RSA a second, so a run has to be longer for a figure.
RSA_SECONDS = 10
CLIENTS = 8
ROLES = {
    "stored": {}, "unstored": {"no_store": True}, "leased": {"generate_lease": True},
    "rsa": {"key_type": "rsa", "no_store": True},
}


def prepare(server):
    run.call(*server, "POST", "sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    run.call(*server, "POST", "pki/root/generate/internal",
             {"common_name": "Root", "key_type": "ec", "ttl": "87600h"})
    for name, more in ROLES.items():
        run.call(*server, "POST", f"pki/roles/{name}", {
            "allowed_domains": "example.com", "allow_subdomains": True, "key_type": "ec", "ttl": "24h", **more})


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


def question(server, folder):
    """An OCSP request in a path."""
    made = run.call(*server, "POST", "pki/issue/stored", {"common_name": "a.example.com"})["data"]
    (folder / "leaf.pem").write_text(made["certificate"])
    (folder / "ca.pem").write_text(made["issuing_ca"])
    openssl("ocsp", "-issuer", folder / "ca.pem", "-cert", folder / "leaf.pem", "-no_nonce", "-reqout",
            folder / "question.der")
    text = base64.b64encode((folder / "question.der").read_bytes()).decode()
    return "pki/ocsp/" + urllib.parse.quote(text, safe="")


def work(server, folder):
    """Name, path, body (None for GET), figure to reach, and the least seconds of a run."""
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-subj", "/CN=a.example.com", "-out", folder / "a.csr")
    name = {"common_name": "a.example.com"}
    return [
        ("issue EC P-256, unstored", "pki/issue/unstored", name, 5_000, 0),
        ("issue EC P-256, stored", "pki/issue/stored", name, None, 0),
        ("issue EC P-256, leased", "pki/issue/leased", name, None, 0),
        ("sign a CSR, unstored", "pki/sign/unstored", {"csr": (folder / "a.csr").read_text(), **name}, None, 0),
        ("OCSP", question(server, folder), None, 15_000, 0),
        # The last one: keys that nobody waits for any more are made to their end all the same.
        ("issue RSA-2048, unstored", "pki/issue/rsa", name, None, RSA_SECONDS),
    ]


class Client(threading.local):
    """A connection for each thread."""

    connection = None

    def post(self, server, path, body):
        address, token = server
        if self.connection is None:
            self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc)
        self.connection.request("POST", f"/v1/{path}", json.dumps(body), {"X-Vault-Token": token})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text)["data"]


def timed(body):
    """Milliseconds, and what came of it."""
    start = time.monotonic()
    found = body()
    return (time.monotonic() - start) * 1000, found


class Meanwhile:
    """One client that issues, one certificate after the other, while something else is done."""

    def __init__(self, server):
        self.server, self.done, self.milliseconds = server, threading.Event(), []
        self.thread = threading.Thread(target=self.issue)

    def issue(self):
        client = Client()
        while not self.done.is_set():
            took, _ = timed(lambda: client.post(self.server, "pki/issue/unstored", {"common_name": "a.example.com"}))
            self.milliseconds.append(took)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.done.set()
        self.thread.join()

    def __str__(self):
        found = sorted(self.milliseconds)
        return f"p50 {found[len(found) // 2]:.1f} ms, longest {found[-1]:.0f} ms of {len(found):,}"


def revoked(server):
    """What a list of many revoked certificates costs: lines of the table."""
    client = Client()

    def end(_):
        serial = client.post(server, "pki/issue/stored", {"common_name": "a.example.com"})["serial_number"]
        client.post(server, "pki/revoke", {"serial_number": serial})

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for _ in pool.map(end, range(REVOKED), chunksize=1000):
            pass
    with Meanwhile(server) as others:
        took, _ = timed(lambda: run.call(*server, "GET", "pki/crl/rotate"))
    return [f"| revoked, in memory | {REVOKED:,} |", f"| a list of all of them | {took:.0f} ms |",
            f"| issuing meanwhile | {others} |"]


def memory(process):
    """What the core and the engine have of their own, and what the core has of LMDB's file."""
    core, plugins = process.pids()

    def kilobytes(pid, name):
        return int(re.search(rf"{name}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])

    engines = sum(kilobytes(pid, "RssAnon") for pid in plugins)
    return (f"{kilobytes(core, 'RssAnon') / 1024:.0f} MB, {engines / 1024:.0f} MB; "
            f"{kilobytes(core, 'RssFile') / 1024:.0f} MB mapped")


def fill(process):
    """Certificates a second, until there are as many as are wanted."""
    made, started = 0, time.monotonic()
    while made < CERTIFICATES:
        rate = made / (time.monotonic() - started) if made else 5_000
        seconds = max(1, min(20, int((CERTIFICATES - made) / rate)))
        made += run.drive(process.address, process.token, "pki/issue/stored", "post.lua", seconds)["count"]
        print(f"{made:,} certificates", flush=True)
    return made, made / (time.monotonic() - started)


def pages(server):
    """Milliseconds of all pages of a thousand names, one after the other."""
    found, after, names = [], "", 0
    while True:
        query = urllib.parse.urlencode({"limit": 1000, "after": after})
        try:
            took, answer = timed(lambda: run.call(*server, "LIST", f"pki/certs?{query}"))
        except urllib.error.HTTPError as failure:
            assert failure.code == 404
            return sorted(found), names
        keys = answer["data"]["keys"]
        after, names = keys[-1], names + len(keys)
        found.append(took)


def whole(server):
    """A list without pages: what is answered, and how soon."""
    def ask():
        try:
            return f"{len(run.call(*server, 'LIST', 'pki/certs')['data']['keys']):,} names"
        except urllib.error.HTTPError as failure:
            return f"{failure.code}: {json.loads(failure.read())['errors'][0]}"

    took, said = timed(ask)
    return f"{took:.0f} ms, {said}"


def tidy(server):
    """Returns when no tidy runs any more."""
    run.call(*server, "POST", "pki/tidy", {"tidy_cert_store": True, "tidy_revoked_certs": True})
    while run.call(*server, "GET", "pki/tidy-status")["data"]["state"] == "Running":
        time.sleep(0.05)


def stored(process):
    """What many stored certificates cost: lines of the table."""
    server = (process.address, process.token)
    lines = [f"| before: memory of the core, of the engine | {memory(process)} |"]
    made, rate = fill(process)
    lines.append(f"| stored, on LMDB | {made:,}, {rate:,.0f} a second, each durable |")
    lines.append(f"| memory of the core, of the engine | {memory(process)} |")
    took, names = pages(server)
    lines.append(f"| {names:,} names in pages of 1 000 | p50 {took[len(took) // 2]:.1f} ms, longest {took[-1]:.0f} ms |")
    lines.append(f"| a list without pages | {whole(server)} |")
    with Meanwhile(server) as others:
        took, _ = timed(lambda: tidy(server))
    lines.append(f"| a tidy that looks at all and finds nothing to remove | {took / 1000:.1f} s |")
    lines.append(f"| issuing meanwhile | {others} |")
    lines.append(f"| memory after that | {memory(process)} |")
    return lines


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        process = run.Server("memory", name)
        try:
            server = (process.address, process.token)
            prepare(server)
            lines = ["| work | requests/s | to reach | p50 ms | p99 ms | core µs CPU/request | engine µs CPU/request |",
                     "| --- | --- | --- | --- | --- | --- | --- |"]
            for title, path, body, goal, seconds in work(server, folder):
                if body is not None:
                    (folder / "body.json").write_text(json.dumps(body))
                    os.environ["BENCH_BODY"] = str(folder / "body.json")
                figure = run.median([
                    run.measure(
                        process, path, "post.lua" if body is not None else None, max(seconds, run.SECONDS))
                    for _ in range(1 if seconds else run.ROUNDS)])
                rate = f"{figure['rate']:,.{0 if figure['rate'] >= 100 else 1}f}"
                lines.append(
                    f"| {title} | {rate} | {f'{goal:,}' if goal else ''} | {figure['p50']:.2f} "
                    f"| {figure['p99']:.2f} | {figure['core']:.1f} | {figure['plugin']:.1f} |")
                print(lines[-1], flush=True)
            lines += ["", "| with many certificates | |", "| --- | --- |", *revoked(server)]
        finally:
            process.stop()
    with tempfile.TemporaryDirectory() as name:
        process = run.Server("LMDB", name)
        try:
            prepare((process.address, process.token))
            body = pathlib.Path(name) / "body.json"
            body.write_text(json.dumps({"common_name": "a.example.com"}))
            os.environ["BENCH_BODY"] = str(body)
            lines += stored(process)
        finally:
            process.stop()
    results.write_section("PKI", [
        "Written by `Benchmarks/pki.py`: in memory where nothing else is said, the load generator on the same cores.",
        "", *lines])


if __name__ == "__main__":
    main()
