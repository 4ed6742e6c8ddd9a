"""The plugins of Examples/, built once for all workers, and what else is built with their tools."""

import fcntl
import hashlib
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SCHEMA = REPOSITORY / "Sources/PluginProtocol/Schema/plugin.proto"


class ExamplePlugins:
    def __init__(self, shared_folder):
        """`shared_folder` is the same for all workers of a run."""
        self.folder = REPOSITORY / ".build/examples/plugins"
        self.python = REPOSITORY / ".build/examples/python/bin/python"
        self._built = shared_folder / "examples-built"
        self._lock = shared_folder / "examples-lock"
        with self.tools():
            if not self._built.exists():
                run(REPOSITORY / "Scripts/build-examples.sh", self.folder)
                self._built.touch()

    @contextmanager
    def tools(self):
        """One worker at a time builds."""
        with open(self._lock, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def swift(self, *arguments, package):
        """In the examples' scratch folder, where the SDK is built already."""
        scratch = REPOSITORY / ".build/examples/swift"
        command, *rest = arguments
        run(os.environ.get("SWIFT", "swift"), command, "--package-path", package, "--scratch-path", scratch, *rest)
        return scratch / "debug"


def run(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=580, cwd=cwd)
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def register(server, folder):
    """Puts every `coffer-plugin-<name>` of the folder into the server's catalog, as an operator would. An entry that was
    refused shows when the plugin is mounted."""
    for file in Path(folder).glob("coffer-plugin-*"):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        name = file.name.removeprefix("coffer-plugin-")
        server.api.post(f"sys/plugins/catalog/secret/{name}", {"sha256": digest, "command": file.name})
    return server
