"""sys/health, sys/seal-status and sys/leader, which load balancers and tools ask without a token."""

import pytest

from support.api import errors


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """One server in each state."""
    from support.server import configured_server, dev_server

    folder = tmp_path_factory.mktemp("states")
    active = dev_server(folder / "active")
    sealed = configured_server(folder / "sealed")
    new = configured_server(folder / "new")
    try:
        active.start()
        sealed.start().initialize()
        new.start()
        yield {"active": active, "sealed": sealed, "new": new}
    finally:
        for server in (active, sealed, new):
            server.stop()


@pytest.mark.parametrize("state, code", [("active", 200), ("sealed", 503), ("new", 501)])
def test_health_tells_the_state_by_its_code_for_get_and_head(states, state, code):
    api = states[state].api
    got = api.get("sys/health", token=None)
    assert got.status_code == code
    headed = api.head("sys/health", token=None)
    assert headed.status_code == code and headed.content == b""
    assert got.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("state, query, code", [
    ("active", {"activecode": 299}, 299),
    ("active", {"sealedcode": 299, "uninitcode": 298, "standbycode": 297}, 200),
    ("active", {"standbyok": "true", "perfstandbyok": "true"}, 200),
    ("sealed", {"sealedcode": 200}, 200),
    ("sealed", {"sealedcode": 204}, 204),
    ("sealed", {"activecode": 299, "uninitcode": 298}, 503),
    ("new", {"uninitcode": 200}, 200),
    ("new", {"sealedcode": 299}, 501),
])
def test_every_code_of_health_can_be_chosen(states, state, query, code):
    assert states[state].api.get("sys/health", token=None, params=query).status_code == code
    assert states[state].api.head("sys/health", token=None, params=query).status_code == code


def test_a_code_that_is_no_code_is_refused(states):
    errors(states["active"].api.get("sys/health", params={"activecode": "abc"}), 400)


def test_health_says_what_monitoring_wants_to_know(states):
    body = states["active"].api.get("sys/health").json()
    assert body["initialized"] is True and body["sealed"] is False and body["standby"] is False
    assert isinstance(body["server_time_utc"], int) and body["version"]
    assert body["cluster_name"] and len(body["cluster_id"]) == 36
    sealed = states["sealed"].api.get("sys/health").json()
    assert sealed["sealed"] is True and "cluster_id" not in sealed


def test_seal_status_has_what_tools_read(states):
    body = states["active"].api.get("sys/seal-status", token=None).json()
    assert body["type"] == "shamir" and body["storage_type"] == "inmem"
    assert {"initialized", "sealed", "t", "n", "progress", "nonce", "version", "build_date", "migration",
            "recovery_seal", "cluster_name", "cluster_id"} <= set(body)


def test_leader_says_that_there_is_no_cluster(states):
    body = states["active"].api.get("sys/leader", token=None).json()
    assert body["ha_enabled"] is False
    assert {"is_self", "leader_address", "leader_cluster_address"} <= set(body)
    assert states["sealed"].api.get("sys/leader", token=None).status_code in (200, 503)


def test_hvac_reads_the_status(states):
    client = states["active"].hvac()
    assert client.sys.read_health_status(method="GET")["sealed"] is False
    assert client.sys.read_health_status(method="HEAD").status_code == 200
    assert client.sys.read_leader_status()["ha_enabled"] is False
    assert client.sys.read_seal_status()["sealed"] is False
    assert client.seal_status["sealed"] is False


def test_the_unauthenticated_endpoints_are_these_and_no_others(shared):
    for path in ("sys/health", "sys/init", "sys/seal-status", "sys/leader"):
        assert shared.api.get(path, token=None).status_code == 200, path
    for path in ("sys/mounts", "sys/auth", "sys/policy", "sys/policies/acl", "sys/key-status", "sys/audit",
                 "sys/plugins/catalog", "secret/data/x", "secret/config", "auth/token/lookup-self", "sys/metrics",
                 "sys/capabilities-self", "sys/internal/ui/mounts/secret", "sys/host-info", "sys/config/cors",
                 "sys/leases/lookup", "nothing/here", "sys", "sys/"):
        assert shared.api.get(path, token=None).status_code in (403, 404, 405, 400), path
        assert shared.api.get(path, token=None).status_code != 200
    assert shared.api.put("sys/seal", token=None).status_code == 403
