"""sys/metrics in both forms, and who may read it."""

import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.api import errors
from support.server import TCP


def families(text):
    """The metrics of an exposition by name; the parser raises on what it does not understand."""
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(text, name, **labels):
    for sample in families(text)[name].samples:
        if sample.name == name and all(sample.labels.get(k) == v for k, v in labels.items()):
            return sample.value
    raise AssertionError(f"no sample of {name} with {labels}")


@pytest.fixture
def dev(servers):
    return servers.dev().start()


def scrape(api, **how):
    answer = api.get("sys/metrics", params={"format": "prometheus"}, **how)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return answer.text


def test_prometheus_reads_what_is_exposed(dev):
    for _ in range(5):
        assert dev.api.get("sys/mounts").status_code == 200
    text = scrape(dev.api)
    found = families(text)
    for name in ["core_handle_request", "core_check_token", "core_fetch_acl_and_token", "barrier_get", "barrier_put"]:
        assert found[f"vault_{name}"].type == "summary"
    counts = {s.name: s.value for s in found["vault_core_handle_request"].samples}
    assert counts["vault_core_handle_request_count"] >= 5
    assert counts["vault_core_handle_request_sum"] > 0
    quantiles = [s.value for s in found["vault_core_handle_request"].samples if "quantile" in s.labels]
    assert len(quantiles) == 3 and all(v > 0 or math.isnan(v) for v in quantiles)


def test_gauges_carry_the_host_unless_the_configuration_says_otherwise(servers):
    plain = servers.configured("plain", extra='telemetry {\n  disable_hostname = true\n  metrics_prefix = "coffer"\n}\n')
    plain.start()
    plain.initialize()
    plain.unseal()
    text = scrape(plain.api)
    assert value(text, "coffer_core_unsealed") == 1
    assert value(text, "coffer_core_in_flight_requests") == 1
    assert value(text, "coffer_core_mount_table_num_entries", type="logical") >= 1
    assert value(text, "coffer_runtime_sys_bytes") > 1_000_000
    assert value(text, "coffer_runtime_num_threads") >= 2


def test_engines_show_their_processes_and_timings(dev):
    for _ in range(3):
        assert dev.api.post("secret/data/m", body={"data": {"a": 1}}).status_code == 200
    found = families(scrape(dev.api))
    running = [name for name in found if name.endswith("plugins_running")]
    assert len(running) == 1
    assert any(s.labels["plugin"] == "kv" and s.value == 1 for s in found[running[0]].samples)
    resident = [name for name in found if name.endswith("plugins_resident_bytes")]
    assert any(s.value > 500_000 for s in found[resident[0]].samples)
    assert any(name.startswith("vault_route_") and name.endswith("secret_") for name in found)


def test_timings_of_a_mount_go_with_it(dev):
    dev.api.post("sys/mounts/gone", body={"type": "kv"})
    dev.api.get("gone/a")
    assert "vault_route_read_gone_" in families(scrape(dev.api))
    dev.api.delete("sys/mounts/gone")
    assert "vault_route_read_gone_" not in families(scrape(dev.api))


def test_the_json_form_has_vaults_members(dev):
    dev.api.get("sys/mounts")
    body = dev.api.get("sys/metrics").json()
    assert set(body) == {"Timestamp", "Gauges", "Points", "Counters", "Samples"}
    sample = next(s for s in body["Samples"] if s["Name"] == "vault.core.handle_request")
    assert set(sample) == {"Name", "Count", "Rate", "Sum", "Min", "Max", "Mean", "Stddev", "Labels"}
    assert sample["Count"] >= 1 and sample["Sum"] > 0
    unsealed = next(g for g in body["Gauges"] if g["Name"].endswith("core.unsealed"))
    assert unsealed["Value"] == 1 and "cluster" in unsealed["Labels"]


def test_metrics_need_a_token_with_the_right(dev):
    errors(dev.api.get("sys/metrics", token=None), 403)
    token = dev.api.post("auth/token/create", body={"policies": ["default"]}).json()["auth"]["client_token"]
    errors(dev.api.get("sys/metrics", token=token), 403)
    assert "unknown" in errors(dev.api.get("sys/metrics", params={"format": "xml"}), 400)


def test_a_listener_may_show_metrics_to_everybody_sealed_or_not(servers):
    server = servers.configured(
        listeners=TCP.replace("}\n", "  telemetry {\n    unauthenticated_metrics_access = true\n  }\n"
        "  profiling {\n    unauthenticated_in_flight_request_access = true\n  }\n}\n"),
        extra="telemetry {\n  disable_hostname = true\n}\n")
    server.start()
    assert value(scrape(server.api, token=None), "vault_core_unsealed") == 0
    server.initialize()
    server.unseal()
    assert value(scrape(server.api, token=None), "vault_core_unsealed") == 1
    assert server.api.get("sys/in-flight-req", token=None).status_code == 200
    # Nothing else is opened by it, and not for other methods.
    errors(server.api.get("sys/mounts", token=None), 403)
    errors(server.api.post("sys/metrics", token=None, body={}), 403)


def test_without_retention_there_is_no_prometheus_form(servers):
    server = servers.configured(extra="telemetry {\n  prometheus_retention_time = 0\n}\n")
    server.start()
    server.initialize()
    server.unseal()
    assert errors(server.api.get("sys/metrics", params={"format": "prometheus"}), 400) == "prometheus is not enabled"
    assert server.api.get("sys/metrics").status_code == 200


def test_a_request_under_way_is_listed_without_its_token(dev):
    answer = dev.api.get("sys/in-flight-req")
    assert answer.status_code == 200
    (entry,) = answer.json().values()
    assert entry["request_path"] == "/v1/sys/in-flight-req"
    assert entry["request_method"] == "GET"
    assert entry["client_remote_address"].startswith("127.0.0.1:")
    assert entry["start_time"].endswith("Z")
    assert dev.root_token not in answer.text


def test_the_configuration_is_shown_without_secrets(servers):
    server = servers.durable(extra='cluster_name = "shown"\n')
    answer = server.api.get("sys/config/state/sanitized")
    body = answer.json()["data"]
    assert body["cluster_name"] == "shown"
    assert body["storage"]["type"] == "lmdb" and "path" not in body["storage"]
    assert body["listeners"][0]["type"] == "tcp"
    assert body["seals"] == [{"disabled": False, "type": "shamir"}]
    assert body["default_lease_ttl"] == 32 * 24 * 3600
    errors(server.api.get("sys/config/state/sanitized", token=None), 403)
