#!/usr/bin/env python3
"""Measures the transit engine on the release server in memory, beside `openssl speed` on the same machine.

PEER_ADDR and PEER_TOKEN name another Vault-compatible server with transit at transit/; it is driven in turn
with the same requests. Its figures replace the section "Transit" of Benchmarks/RESULTS.md.
"""

import base64
import json
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time
import urllib.error

import results
import run

KEYS = {"aes": "aes256-gcm96", "ed": "ed25519", "p256": "ecdsa-p256", "rsa": "rsa-2048"}
INPUT = base64.b64encode(b"x" * 44).decode()
# Enough that no processor waits while a signature is made.
CONNECTIONS = 64
# By key: what `openssl speed` calls it, and its name in the table.
SIGNING = {"ed": ("ed25519", "Ed25519"), "p256": ("ecdsap256", "ECDSA P-256"), "rsa": ("rsa2048", "RSA-2048")}


def work(server):
    """Name, path, body, items in a request, figure to reach (items a second)."""
    def answer(path, body):
        return run.call(*server, "POST", path, body)["data"]

    def plain(size):
        return {"plaintext": base64.b64encode(os.urandom(size)).decode()}

    rows = []
    for size, goal in ((44, 45_000), (4096, None), (262_144, None)):
        rows.append((f"encrypt {size} bytes", "transit/encrypt/aes", plain(size), 1, goal))
        sealed = answer("transit/encrypt/aes", plain(size))["ciphertext"]
        rows.append((f"decrypt {size} bytes", "transit/decrypt/aes", {"ciphertext": sealed}, 1, None))
    for count, goal in ((100, 600_000), (1000, None)):
        items = {"batch_input": [plain(44) for _ in range(count)]}
        rows.append((f"encrypt {count} × 44 bytes", "transit/encrypt/aes", items, count, goal))
        sealed = {"batch_input": answer("transit/encrypt/aes", items)["batch_results"]}
        rows.append((f"decrypt {count} × 44 bytes", "transit/decrypt/aes", sealed, count, None))
    for key, (_, name) in SIGNING.items():
        rows.append((f"sign {name}", f"transit/sign/{key}", {"input": INPUT}, 1, None))
        many = {"batch_input": [{"input": INPUT}] * 100}
        rows.append((f"sign 100 × {name}", f"transit/sign/{key}", many, 100, None))
        signature = answer(f"transit/sign/{key}", {"input": INPUT})["signature"]
        rows.append((f"verify {name}", f"transit/verify/{key}", {"input": INPUT, "signature": signature}, 1, None))
    rows.append(("HMAC", "transit/hmac/aes", {"input": INPUT}, 1, None))
    rows.append(("data key", "transit/datakey/plaintext/aes", {}, 1, None))
    return rows


def prepare(server, mounts=True):
    if mounts:
        run.call(*server, "POST", "sys/mounts/transit", {"type": "transit"})
    for name, kind in KEYS.items():
        try:
            run.call(*server, "POST", f"transit/keys/{name}", {"type": kind})
        except urllib.error.HTTPError as problem:
            problem.close()


def children_seconds():
    """Processor time of the load generators and other programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def openssl(name):
    """Signatures a second on one core."""
    text = subprocess.run(["openssl", "speed", "-seconds", "1", name], check=True, text=True,
                          capture_output=True).stdout
    return float(re.split(r"\s+", text.strip().splitlines()[-1])[-2])


def cipher_microseconds():
    """One AES-256-GCM of 44 bytes with its tag, on one core."""
    text = subprocess.run(["openssl", "speed", "-seconds", "1", "-bytes", "44", "-aead", "-evp", "aes-256-gcm"],
                          check=True, text=True, capture_output=True).stdout
    thousand_bytes = float(text.strip().splitlines()[-1].split()[-1].rstrip("k"))
    return 44_000 / thousand_bytes


def share_of_cipher(figure, items):
    whole, cipher = (figure["core"] + figure["plugin"]) / items, cipher_microseconds()
    return (f"An item of a batch of {items} takes {whole:.2f} µs of processor time in core and plugin. {cipher:.2f} µs of it,"
            f" {100 * cipher / whole:.0f} %, are AES-256-GCM, as `openssl speed` has it.")


def main():
    run.CONNECTIONS = CONNECTIONS
    with tempfile.TemporaryDirectory() as folder:
        server = run.Server("memory", folder)
        peer = run.peer_server()
        try:
            ours = (server.address, server.token)
            prepare(ours)
            if peer:
                prepare(peer, mounts=False)
            heads = ["work", "requests/s", "items/s", "to reach", "of openssl's", "server's share", "p50 ms", "p99 ms",
                     "core µs CPU/request", "plugin µs CPU/request"]
            if peer:
                heads += ["peer requests/s", "ratio"]
            alone = {f"transit/sign/{key}": name for key, (name, _) in SIGNING.items()}
            lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
            peer_rows = iter(work(peer)) if peer else None
            for name, path, body, items, goal in work(ours):
                os.environ["BENCH_BODY"] = f"{folder}/body.json"
                write_body(folder, body)
                runs, shares, left = [], [], []
                for _ in range(run.ROUNDS):
                    # In turn with openssl, since the machine is not always as fast.
                    before = openssl(alone[path]) if path in alone else None
                    clients = children_seconds()
                    began = time.monotonic()
                    runs.append(run.measure(server, path, "post.lua"))
                    clients = (children_seconds() - clients) / (time.monotonic() - began) / os.cpu_count()
                    if before:
                        both = (before + openssl(alone[path])) / 2
                        shares.append(100 * runs[-1]["rate"] * items / both)
                        left.append(shares[-1] / (1 - clients))
                figure = run.median(runs)
                if (path, items) == ("transit/encrypt/aes", 100):
                    cipher = share_of_cipher(figure, items)
                share, server_share = (f"{statistics.median(each):.0f} %" if each else "" for each in (shares, left))
                row = [name, f"{figure['rate']:,.0f}", f"{figure['rate'] * items:,.0f}", f"{goal:,}" if goal else "",
                       share, server_share, f"{figure['p50']:.2f}", f"{figure['p99']:.2f}", f"{figure['core']:.1f}",
                       f"{figure['plugin']:.1f}"]
                if peer:
                    write_body(folder, next(peer_rows)[2])
                    other = run.median([run.drive(*peer, path, "post.lua") for _ in range(run.ROUNDS)])
                    row += [f"{other['rate']:,.0f}", f"{figure['rate'] / other['rate']:.1f}×"]
                lines.append("| " + " | ".join(row) + " |")
                print(lines[-1], flush=True)
        finally:
            server.stop()
    results.write_section("Transit", [
        f"Written by `Benchmarks/transit.py`: in memory, over {CONNECTIONS} connections, the load generator on the same cores.",
        "\"Of openssl's\" is the share of what `openssl speed`, which nobody has to send anything, reaches with one core to",
        "itself before and after each run; \"server's share\" is the same had the load generator taken no processor time, as",
        "one on another machine.", cipher,
        "", *lines])


def write_body(folder, body):
    with open(f"{folder}/body.json", "w") as file:
        json.dump(body, file)


if __name__ == "__main__":
    main()
