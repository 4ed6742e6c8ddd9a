"""The `coffer` command line, in a home of its own."""

import json
import os
import subprocess
from pathlib import Path


def binary(name):
    folder = os.environ.get("COFFER_BIN_DIR")
    assert folder, "COFFER_BIN_DIR must name the folder with coffer and its plugins; see Scripts/end-to-end.sh"
    return str(Path(folder) / name)


class CLI:
    def __init__(self, address=None, token=None, home="/nonexistent", ca_file=None):
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb"}
        if address:
            self.environment["COFFER_ADDR"] = address
        if token:
            self.environment["COFFER_TOKEN"] = token
        if ca_file:
            self.environment["COFFER_CACERT"] = str(ca_file)

    def run(self, *arguments, input="", environment=None, cwd=None):
        """Variables set to None in `environment` are taken out."""
        variables = {**self.environment, **(environment or {})}
        variables = {name: value for name, value in variables.items() if value is not None}
        return subprocess.run(
            [binary("coffer"), *map(str, arguments)], input=input, capture_output=True, text=True, env=variables,
            timeout=60, cwd=cwd)

    def ok(self, *arguments, **how):
        """Runs a command that has to succeed, and returns what it printed."""
        done = self.run(*arguments, **how)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def fails(self, code, *arguments, **how):
        """Runs a command that has to fail with this code, and returns what it said of it."""
        done = self.run(*arguments, **how)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stderr

    def json(self, *arguments, **how):
        arguments = list(arguments)
        arguments.insert(self._command_length(arguments), "-format=json")
        return json.loads(self.ok(*arguments, **how))

    @staticmethod
    def _command_length(arguments):
        groups = {"kv", "token", "policy", "secrets", "auth", "operator", "lease", "audit", "plugin", "namespace",
                  "pki"}
        if arguments[:2] == ["kv", "metadata"]:
            return 3
        return 2 if arguments[0] in groups else 1
