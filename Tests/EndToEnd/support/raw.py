"""HTTP by hand, for what no HTTP library would send."""

import socket
import ssl
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""


class Connection:
    def __init__(self, port, timeout=15, context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def answer(self, has_body=True):
        """Reads one response; None if the connection ended instead."""
        try:
            line = self.file.readline()
        except (ConnectionResetError, ssl.SSLError):
            return None
        if not line:
            return None
        answer = Answer(int(line.split()[1]))
        while (line := self.file.readline().strip()):
            name, _, value = line.decode("latin-1").partition(":")
            answer.headers[name.strip().lower()] = value.strip()
        if answer.status == 100:
            return answer
        if has_body and answer.status != 204:
            length = answer.headers.get("content-length")
            answer.body = self.file.read(int(length)) if length is not None else self.file.read()
        return answer

    def closed(self):
        """Waits for the server to close."""
        try:
            return self.file.read() == b""
        except (ConnectionResetError, ssl.SSLError):
            return True


def head(method, target, token="root", headers=(), version="HTTP/1.1"):
    lines = [f"{method} {target} {version}", "Host: localhost"]
    if token:
        lines.append(f"X-Vault-Token: {token}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines) + "\r\n\r\n"


def request(port, method, target, token="root", headers=(), body=b"", version="HTTP/1.1"):
    body = body if isinstance(body, bytes) else body.encode()
    headers = list(headers)
    if body and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(body))))
    with Connection(port) as connection:
        connection.send(head(method, target, token, headers, version).encode("latin-1", "surrogateescape") + body)
        return connection.answer(has_body=method != "HEAD")
