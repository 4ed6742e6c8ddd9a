"""A MariaDB server, and what can be seen of it with its own client."""

import subprocess

from support.certificates import Authority
from support.daemons import Daemon

ADMIN, PASSWORD = "coffer", "r00t-of-the-tests"


class MariaDB(Daemon):
    def __init__(self):
        super().__init__("mariadb")

    def prepare(self):
        self.data, self.socket = self.folder / "data", self.folder / "socket"
        self.run(
            "mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--skip-name-resolve")
        self.authority = Authority(self.folder / "tls")
        self.certificate, self.key = self.authority.issue("mariadb")
        self.key.chmod(0o644)

    def arguments(self):
        return [
            "mariadbd", "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}", f"--port={self.port}",
            f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}", f"--ssl-ca={self.authority.file}",
            "--bind-address=127.0.0.1,127.0.0.2", f"--pid-file={self.folder / 'pid'}", "--skip-name-resolve",
            "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--performance-schema=OFF"]

    def answers(self):
        return self.query("SELECT 1", check=False) is not None

    def begin(self):
        """The first start: the user that Coffer works with, and something to have rights on."""
        self.start()
        self.query(
            f"CREATE USER '{ADMIN}'@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION; "
            "CREATE DATABASE app; CREATE TABLE app.things (name TEXT); INSERT INTO app.things VALUES ('one')")
        return self

    def client(self, statement, user, password, host="127.0.0.1"):
        return subprocess.run(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names", f"--host={host}", f"--port={self.port}",
             "--protocol=tcp", f"--user={user}", f"--password={password}", "-e", statement],
            capture_output=True, text=True, timeout=60)

    def client_with(self, statement, user, certificate, key):
        """With a client certificate instead of a password; both are files."""
        return subprocess.run(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--host=127.0.0.1", f"--port={self.port}",
             "--protocol=tcp", f"--user={user}", f"--ssl-ca={self.authority.file}", "--ssl-verify-server-cert",
             f"--ssl-cert={certificate}", f"--ssl-key={key}", "-e", statement],
            capture_output=True, text=True, timeout=60)

    def query(self, statement, check=True):
        """As the server's root, over its socket."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", "--batch", "--raw", "--skip-column-names", f"--socket={self.socket}", "--user=root",
             "-e", statement], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            assert not check, done.stderr
            return None
        return [line.split("\t") for line in done.stdout.splitlines()]

    def users(self):
        return {row[0] for row in self.query("SELECT User FROM mysql.user")}
