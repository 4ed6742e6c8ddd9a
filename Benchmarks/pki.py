#!/usr/bin/env python3
"""Measures the PKI engine on the release server in memory: issuing, signing, OCSP, and what many certificates cost.

BENCH_CERTIFICATES is how many are stored and revoked (100 000); each is issued and revoked by a request of its own.
Its figures replace the section "PKI" of Benchmarks/RESULTS.md.
"""

import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import urllib.parse

import results
import run

CERTIFICATES = int(os.environ.get("BENCH_CERTIFICATES", "100000"))
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
    """Name, path, body (None for GET), figure to reach."""
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-subj", "/CN=a.example.com", "-out", folder / "a.csr")
    name = {"common_name": "a.example.com"}
    return [
        ("issue EC P-256, unstored", "pki/issue/unstored", name, 5_000),
        ("issue EC P-256, stored", "pki/issue/stored", name, None),
        ("issue EC P-256, leased", "pki/issue/leased", name, None),
        ("issue RSA-2048, unstored", "pki/issue/rsa", name, None),
        ("sign a CSR, unstored", "pki/sign/unstored", {"csr": (folder / "a.csr").read_text(), **name}, None),
        ("OCSP", question(server, folder), None, 15_000),
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


def many(server, process):
    """What many certificates cost: lines of the table."""
    client = Client()

    def end(_):
        serial = client.post(server, "pki/issue/stored", {"common_name": "a.example.com"})["serial_number"]
        client.post(server, "pki/revoke", {"serial_number": serial})

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for _ in pool.map(end, range(CERTIFICATES), chunksize=1000):
            pass
    lines = [f"| stored and revoked | {CERTIFICATES:,} |"]
    core, plugins = process.pids()
    lines.append(f"| memory of the core, of the engine | {run.resident_megabytes(core):.0f} MB, "
                 f"{sum(map(run.resident_megabytes, plugins)):.0f} MB |")

    def timed(name, method, path, body=None):
        start = time.monotonic()
        run.call(*server, method, path, body)
        lines.append(f"| {name} | {(time.monotonic() - start) * 1000:.0f} ms |")

    # Others go on while a list is made.
    worst = []
    done = threading.Event()

    def issue():
        while not done.is_set():
            start = time.monotonic()
            client.post(server, "pki/issue/unstored", {"common_name": "a.example.com"})
            worst.append(time.monotonic() - start)

    other = threading.Thread(target=issue)
    other.start()
    timed("a list of all of them", "GET", "pki/crl/rotate")
    done.set()
    other.join()
    lines.append(f"| the slowest issue meanwhile, of {len(worst)} | {max(worst) * 1000:.0f} ms |")
    timed("a page of 1 000 names", "LIST", "pki/certs?limit=1000")
    timed("a tidy that finds nothing to remove", "POST", "pki/tidy",
          {"tidy_cert_store": True, "tidy_revoked_certs": True})
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
            for title, path, body, goal in work(server, folder):
                if body is not None:
                    (folder / "body.json").write_text(json.dumps(body))
                    os.environ["BENCH_BODY"] = str(folder / "body.json")
                figure = run.median([
                    run.measure(process, path, "post.lua" if body is not None else None) for _ in range(run.ROUNDS)])
                lines.append(
                    f"| {title} | {figure['rate']:,.0f} | {f'{goal:,}' if goal else ''} | {figure['p50']:.2f} "
                    f"| {figure['p99']:.2f} | {figure['core']:.1f} | {figure['plugin']:.1f} |")
                print(lines[-1], flush=True)
            lines += ["", "| with many certificates | |", "| --- | --- |", *many(server, process)]
        finally:
            process.stop()
    results.write_section("PKI", [
        "Written by `Benchmarks/pki.py`: in memory, the load generator on the same cores.", "", *lines])


if __name__ == "__main__":
    main()
