"""Rate limits and lease count quotas, through hvac and over the wire."""

import pytest

from support import waiting
from support.api import errors


@pytest.fixture
def dev(servers):
    return servers.dev().start()


def test_hvac_creates_lists_reads_and_deletes_quotas(dev):
    sys = dev.hvac().sys
    sys.create_or_update_quota("global", rate=897.3, interval="2m", block_interval="5m")
    sys.create_or_update_quota("kv", rate=1000, path="secret/")
    assert sys.list_quotas()["data"]["keys"] == ["global", "kv"]
    found = sys.read_quota("global")["data"]
    assert found == {
        "block_interval": 300, "inheritable": True, "interval": 120, "name": "global", "path": "",
        "rate": 897.3, "role": "", "type": "rate-limit"}
    assert sys.read_quota("kv")["data"]["path"] == "secret/"
    sys.delete_quota("global")
    assert sys.list_quotas()["data"]["keys"] == ["kv"]


def test_a_client_over_its_limit_gets_429_and_is_told_when_to_come_back(dev):
    dev.api.post("sys/quotas/config", {"enable_rate_limit_response_headers": True})
    assert dev.api.post("sys/quotas/rate-limit/kv", {"rate": 3, "interval": "1h", "path": "secret"}).status_code == 204
    answers = [dev.api.get("secret/data/a") for _ in range(5)]
    assert [a.status_code for a in answers] == [404, 404, 404, 429, 429]
    assert [a.headers["X-Ratelimit-Remaining"] for a in answers] == ["2", "1", "0", "0", "0"]
    assert answers[0].headers["X-Ratelimit-Limit"] == "3"
    assert "Retry-After" not in answers[0].headers
    assert 0 < int(answers[3].headers["Retry-After"]) <= 1200
    assert errors(answers[3], 429) == 'request path "secret/data/a": rate limit quota exceeded'
    # Other mounts are free.
    assert dev.api.get("sys/mounts").status_code == 200


def test_a_limit_comes_before_json_and_before_the_token(dev):
    dev.api.post("sys/quotas/rate-limit/kv", {"rate": 1, "interval": "1h", "path": "secret"})
    dev.api.get("secret/data/a")
    for _ in range(2):
        errors(dev.api.request("POST", "secret/data/a", raw=b"{ no json", token=None), 429)
        errors(dev.api.request("POST", "secret/data/a", raw=b"x" * 100_000, token="wrong"), 429)


def test_a_limited_client_is_let_in_again(dev):
    dev.api.post("sys/quotas/rate-limit/kv", {"rate": 2, "interval": "1s", "path": "secret"})
    answers = [dev.api.get("secret/data/a").status_code for _ in range(10)]
    assert 429 in answers
    waiting.until(lambda: dev.api.get("secret/data/a").status_code == 404, "the client is let in again", 5)


def test_health_and_unseal_are_exempt_until_somebody_says_otherwise(dev):
    dev.api.post("sys/quotas/rate-limit/all", {"rate": 1, "interval": "1h"})
    codes = [dev.api.get("sys/mounts").status_code for _ in range(3)]
    assert codes == [200, 429, 429]
    assert all(dev.api.get(p).status_code == 200 for p in ["sys/health", "sys/seal-status"] for _ in range(3))


def test_quotas_survive_a_restart(servers):
    server = servers.durable()
    server.api.post("sys/quotas/rate-limit/all", {"rate": 2, "interval": "1h"})
    server.restart()
    server.unseal()
    codes = [server.api.get("sys/mounts").status_code for _ in range(4)]
    assert codes == [200, 200, 429, 429]


def test_no_spelling_of_a_namespace_leads_around_its_limit(servers):
    server = servers.dev().start()
    for path in ("team", "team/inner"):
        assert server.api.post(f"sys/namespaces/{path}", {}).status_code == 200
    assert server.api.post("sys/quotas/rate-limit/team", {"path": "team", "rate": 1, "interval": "1h"}).status_code == 204

    def ask(namespace="", path="sys/mounts"):
        return server.api.get(path, headers={"X-Vault-Namespace": namespace}).status_code

    assert ask("team") == 200
    for namespace in ("team", "/team", "team/", "/team//", "team/inner", "/team/inner/"):
        assert ask(namespace) == 429, namespace
    for path in ("team/sys/mounts", "team/inner/sys/mounts", "%74eam/sys/mounts"):
        assert ask("", path) == ask("root", path) == 429, path
    for namespace in ("TEAM", "root/team", "%74eam", "team/.", "team/inner/.."):
        assert ask(namespace) in (400, 403), namespace
    assert ask() == 200
