"""Programs in a server's plugin directory, and their entries in its catalog."""

import hashlib
import shutil
from pathlib import Path

from support.cli import binary


class PluginFolder:
    """A plugin directory of a test's own."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir(mode=0o755, parents=True, exist_ok=True)

    @property
    def setting(self):
        return f'plugin_directory = "{self.path}"'

    def add(self, name, source="TestPlugin"):
        """Copies a built program there and returns its SHA-256."""
        target = self.path / name
        shutil.copy(binary(source), target)
        target.chmod(0o755)
        return self.digest(name)

    def digest(self, name):
        return hashlib.sha256((self.path / name).read_bytes()).hexdigest()


def register(server, name, digest, kind="secret", **entry):
    """Registers a plugin and expects that to succeed."""
    answer = server.api.post(f"sys/plugins/catalog/{kind}/{name}", {"sha256": digest, "command": name, **entry})
    assert answer.status_code in (200, 204), answer.text
    return answer


def register_all(server, folder):
    """Registers every `coffer-plugin-<name>` and `coffer-plugin-auth-<name>` of the folder under its name."""
    for file in sorted(Path(folder).glob("coffer-plugin-*")):
        name = file.name.removeprefix("coffer-plugin-")
        kind = "auth" if name.startswith("auth-") else "secret"
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        register(server, name.removeprefix("auth-"), digest, kind, command=file.name)
