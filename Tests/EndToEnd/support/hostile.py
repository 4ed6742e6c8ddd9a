"""A server with a hostile engine at hostile/, a rude one at raw/ and a KV engine at secret/."""

import platform
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from support import waiting
from support.api import data
from support.catalog import register_all
from support.cli import binary
from support.server import configured_server

EPERM, EACCES, ESRCH, ENOSYS = 1, 13, 3, 38

# Numbers of system calls by machine.
CALLS = {
    "x86_64": {
        "socket": 41, "connect": 42, "kill": 62, "ptrace": 101, "process_vm_readv": 310, "bpf": 321,
        "keyctl": 250, "mount": 165, "unshare": 272, "setns": 308, "userfaultfd": 323, "io_uring_setup": 425,
        "perf_event_open": 298, "memfd_create": 319, "shmget": 29, "setuid": 105, "prctl": 157, "execve": 59,
        "clone3": 435, "prlimit64": 302, "setpriority": 141, "chroot": 161, "mmap": 9, "capset": 126,
        "open_by_handle_at": 304, "inotify_init1": 294, "setsid": 112,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "kill": 129, "ptrace": 117, "process_vm_readv": 270, "bpf": 280,
        "keyctl": 219, "mount": 40, "unshare": 97, "setns": 268, "userfaultfd": 282, "io_uring_setup": 425,
        "perf_event_open": 241, "memfd_create": 279, "shmget": 194, "setuid": 146, "prctl": 167, "execve": 221,
        "clone3": 435, "prlimit64": 261, "setpriority": 140, "chroot": 51, "mmap": 222, "capset": 91,
        "open_by_handle_at": 265, "inotify_init1": 26, "setsid": 157,
    },
}[platform.machine()]

def install(folder, *names):
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in names:
        target = folder / f"coffer-plugin-{name}"
        shutil.copy(binary("TestPlugin"), target)
        target.chmod(0o755)


@contextmanager
def hostile_server(folder):
    install(folder / "plugins", "hostile", "raw")
    server = configured_server(
        folder / "server", extra=f'plugin_directory = "{folder}/plugins"\ndefault_max_request_duration = "4s"',
        environment={"AWS_SECRET_ACCESS_KEY": "from-the-environment"})
    try:
        server.start()
        server.initialize()
        server.unseal()
        server.mount(2, "secret")
        register_all(server, folder / "plugins")
        for name in ("hostile", "raw"):
            assert server.api.post(f"sys/mounts/{name}", {"type": name}).status_code == 204
        server.api.post("secret/data/x", {"data": {"n": 1}})
        yield server
    finally:
        server.stop()


@contextmanager
def others_served(server):
    """The other mount serves before, during and after whatever the hostile one does."""
    api, slowest, stop = server.client(server.root_token), [0], threading.Event()

    def read():
        while not stop.wait(0.05):
            began = time.monotonic()
            assert data(api.get("secret/data/x"))["data"] == {"n": 1}
            slowest[0] = max(slowest[0], time.monotonic() - began)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        try:
            yield
        finally:
            stop.set()
            reading.result()
    assert slowest[0] < 2, f"another mount's read took {slowest[0]:.1f} s"


def ask(server, path, body=None, **how):
    return server.api.post(f"hostile/{path}", body or {}, **how)


def attempt(server, what, **body):
    return data(ask(server, what, body))["result"]


def call(server, name, *arguments):
    return attempt(server, "call", number=CALLS[name], arguments=list(arguments))


def status(server, name):
    found = [one for one in data(server.api.get("sys/plugins/status"))["plugins"] if one["name"] == name]
    assert len(found) == 1
    return found[0]


def revive(server):
    """Until it serves again after an attack that ended it."""
    waiting.until(lambda: server.api.get("hostile/who").status_code == 200, "the engine is back", 40, 0.2)
