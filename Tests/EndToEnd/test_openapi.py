"""The API's own description: whether it is one, and whether the server keeps to it."""

import subprocess
import sys

import pytest
from openapi_spec_validator import validate

from support.api import data, errors
from support.server import unique

# These end the server, its keys or the test's own token, or answer until somebody hangs up.
DESTRUCTIVE = r"^/(sys/(monitor|pprof|seal|step-down|unseal|init|rekey|rotate|generate-root|raw|storage|audit|mounts|auth|remount)|auth/token/revoke|sys/leases/revoke|sys/loggers|sys/quotas|sys/config)"


def document(client, **query):
    answer = client.get("sys/internal/specs/openapi", params=query)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    return answer.json()


@pytest.mark.parametrize("query", [{}, {"generic_mount_paths": "true", "context": "x"}])
def test_the_document_is_valid(shared, kv, kv1, query):
    described = document(shared.api, **query)
    validate(described)
    assert described["openapi"] == "3.0.2"
    where = "{kv_mount_path}" if query else kv
    path = described["paths"][f"/{where}/data/{{path}}"]
    assert {"get", "post", "patch", "delete"} <= set(path)
    assert "cas" not in path and path["x-vault-createSupported"]


def test_a_post_answers_too(shared):
    answer = shared.api.post("sys/internal/specs/openapi", {"context": "mine"})
    assert answer.json()["paths"]["/sys/health"]["get"]["operationId"].endswith("-mine")


def test_the_document_shows_what_the_token_may_do(shared, kv, kv1):
    policy = shared.policy(f'''
        path "sys/internal/specs/openapi" {{ capabilities = ["read"] }}
        path "{kv}/data/app/*" {{ capabilities = ["read"] }}''')
    paths = document(shared.client(shared.token_with(policy)))["paths"]
    assert f"/{kv}/data/{{path}}" in paths
    assert not [path for path in paths if path.startswith((f"/{kv1}/", f"/{kv}/metadata", "/sys/policies"))]
    errors(shared.client(shared.token_with(shared.policy('path "x" { capabilities = ["read"] }'))).get(
        "sys/internal/specs/openapi"), 403)
    errors(shared.api.get("sys/internal/specs/openapi", token=None), 403)


def test_paths_have_help(shared, kv):
    answer = shared.api.get(f"{kv}/data/x", params={"help": "1"}).json()
    assert "data/x" in answer["help"] and f"/{kv}/data/{{path}}" in answer["openapi"]["paths"]
    validate(answer["openapi"])
    assert "policies/acl" in shared.api.get("sys/", params={"help": "1"}).json()["help"]
    assert "ttl" in shared.api.get("auth/token/create", params={"help": "1"}).json()["help"]
    errors(shared.api.get(f"{kv}/data/x", params={"help": "1"}, token=None), 403)


def test_nothing_that_the_document_allows_is_a_server_error(servers, tmp_path):
    """Schemathesis makes requests by the document, right ones and wrong ones, always the same."""
    server = servers.dev().start()
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{server.address}/v1/sys/internal/specs/openapi",
         "--url", f"{server.address}/v1", "-H", "X-Vault-Token: root", "--checks", "not_a_server_error",
         "--exclude-path-regex", DESTRUCTIVE, "--phases", "fuzzing", "--max-examples", "12",
         "--seed", "1", "--workers", "2", "--request-timeout", "10", "--no-color"],
        capture_output=True, text=True, timeout=150, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert data(server.api.get("auth/token/lookup-self"))["policies"] == ["root"]
