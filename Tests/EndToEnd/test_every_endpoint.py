"""Every endpoint of the server's own description, asked in all the wrong ways.

Whatever is asked, the answer comes, and it is no server error. Who has no rights gets 403, and only the endpoints of a
list that stands here answer without a token.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support.api import API

# All that answers to strangers. A new entry is a decision about security, not about a test.
OPEN = {
    "/sys/decode-token", "/sys/health", "/sys/init", "/sys/internal/ui/mounts", "/sys/internal/ui/mounts/{path}",
    "/sys/leader", "/sys/seal-status", "/sys/unseal", "/sys/wrapping/lookup",
}
# Open because of what somebody has configured: these exist only once an identity provider was made.
OPEN_BY_KIND = ("/identity/oidc/.well-known/", "/identity/oidc/provider/{name}/.well-known/")

# With rights, these end the server's work, its keys, or the token that the test works with.
DESTRUCTIVE = (
    "/sys/seal", "/sys/step-down", "/sys/unseal", "/sys/init", "/sys/rekey", "/sys/rotate", "/sys/generate-root",
    "/sys/generate-recovery", "/sys/raw", "/sys/storage", "/auth/token/revoke-self",
)
# An answer of these is a stream that ends when the client goes.
STREAMS = ("/sys/monitor", "/sys/pprof/profile", "/sys/pprof/trace")
SECONDS = 15


class Endpoint:
    def __init__(self, template, method, operation, item):
        self.template, self.method, self.operation, self.item = template, method, operation, item
        content = operation.get("requestBody", {}).get("content", {})
        self.media_type = next(iter(content), None)
        self.properties = content.get(self.media_type, {}).get("schema", {}).get("properties", {})
        self.query = {
            parameter["name"]: parameter["schema"] for parameter in operation.get("parameters", [])
            if parameter["in"] == "query"}

    def __str__(self):
        return f"{self.method.upper()} {self.template}"

    @property
    def is_open(self):
        return self.template.rstrip("/") in OPEN or self.template.startswith(OPEN_BY_KIND)

    @property
    def is_destructive(self):
        return self.template.startswith(DESTRUCTIVE)

    def path(self, value):
        parts = []
        for part in self.template.lstrip("/").split("/"):
            parts.append(value if part.startswith("{") else part)
        return "/".join(parts)


def wrong(schema):
    """A value that is not of the schema's type, nor can be read as one."""
    return {
        "string": {"not": ["a", "string"]}, "integer": "many", "boolean": "perhaps", "array": {"not": "a list"},
        "object": 7,
    }.get(schema.get("type"), {"deep": [[[None]]]})


def hostile(schema):
    """A value of the schema's type that somebody chose badly."""
    return {
        "string": "../..//%00\u202e" + "A" * 2000, "integer": -(2 ** 63), "boolean": False,
        "array": ["", "*", "../x"], "object": {"": "", "a" * 300: "*"},
    }.get(schema.get("type"), 2 ** 64)


def with_values(endpoint, make):
    if endpoint.media_type:
        return {"body": {name: make(schema) for name, schema in endpoint.properties.items()}}
    query = {name: "true" if name == "list" else str(make(schema)) for name, schema in endpoint.query.items()}
    return {"params": query}


CASES = {
    "wrong types": lambda endpoint: with_values(endpoint, wrong),
    "hostile values": lambda endpoint: with_values(endpoint, hostile),
    "nothing": lambda endpoint: {"body": {}} if endpoint.media_type else {
        "params": {"list": "true"} if "list" in endpoint.query else {}},
    "unknown names": lambda endpoint: {"body": {"no_such_field": [1, {"x": None}]}} if endpoint.media_type else {
        "params": {"no_such_parameter": "1", **({"list": "true"} if "list" in endpoint.query else {})}},
    "no object": lambda endpoint: {"raw": "[1, 2"} if endpoint.media_type else {"params": {"list": "perhaps"}},
}


def ask(server, endpoint, token, value="sweep", **how):
    """The status, once the head of the answer is there."""
    headers = {"Content-Type": endpoint.media_type} if endpoint.media_type else {}
    if token:
        headers["X-Vault-Token"] = token
    body = how.get("body")
    begun = time.monotonic()
    with requests.request(
            endpoint.method, f"{server.address}/v1/{endpoint.path(value)}", headers=headers,
            json=body if body is not None else None, data=how.get("raw"), params=how.get("params"),
            timeout=SECONDS, stream=True, allow_redirects=False) as answer:
        if not endpoint.template.startswith(STREAMS):
            answer.content  # noqa: B018 - an answer that never ends is a hang
        status = answer.status_code
    assert time.monotonic() - begun < SECONDS, f"{endpoint} took too long"
    return status


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from support.server import dev_server
    server = dev_server(tmp_path_factory.mktemp("every-endpoint"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def endpoints(server):
    server.mount(1, "plain")
    paths = server.api.get("sys/internal/specs/openapi").json()["paths"]
    found = [
        Endpoint(template, method, operation, item)
        for template, item in paths.items() for method, operation in item.items()
        if method in ("get", "post", "patch", "delete")]
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def powerless(server):
    """A token that is good for nothing at all."""
    name = server.policy('path "nowhere" { capabilities = ["read"] }')
    return server.token_with(name, no_default_policy=True)


def everywhere(endpoints, check):
    """Checks all endpoints, some at a time, and tells all that went wrong."""
    def one(endpoint):
        try:
            return check(endpoint)
        except (requests.RequestException, AssertionError) as problem:
            return f"{endpoint}: {problem!r}"
    with ThreadPoolExecutor(8) as pool:
        problems = [problem for problem in pool.map(one, endpoints) if problem]
    assert not problems, "\n".join(problems)


def test_the_open_endpoints_are_a_closed_list(endpoints):
    declared = {e.template for e in endpoints if e.item.get("x-vault-unauthenticated")}
    declared = {template for template in declared if not template.startswith(OPEN_BY_KIND)}
    assert {template.rstrip("/") for template in declared} == OPEN


def test_without_a_token_everything_else_is_forbidden(server, endpoints):
    def check(endpoint):
        for value in ("sweep", "a" * 200):
            status = ask(server, endpoint, None, value, **CASES["nothing"](endpoint))
            if not endpoint.is_open and status not in (400, 403):
                return f"{endpoint} answers {status} without a token"
            if not endpoint.is_open and status == 400 and endpoint.media_type != "application/merge-patch+json":
                return f"{endpoint} looks at a stranger's request before it asks who that is"
    everywhere([e for e in endpoints if not e.template.startswith("/sys/unseal")], check)


@pytest.mark.parametrize("case", ["nothing", "wrong types"])
def test_a_token_without_rights_is_forbidden_everywhere(server, endpoints, powerless, case):
    def check(endpoint):
        if endpoint.is_open:
            return None
        status = ask(server, endpoint, powerless, **CASES[case](endpoint))
        return None if status == 403 else f"{endpoint} answers {status} to a token without rights"
    everywhere(endpoints, check)
    # It was denied everywhere and ended nowhere: it is still a token.
    assert server.api.post("auth/token/lookup", {"token": powerless}).status_code == 200


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_a_server_error(server, endpoints, case):
    def check(endpoint):
        if endpoint.is_destructive:
            return None
        status = ask(server, endpoint, server.root_token, **CASES[case](endpoint))
        return f"{endpoint} answers {status} to {case}" if status >= 500 else None
    everywhere(endpoints, check)
    assert server.api.get("auth/token/lookup-self").status_code == 200
    assert server.api.get("sys/health").status_code == 200


def test_a_batch_token_meets_no_server_error(server, endpoints):
    server.policy(
        'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }', "everything")
    answer = server.api.post("auth/token/create", {"type": "batch", "policies": ["everything"], "ttl": "1h"})
    if answer.status_code == 400:
        pytest.skip("no batch tokens yet")
    token = answer.json()["auth"]["client_token"]

    def check(endpoint):
        if endpoint.is_destructive:
            return None
        status = ask(server, endpoint, token, **CASES["nothing"](endpoint))
        return f"{endpoint} answers {status} to a batch token" if status >= 500 else None
    everywhere(endpoints, check)


def test_what_ends_things_refuses_wrong_requests_in_order(servers):
    """Apart from the others and on a server of its own, since some of it may succeed."""
    server = servers.dev("destructive").start()
    paths = server.api.get("sys/internal/specs/openapi").json()["paths"]
    for template, item in paths.items():
        for method, operation in item.items():
            if method not in ("get", "post", "patch", "delete") or not template.startswith(DESTRUCTIVE):
                continue
            if template in ("/sys/seal", "/sys/step-down", "/auth/token/revoke-self"):
                continue
            endpoint = Endpoint(template, method, operation, item)
            for case in ("wrong types", "unknown names", "no object"):
                status = ask(server, endpoint, server.root_token, **CASES[case](endpoint))
                assert status < 500, f"{endpoint} answers {status} to {case}"
    token = server.token_with("default")
    assert API(server.address, token).post("auth/token/revoke-self").status_code == 204
    assert API(server.address, token).get("auth/token/lookup-self").status_code == 403
    assert server.api.get("sys/health").status_code == 200
    assert server.api.post("sys/seal").status_code == 204
    assert server.api.get("sys/health").status_code == 503
