"""A real `coffer server` process with everything it needs, and its end."""

import os
import re
import secrets
import signal
import subprocess
from pathlib import Path

import hvac
import requests

from support import waiting
from support.api import API
from support.cli import CLI, binary
from support.processes import descendants, process


class Server:
    """A server process. It is ended with all its plugins by `stop`, which complains about leftovers."""

    def __init__(self, folder, arguments, environment=None, user=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home = self.folder / "home"
        self.home.mkdir(exist_ok=True)
        self.arguments = [binary("coffer"), "server", *arguments]
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **(environment or {})}
        self.user = user
        self.root_token = None
        self.unseal_keys = []
        self.ca_file = None
        self.client_certificate = None
        self.process = None
        self.starts = 0

    # Starting

    def launch(self):
        """Starts the process without waiting for it to serve."""
        self.starts += 1
        self.out_file = self.folder / f"stdout-{self.starts}.txt"
        self.log_file = self.folder / f"stderr-{self.starts}.txt"
        with open(self.out_file, "wb") as out, open(self.log_file, "wb") as err:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.environment,
                start_new_session=True, cwd=self.folder, user=self.user)
        return self

    def start(self, listeners=1, seconds=30):
        self.launch()
        waiting.until(
            lambda: len(self.addresses) >= listeners or self.process.poll() is not None,
            "the server listens", seconds)
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.output}")
        waiting.until(self._answers, "the server answers", seconds)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.output}")
        if not self.ports:
            return True
        try:
            self.api.get("sys/seal-status", token=None, timeout=2)
            return True
        except requests.exceptions.SSLError:
            return True
        except requests.exceptions.RequestException:
            return False

    def expect_refusal(self, seconds=20):
        """Starts it, waits for it to end by itself, and returns exit code and output."""
        self.launch()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"the server runs, but should have refused to:\n{self.output}")
        return code, self.output

    # What it says

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    def logs(self, *texts):
        """Waits until the log has all of them: an engine's lines come beside its answer, not before it."""
        waiting.until(lambda: all(text in self.log for text in texts), f"the log has {texts}")

    @property
    def output(self):
        return self.out_file.read_text(errors="replace") + self.log

    @property
    def addresses(self):
        """The addresses that the server says it listens on, in order."""
        found = re.findall(r"listening.*?address=(\S+)", self.log)
        if found:
            return list(dict.fromkeys(found))
        banner = self.out_file.read_text(errors="replace")
        return list(dict.fromkeys(re.findall(r"Listener: (\S+)", banner)))

    @property
    def ports(self):
        return [int(a.rpartition(":")[2]) for a in self.addresses if not a.startswith("/")]

    @property
    def port(self):
        return self.ports[0]

    @property
    def address(self):
        return f"{'https' if self.ca_file else 'http'}://127.0.0.1:{self.port}"

    # Clients

    @property
    def api(self):
        return self.client(self.root_token)

    def client(self, token):
        return API(self.address, token, verify=self.ca_file, certificate=self.client_certificate)

    def hvac(self, token=None):
        return hvac.Client(
            url=self.address, token=token or self.root_token, timeout=30,
            verify=str(self.ca_file) if self.ca_file else True, namespace=None)

    def cli(self, token=None, home=None):
        return CLI(self.address, token or self.root_token, home or self.home, self.ca_file)

    def token_with(self, *policies, **request):
        body = {"policies": list(policies), **request}
        return self.api.post("auth/token/create", body).json()["auth"]["client_token"]

    def policy(self, text, name=None):
        """Writes a policy and returns its name."""
        name = name or unique("policy")
        answer = self.api.put(f"sys/policies/acl/{name}", {"policy": text})
        assert answer.status_code == 204, answer.text
        return name

    def mount(self, version=2, path=None, **config):
        """Mounts a KV engine at a fresh path and returns the path."""
        path = path or unique("kv")
        body = {"type": "kv", "options": {"version": str(version)}, **config}
        answer = self.api.post(f"sys/mounts/{path}", body)
        assert answer.status_code == 204, answer.text
        return path

    # Sealing

    def initialize(self, shares=1, threshold=1):
        answer = self.api.put("sys/init", {"secret_shares": shares, "secret_threshold": threshold}, token=None)
        assert answer.status_code == 200, answer.text
        self.unseal_keys = answer.json()["keys_base64"][:threshold]
        self.root_token = answer.json()["root_token"]
        return answer.json()

    def unseal(self):
        for key in self.unseal_keys:
            answer = self.api.put("sys/unseal", {"key": key}, token=None)
            assert answer.status_code == 200, answer.text
        assert answer.json()["sealed"] is False, answer.text
        return self

    # Processes

    @property
    def plugins(self):
        return descendants(self.process.pid)

    @property
    def core(self):
        return process(self.process.pid)

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    # Ending

    def kill(self):
        """As hard as it goes; the plugins have to notice."""
        children = self.plugins
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        return children

    def terminate(self, seconds=40):
        """Asks it to end and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def restart(self):
        if self.running:
            assert self.terminate() == 0, self.output
        return self.start()

    def stop(self):
        if self.process is None:
            return
        children = self.plugins if self.running else []
        for child in children:
            child.signal(signal.SIGCONT)
        ended = True
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                ended = False
                self.process.kill()
                self.process.wait()
        try:
            waiting.until(
                lambda: not any(child.alive for child in children), "the plugins end with the server", 10)
        finally:
            for child in children:
                child.signal(signal.SIGKILL)
        assert ended, f"the server did not end within 15 s of SIGTERM:\n{self.output[-4000:]}"


def unique(stem):
    return f"{stem}-{secrets.token_hex(4)}"


def dev_server(folder, token="root", arguments=(), environment=None):
    server = Server(
        folder,
        ["-dev", f"-dev-root-token-id={token}", "-dev-listen-address=127.0.0.1:0", "-dev-no-store-token",
         *arguments],
        environment)
    server.root_token = token
    return server


TCP = 'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n'


def configured_server(folder, listeners=TCP, storage=None, extra="", storage_extra="", environment=None, user=None):
    """A server with a configuration file; its storage is LMDB below its folder unless `storage` says otherwise."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if storage is None:
        storage = f'storage "lmdb" {{\n  path = "{folder}/store"\n{storage_extra}\n}}\n'
    config = folder / "config.hcl"
    config.write_text(f"{storage}\n{listeners}\ndisable_mlock = true\n{extra}\n")
    return Server(folder, [f"-config={config}"], environment, user)
