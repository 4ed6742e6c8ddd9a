"""The part of a Kubernetes API server that logins need, over TLS: TokenReview, namespaces, service accounts.

It does what the documentation of the API says: tokens are signed with RSA, end, are made out for audiences, and belong to
service accounts that can be deleted; who may review tokens is asked of whoever asks. `misbehave` makes it do anything else.
"""

import json
import secrets
import ssl
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from support.certificates import Authority

API_AUDIENCE = "https://kubernetes.default.svc.cluster.local"
PREFIX = "system:serviceaccount:"


class Cluster:
    def __init__(self, folder, certificate=None):
        self.authority = Authority(folder, "cluster authority")
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.accounts = {}
        self.namespaces = {}
        self.reviewers = set()
        self.requests = []
        self.misbehaviour = None
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.cluster = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(certificate or self.authority.issue("apiserver")))
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server.server_address[1]}"

    @property
    def ca(self):
        return self.authority.file.read_text()

    # What people do with kubectl

    def account(self, namespace, name, reviewer=False, **annotations):
        self.namespaces.setdefault(namespace, {})
        self.accounts[namespace, name] = {"uid": str(uuid.uuid4()), "annotations": annotations}
        if reviewer:
            self.reviewers.add((namespace, name))
        return self.accounts[namespace, name]["uid"]

    def token(self, namespace, name, audiences=(API_AUDIENCE,), seconds=3600, key=None, **claims):
        """As the kubelet projects it into a pod."""
        now = int(time.time())
        uid = self.accounts.get((namespace, name), {}).get("uid", str(uuid.uuid4()))
        body = {
            "iss": "https://kubernetes.default.svc.cluster.local", "sub": f"{PREFIX}{namespace}:{name}",
            "aud": list(audiences), "iat": now, "nbf": now, "exp": now + seconds, "jti": secrets.token_hex(8),
            "kubernetes.io": {
                "namespace": namespace, "serviceaccount": {"name": name, "uid": uid},
                "pod": {"name": f"{name}-1", "uid": str(uuid.uuid4())}},
            **claims}
        return jwt.encode(body, key or self.key, algorithm="RS256", headers={"kid": "cluster"})

    # What the API server knows

    def who(self, token, audiences):
        """User and audiences of a token, or why it is not good."""
        try:
            claims = jwt.decode(token, self.key.public_key(), algorithms=["RS256"], audience=audiences)
        except jwt.InvalidTokenError as problem:
            return None, f"[invalid bearer token, {problem}]"
        account = claims["kubernetes.io"]
        namespace, name = account["namespace"], account["serviceaccount"]["name"]
        known = self.accounts.get((namespace, name))
        if known is None or known["uid"] != account["serviceaccount"]["uid"]:
            return None, "[invalid bearer token, service account has been deleted]"
        return (namespace, name, [a for a in claims["aud"] if a in audiences]), None

    @contextmanager
    def misbehaving(self, what):
        """`what` is given the handler of each request and answers it, or not."""
        self.misbehaviour = what
        try:
            yield self
        finally:
            self.misbehaviour = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    @property
    def cluster(self):
        return self.server.cluster

    def do_GET(self):
        self.handle_one()

    def do_POST(self):
        self.handle_one()

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.cluster.requests.append((self.command, self.path, dict(self.headers), body))
        if self.cluster.misbehaviour:
            return self.cluster.misbehaviour(self)
        asking, problem = self.cluster.who(
            self.headers.get("Authorization", "").removeprefix("Bearer "), [API_AUDIENCE])
        if asking is None:
            return self.refuse(401, "Unauthorized")
        if asking[:2] not in self.cluster.reviewers:
            user = f"{PREFIX}{asking[0]}:{asking[1]}"
            return self.refuse(403, f'User "{user}" cannot do this at the cluster scope')
        parts = self.path.strip("/").split("/")
        if self.path == "/apis/authentication.k8s.io/v1/tokenreviews" and self.command == "POST":
            return self.review(json.loads(body))
        if parts[:3] == ["api", "v1", "namespaces"] and len(parts) == 4 and parts[3] in self.cluster.namespaces:
            metadata = {"name": parts[3], "labels": self.cluster.namespaces[parts[3]]}
            return self.answer(200, {"kind": "Namespace", "apiVersion": "v1", "metadata": metadata})
        if parts[:3] == ["api", "v1", "namespaces"] and len(parts) == 6 and parts[4] == "serviceaccounts":
            account = self.cluster.accounts.get((parts[3], parts[5]))
            if account:
                metadata = {"name": parts[5], "namespace": parts[3], **account}
                return self.answer(200, {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata})
        return self.refuse(404, "the server could not find the requested resource")

    def review(self, review):
        spec = review["spec"]
        user, problem = self.cluster.who(spec["token"], spec.get("audiences") or [API_AUDIENCE])
        status = {"user": {}, "error": problem}
        if user:
            namespace, name, audiences = user
            status = {
                "authenticated": True, "audiences": audiences,
                "user": {
                    "username": f"{PREFIX}{namespace}:{name}",
                    "uid": self.cluster.accounts[namespace, name]["uid"],
                    "groups": ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]}}
        self.answer(201, {**review, "metadata": {"creationTimestamp": None}, "status": status})

    def refuse(self, code, message):
        self.answer(code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})

    def answer(self, code, body):
        self.raw(code, json.dumps(body).encode())

    def raw(self, code, body):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
