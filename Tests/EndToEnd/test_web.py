"""Browsers and headers: CORS, the web interface's headers, and what of a request's headers engines see."""

import subprocess

import pytest

from support.api import data, errors

GOOD = "https://app.example"
EVIL = "https://evil.example"


@pytest.fixture
def dev(servers):
    return servers.dev().start()


def preflight(server, origin, method="PUT", path="secret/data/a"):
    return server.api.request(
        "OPTIONS", path, token=None, headers={
            "Origin": origin, "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "x-vault-token"})


def cross_origin(answer):
    return {name for name in answer.headers if name.lower().startswith("access-control-")}


def test_a_page_of_an_allowed_origin_uses_the_api_and_others_do_not(dev):
    sent = {"allowed_origins": [GOOD], "allowed_headers": "X-Custom-Header"}
    assert dev.api.post("sys/config/cors", sent).status_code == 204
    asked = preflight(dev, GOOD)
    assert asked.status_code == 204 and asked.content == b""
    assert asked.headers["Access-Control-Allow-Origin"] == GOOD
    assert asked.headers["Vary"] == "Origin"
    assert "PUT" in asked.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = asked.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"X-Vault-Token", "Content-Type", "X-Custom-Header"} <= set(allowed)
    assert int(asked.headers["Access-Control-Max-Age"]) > 0

    put = dev.api.put("secret/data/a", {"data": {"n": 1}}, headers={"Origin": GOOD})
    assert put.status_code == 200 and put.headers["Access-Control-Allow-Origin"] == GOOD
    # A page reads refusals too.
    refused = dev.api.get("secret/data/a", token="wrong", headers={"Origin": GOOD})
    assert errors(refused, 403) and refused.headers["Access-Control-Allow-Origin"] == GOOD

    for answer in (preflight(dev, EVIL), dev.api.get("secret/data/a", headers={"Origin": EVIL}),
                   dev.api.post("secret/data/a", {"data": {"n": 2}}, headers={"Origin": EVIL}),
                   dev.api.get("sys/health", token=None, headers={"Origin": EVIL})):
        assert errors(answer, 403) == "origin not allowed"
        assert not cross_origin(answer)
    assert data(dev.api.get("secret/data/a"))["data"] == {"n": 1}


def test_clients_that_are_no_browsers_see_nothing_of_it(dev):
    dev.api.post("sys/config/cors", {"allowed_origins": [GOOD]})
    answer = dev.api.get("sys/mounts")
    assert answer.status_code == 200 and not cross_origin(answer)
    assert dev.api.request("OPTIONS", "sys/mounts").status_code == 405


def test_the_settings_are_read_back_also_beside_the_envelope_and_survive_a_restart(servers):
    server = servers.durable()
    assert data(server.api.get("sys/config/cors")) == {"enabled": False}
    server.api.put("sys/config/cors", {"allowed_origins": "*"})
    answer = server.api.get("sys/config/cors")
    assert data(answer)["allowed_origins"] == answer.json()["allowed_origins"] == ["*"]
    assert data(answer)["enabled"] is True
    server.restart()
    server.unseal()
    assert server.api.get("sys/mounts", headers={"Origin": EVIL}).headers["Access-Control-Allow-Origin"] == EVIL
    assert server.api.delete("sys/config/cors").status_code == 204
    assert not cross_origin(server.api.get("sys/mounts", headers={"Origin": EVIL}))
    assert preflight(server, EVIL).status_code == 405


def test_curl_sees_a_preflight_as_a_browser_does(dev):
    dev.api.post("sys/config/cors", {"allowed_origins": "*"})
    seen = subprocess.run(
        ["curl", "-sS", "-i", "-X", "OPTIONS", "-H", f"Origin: {EVIL}", "-H", "Access-Control-Request-Method: LIST",
         f"{dev.address}/v1/secret/metadata"], capture_output=True, text=True, timeout=20, check=True).stdout
    head = seen.splitlines()
    assert head[0] == "HTTP/1.1 204 No Content"
    assert f"Access-Control-Allow-Origin: {EVIL}" in head
    assert not any(line.lower().startswith("access-control-allow-credentials") for line in head)


def test_headers_of_the_web_interface_are_kept(dev):
    name = "sys/config/ui/headers/X-Custom-Header"
    assert dev.api.list("sys/config/ui/headers").status_code == 404
    assert dev.api.post(name, {"values": ["custom value 1", "custom value 2"]}).status_code == 204
    assert data(dev.api.get(name)) == {"value": "custom value 1"}
    shown = data(dev.api.get(name, params={"multivalue": "true"}))
    assert shown == {"values": ["custom value 1", "custom value 2"]}
    assert data(dev.api.list("sys/config/ui/headers")) == {"keys": ["X-Custom-Header"]}
    errors(dev.api.post("sys/config/ui/headers/X-Vault-Token", {"values": ["a"]}), 400)
    assert dev.api.delete(name).status_code == 204
    assert dev.api.get(name).status_code == 404
