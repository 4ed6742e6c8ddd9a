#!/usr/bin/env python3
"""Measures Kubernetes logins on the release server, against an API server that answers each TokenReview at once.

That API server is nginx with one answer for everything, over TLS: what is measured is Coffer's share, and not a cluster's.
Its figures replace the section "Kubernetes logins" of Benchmarks/RESULTS.md.
"""

import base64
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import logins
import results
import run

ANSWER = {
    "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1",
    "status": {"authenticated": True, "user": {
        "username": "system:serviceaccount:bench:app", "uid": "5c9bd0f1-0f7d-4c3a-8d39-2f4f2a1f3c11",
        "groups": ["system:serviceaccounts", "system:serviceaccounts:bench"]}}}


class APIServer:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "cluster"
        self.folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.certificate = self.folder / "cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=cluster", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "key.pem",
             "-out", self.certificate], check=True, capture_output=True)
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/error.log;
            events {{ worker_connections 512; }}
            http {{
                access_log off; keepalive_requests 100000000; default_type application/json;
                client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
                fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi;
                scgi_temp_path {self.folder}/scgi;
                server {{
                    listen 127.0.0.1:{self.port} ssl; ssl_certificate {self.certificate};
                    ssl_certificate_key {self.folder}/key.pem;
                    location / {{ return 201 '{json.dumps(ANSWER)}'; }}
                }}
            }}""")
        self.process = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"])
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def token():
    """As long as a cluster's, and with a signature that nobody here looks at."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {
        "iss": "https://kubernetes.default.svc.cluster.local", "sub": "system:serviceaccount:bench:app",
        "aud": ["https://kubernetes.default.svc.cluster.local"], "exp": int(time.time()) + 86_400,
        "kubernetes.io": {
            "namespace": "bench", "serviceaccount": {"name": "app", "uid": ANSWER["status"]["user"]["uid"]},
            "pod": {"name": "app-5d4f8c7b9-x2x7k", "uid": "9f0f8a52-6f0f-4c35-a3a6-0d9a3b6f6a9e"}}}
    signature = base64.urlsafe_b64encode(os.urandom(256)).rstrip(b"=").decode()
    return ".".join([part({"alg": "RS256", "kid": "bench"}), part(claims), signature])


def prepare(server, cluster):
    def post(path, body):
        return run.call(server.address, server.token, "POST", path, body)

    post("sys/auth/kubernetes", {"type": "kubernetes"})
    post("auth/kubernetes/config", {
        "kubernetes_host": f"https://127.0.0.1:{cluster.port}", "kubernetes_ca_cert": cluster.certificate.read_text(),
        "token_reviewer_jwt": "reviewer"})
    for role, kind in (("service", "service"), ("batch", "batch")):
        post(f"auth/kubernetes/role/{role}", {
            "bound_service_account_names": "app", "bound_service_account_namespaces": "bench", "policies": "default",
            "ttl": "10m", "token_type": kind})


def main():
    heads = ["storage", "login", "logins/s", "p50 ms", "p99 ms", "core µs CPU/login", "plugin µs CPU/login"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for storage in run.STORAGES:
        with tempfile.TemporaryDirectory() as folder:
            cluster, server = APIServer(folder), run.Server(storage, folder)
            try:
                prepare(server, cluster)
                for name, role in (("service token", "service"), ("batch token", "batch")):
                    body = {"role": role, "jwt": token()}
                    figure = logins.measure(
                        folder, [body], lambda: run.measure(server, "auth/kubernetes/login", "post.lua"))
                    lines.append(
                        f"| {storage} | {name} | {figure['rate']:,.0f} | {figure['p50']:.2f} | {figure['p99']:.2f} "
                        f"| {figure['core']:.1f} | {figure['plugin']:.1f} |")
                    print(lines[-1], flush=True)
            finally:
                server.stop()
                cluster.stop()
    results.write_section("Kubernetes logins", [
        "Written by `Benchmarks/kubernetes.py`: each login is a TokenReview over a TLS connection that is kept, which nginx",
        "answers at once, on the same cores as server and load generator.", "", *lines])


if __name__ == "__main__":
    main()
