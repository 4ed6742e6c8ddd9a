"""Documentation/endpoints.md says what the server says of itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "Scripts" / "endpoints.py"
DOCUMENT = ROOT / "Documentation" / "endpoints.md"


def run(command, server, folder):
    description = folder / "openapi.json"
    description.write_text(server.api.get("sys/internal/specs/openapi").text)
    return subprocess.run([sys.executable, SCRIPT, command, description], capture_output=True, text=True, timeout=60)


def test_the_document_agrees_with_the_server(servers, tmp_path):
    server = servers.dev().start()
    if os.environ.get("COFFER_WRITE_ENDPOINTS"):
        assert run("write", server, tmp_path).returncode == 0
    done = run("check", server, tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_the_document_calls_refused_is_refused_with_a_reason(shared):
    rows = re.findall(r"^\| `(\w+)` \| `([^`:]+)[^`]*` \| refused: ", DOCUMENT.read_text(), re.MULTILINE)
    assert len(rows) > 20
    for method, path in rows:
        answer = shared.api.request(method, path.rstrip("/"))
        assert answer.status_code in (400, 404) and answer.json()["errors"], (method, path, answer.text)


def test_a_document_that_disagrees_is_noticed(tmp_path):
    """With a server that answers nothing, every "yes" is wrong."""
    description = tmp_path / "openapi.json"
    description.write_text('{"paths": {"/sys/health": {"get": {}}}}')
    done = subprocess.run([sys.executable, SCRIPT, "check", description], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "+ | `GET` | `sys/policies/acl/:name` | not yet |" in done.stderr
    assert "`GET` | `sys/health`" not in done.stderr
