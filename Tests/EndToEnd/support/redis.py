"""A Redis server, and what can be seen of it with its own client."""

import subprocess

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

    def ask(self, *command, user="default", password=PASSWORD):
        done = subprocess.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), "--user", user, "--pass", password, "--no-auth-warning",
             *command], capture_output=True, text=True, timeout=60)
        return (done.stdout + done.stderr).strip()

    def users(self):
        return set(self.ask("ACL", "USERS").split("\n"))
