"""A real PostgreSQL server from the system's packages, as an unprivileged user, with its end."""

import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile

from support import waiting


def tools():
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    assert folders, "PostgreSQL is not installed: Scripts/install-packages.sh test"
    return folders[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgreSQL:
    """Data in a temporary folder, a superuser `root` with a password, TCP on the loopback interface only."""

    def __init__(self, settings=()):
        # PostgreSQL refuses to run as root.
        self.user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        # Not below pytest's folder, which only its user may enter.
        self.folder = tempfile.mkdtemp(prefix="coffer-postgres-", dir="/tmp")
        if self.user is not None:
            os.chown(self.folder, self.user, -1)
        self.data = f"{self.folder}/data"
        self.password = secrets.token_hex(12)
        self.port = free_port()
        self.settings = list(settings)
        self.process = None
        with open(f"{self.folder}/password", "w") as file:
            file.write(self.password)
        if self.user is not None:
            os.chown(f"{self.folder}/password", self.user, -1)
        self._run("initdb", "-D", self.data, "-U", "root", "-A", "scram-sha-256", f"--pwfile={self.folder}/password",
                  "-E", "UTF8", "--no-locale", "--no-sync")

    def _run(self, tool, *arguments):
        subprocess.run(
            [f"{tools()}/{tool}", *arguments], check=True, user=self.user, cwd=self.folder, capture_output=True,
            env={"PATH": os.environ["PATH"]})

    def start(self):
        options = ["listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", f"port={self.port}",
                   "fsync=off", "max_connections=200", *self.settings]
        arguments = [f"{tools()}/postgres", "-D", self.data]
        for option in options:
            arguments += ["-c", option]
        self.log = open(f"{self.folder}/log", "ab")
        self.process = subprocess.Popen(
            arguments, user=self.user, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={"PATH": os.environ["PATH"]}, start_new_session=True)
        waiting.until(self._answers, "PostgreSQL answers", 30)
        return self

    def _answers(self):
        assert self.process.poll() is None, open(f"{self.folder}/log").read()
        return self.psql("SELECT 1", check=False).returncode == 0

    def stop(self):
        """At once, with all sessions."""
        if self.process and self.process.poll() is None:
            self.resume()
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)

    def _signal_all(self, number):
        """To the server and each of its sessions' processes, which have groups of their own."""
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        for pid in [self.process.pid, *map(int, children)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def pause(self):
        """It is there and says nothing."""
        self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # As its superuser, or as anybody

    def psql(self, statement, user="root", password=None, database="postgres", check=True):
        """Rows as text, columns separated by `|`."""
        environment = {"PATH": os.environ["PATH"], "PGPASSWORD": password or self.password, "PGCONNECT_TIMEOUT": "5"}
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d",
             database, "-c", statement],
            env=environment, capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def query(self, statement, **how):
        return self.psql(statement, **how).stdout.splitlines()

    def users(self):
        return [name for name in self.query("SELECT rolname FROM pg_roles") if not name.startswith("pg_")]

    def has(self, user):
        return user in self.users()

    def logs_in(self, user, password):
        return self.psql("SELECT 1", user=user, password=password, check=False).returncode == 0

    def session(self, user, password, statement="SELECT pg_sleep(60)"):
        """A session of that user, as a process that goes on until its statement or its session ends."""
        environment = {"PATH": os.environ["PATH"], "PGPASSWORD": password}
        process = subprocess.Popen(
            ["psql", "-XAtq", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", "postgres", "-c", statement],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        waiting.until(
            lambda: self.query(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{user}'") or process.poll() is not None,
            "the session is there")
        return process

    @property
    def url(self):
        return f"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{self.port}/postgres?sslmode=disable"


CREATE = """CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"""


class DatabaseMount:
    """A mount of the database engine whose connection `pg` is to that server."""

    def __init__(self, server, postgres, path=None, user="root", password=None, **settings):
        self.server = server
        self.path = path or f"db-{secrets.token_hex(4)}"
        answer = self.api.post(f"sys/mounts/{self.path}", {"type": "database"})
        assert answer.status_code == 204, answer.text
        self.connect(
            "pg", connection_url=postgres.url, username=user, password=password or postgres.password, **settings)

    @property
    def api(self):
        """The server may be restarted, and then is at another port."""
        return self.server.api

    def connect(self, name, **settings):
        body = {"plugin_name": "postgresql-database-plugin", "allowed_roles": ["*"], **settings}
        answer = self.api.post(f"{self.path}/config/{name}", body)
        assert answer.status_code in (200, 204), answer.text

    def role(self, name="app", create=CREATE, **settings):
        body = {"db_name": "pg", "creation_statements": create, **settings}
        answer = self.api.post(f"{self.path}/roles/{name}", body)
        assert answer.status_code == 204, answer.text
        return name

    def credentials(self, role="app", **how):
        answer = self.api.get(f"{self.path}/creds/{role}", **how)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def revoke(self, lease):
        return self.api.post("sys/leases/revoke", {"lease_id": lease, "sync": True})

    def remove(self):
        self.api.delete(f"sys/mounts/{self.path}")
