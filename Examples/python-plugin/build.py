#!/usr/bin/env python3
"""Makes build/coffer-plugin-onetime: one file with the plugin and all it needs but Python itself.

Run it in an environment with requirements.txt. One file, because the server starts what has the digest that
was registered: of a script that imports others, only its first file would be what was checked.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipapp
from importlib import resources
from pathlib import Path

import google.protobuf
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
NAME = "onetime"
MODULE = NAME.replace("-", "_")


def schema():
    """Beside this file, or in the repository that it is an example of."""
    own = HERE / "plugin.proto"
    return own if own.exists() else HERE.parent.parent / "Sources/PluginProtocol/Schema/plugin.proto"


def make_messages(schema, package):
    """plugin_pb2.py from plugin.proto."""
    with resources.as_file(resources.files("grpc_tools") / "_proto") as includes:
        code = protoc.main([
            "protoc", f"-I{schema.parent}", f"-I{includes}", f"--python_out={package}", schema.name])
    if code != 0:
        sys.exit("protoc failed")


def make_program(folder, interpreter, output):
    shutil.copytree(HERE / MODULE, folder / MODULE, ignore=shutil.ignore_patterns("__pycache__"))
    # Python cannot load a library from inside a file, so the plain implementation is taken.
    shutil.copytree(
        Path(google.protobuf.__file__).parent, folder / "google/protobuf",
        ignore=shutil.ignore_patterns("__pycache__", "*.so", "*_test*", "testing"))
    (folder / "__main__.py").write_text(f"from {MODULE}.process import run\n\nrun()\n")
    # Compiled now and not at every start.
    subprocess.run([interpreter, "-m", "compileall", "-q", "-b", folder], check=True)
    output.parent.mkdir(exist_ok=True)
    # Beside it and renamed, so that a program that runs is not written into.
    new = output.with_suffix(".new")
    zipapp.create_archive(folder, new, interpreter=interpreter)
    os.chmod(new, 0o755)
    os.replace(new, output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="/usr/bin/python3", help="interpreter that will run it")
    parser.add_argument("--schema", type=Path, default=schema(), help="plugin.proto")
    parser.add_argument("--output", type=Path, default=HERE / f"build/coffer-plugin-{NAME}")
    options = parser.parse_args()
    # For the tests, which run from here; git ignores it.
    make_messages(options.schema, HERE / MODULE)
    with tempfile.TemporaryDirectory() as folder:
        make_program(Path(folder), options.python, options.output)
    print(f"{hashlib.sha256(options.output.read_bytes()).hexdigest()}  {options.output}")


if __name__ == "__main__":
    main()
