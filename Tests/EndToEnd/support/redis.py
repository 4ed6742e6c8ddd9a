"""A Redis server, and what can be seen of it with its own client."""

import subprocess

from support.certificates import Authority
from support.daemons import Daemon

PASSWORD = "r00t-of-the-tests"


class Redis(Daemon):
    def __init__(self):
        super().__init__("redis")

    def arguments(self):
        return [
            "redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
            "--requirepass", PASSWORD]

    def answers(self):
        return self.ask("PING") == "PONG"

    # More arguments of the client.
    options = ()

    def ask(self, *command, user="default", password=PASSWORD):
        done = subprocess.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), "--user", user, "--pass", password, "--no-auth-warning",
             *map(str, self.options), *command], capture_output=True, text=True, timeout=60)
        return (done.stdout + done.stderr).strip()

    def users(self):
        return set(self.ask("ACL", "USERS").split("\n"))


class TLSRedis(Redis):
    """Over TLS only; with `clients`, it wants to see a certificate of its authority."""

    def __init__(self, clients=False):
        self.clients = clients
        super().__init__()

    def prepare(self):
        self.authority = Authority(self.folder / "tls", name="redis authority")
        self.certificate, self.key = self.authority.issue("redis")
        self.key.chmod(0o644)
        client, key = self.authority.issue("test-client", "clientAuth")
        self.options = ["--tls", "--cacert", self.authority.file, "--cert", client, "--key", key]

    def arguments(self):
        return [
            "redis-server", "--port", "0", "--tls-port", self.port, "--bind", "127.0.0.1", "127.0.0.2", "--dir", self.folder,
            "--save", "", "--requirepass", PASSWORD, "--tls-cert-file", self.certificate, "--tls-key-file", self.key,
            "--tls-ca-cert-file", self.authority.file, "--tls-auth-clients", "yes" if self.clients else "no"]
