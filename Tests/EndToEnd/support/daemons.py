"""Servers of other makers, for tests: in a folder of their own, as a user without rights, on free ports."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from support import waiting

USER = "nobody" if os.geteuid() == 0 else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Daemon:
    """A subclass says how it is begun with (`prepare`), started (`arguments`), and asked (`answers`)."""

    def __init__(self, name):
        self.folder = Path(tempfile.mkdtemp(prefix=f"coffer-{name}-", dir="/tmp"))
        self.folder.chmod(0o755)
        if USER:
            os.chown(self.folder, pwd.getpwnam(USER).pw_uid, -1)
        self.port = free_port()
        self.process = None
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        self.prepare()

    def prepare(self):
        pass

    def run(self, *arguments, **how):
        """A program beside the server, as its user."""
        done = subprocess.run(
            [str(a) for a in arguments], capture_output=True, text=True, user=USER, cwd=self.folder, timeout=120,
            env=self.environment, **how)
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self):
        with open(self.folder.parent / f"{self.folder.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(a) for a in self.arguments()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=USER,
                cwd=self.folder, env=self.environment, start_new_session=True)
        waiting.until(lambda: self.answers() or self.process.poll() is not None, "the server answers", 60)
        assert self.process.poll() is None, self.log
        return self

    @property
    def log(self):
        return (self.folder.parent / f"{self.folder.name}.log").read_text(errors="replace")

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def close(self):
        if self.process and self.process.poll() is None:
            self.resume()
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self.folder.parent / f"{self.folder.name}.log").unlink(missing_ok=True)
