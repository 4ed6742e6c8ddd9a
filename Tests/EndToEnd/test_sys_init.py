"""The life of a server's keys: init, unseal, seal."""

import base64

import hvac
import pytest

from support.api import data, errors
from support.server import unique


@pytest.fixture
def fresh(servers):
    return servers.configured().start()


def test_a_new_server_says_that_it_is_not_initialized(fresh):
    assert fresh.api.get("sys/init").json() == {"initialized": False}
    status = fresh.api.get("sys/seal-status").json()
    assert status["initialized"] is False and status["sealed"] is True
    assert (status["t"], status["n"], status["progress"]) == (0, 0, 0)
    assert fresh.api.get("sys/health").status_code == 501
    assert not fresh.hvac("x").sys.is_initialized()


def test_nothing_else_is_answered_before_init(fresh):
    for path in ("secret/data/x", "sys/mounts", "auth/token/lookup-self"):
        assert errors(fresh.api.get(path, token="x"), 503)


def test_unsealing_a_server_without_keys_is_refused(fresh):
    errors(fresh.api.put("sys/unseal", {"key": base64.b64encode(bytes(33)).decode()}), 400)


def test_init_gives_shares_in_hex_and_base64_and_a_root_token(fresh):
    made = fresh.api.put("sys/init", {"secret_shares": 5, "secret_threshold": 3}).json()
    assert len(made["keys"]) == len(made["keys_base64"]) == 5
    assert [bytes.fromhex(key) for key in made["keys"]] == [base64.b64decode(key) for key in made["keys_base64"]]
    assert len(set(made["keys"])) == 5
    assert made["root_token"].startswith("hvs.")
    status = fresh.api.get("sys/seal-status").json()
    assert (status["initialized"], status["sealed"], status["t"], status["n"]) == (True, True, 3, 5)
    assert fresh.api.get("sys/health").status_code == 503


@pytest.mark.parametrize("shares, threshold", [(0, 0), (1, 2), (2, 1), (256, 3), (-1, -1), (5, 0)])
def test_init_refuses_a_split_that_cannot_be(fresh, shares, threshold):
    errors(fresh.api.put("sys/init", {"secret_shares": shares, "secret_threshold": threshold}), 400)
    assert fresh.api.get("sys/init").json() == {"initialized": False}


def test_init_works_once(fresh):
    fresh.initialize()
    again = errors(fresh.api.put("sys/init", {"secret_shares": 1, "secret_threshold": 1}), 400)
    assert "already initialized" in again


def test_unsealing_shows_progress_and_takes_shares_in_any_order_and_either_form(fresh):
    made = fresh.api.put("sys/init", {"secret_shares": 5, "secret_threshold": 3}).json()
    first = fresh.api.put("sys/unseal", {"key": made["keys"][4]}).json()
    assert (first["sealed"], first["progress"], first["t"], first["n"]) == (True, 1, 3, 5)
    assert first["nonce"]
    second = fresh.api.put("sys/unseal", {"key": made["keys_base64"][0]}).json()
    assert second["progress"] == 2 and second["nonce"] == first["nonce"]
    third = fresh.api.post("sys/unseal", {"key": made["keys"][2]}).json()
    assert third["sealed"] is False and third["progress"] == 0
    assert third["cluster_id"] and third["cluster_name"]
    assert fresh.api.get("auth/token/lookup-self", token=made["root_token"]).status_code == 200


def test_the_same_share_twice_is_no_progress(fresh):
    made = fresh.api.put("sys/init", {"secret_shares": 3, "secret_threshold": 2}).json()
    fresh.api.put("sys/unseal", {"key": made["keys"][0]})
    again = fresh.api.put("sys/unseal", {"key": made["keys"][0]}).json()
    assert again["sealed"] is True and again["progress"] == 1


def test_unsealing_can_be_started_over(fresh):
    made = fresh.api.put("sys/init", {"secret_shares": 3, "secret_threshold": 2}).json()
    nonce = fresh.api.put("sys/unseal", {"key": made["keys"][0]}).json()["nonce"]
    reset = fresh.api.put("sys/unseal", {"reset": True}).json()
    assert reset["progress"] == 0
    assert fresh.api.put("sys/unseal", {"key": made["keys"][1]}).json()["nonce"] != nonce


def test_a_wrong_share_is_refused_and_the_right_ones_work_afterwards(fresh):
    made = fresh.api.put("sys/init", {"secret_shares": 3, "secret_threshold": 2}).json()
    wrong = bytearray(bytes.fromhex(made["keys"][0]))
    wrong[0] ^= 1
    fresh.api.put("sys/unseal", {"key": bytes(wrong).hex()})
    text = errors(fresh.api.put("sys/unseal", {"key": made["keys"][1]}), 400)
    assert made["keys"][1] not in text and bytes(wrong).hex() not in text
    status = fresh.api.get("sys/seal-status").json()
    assert status["sealed"] is True and status["progress"] == 0
    fresh.api.put("sys/unseal", {"key": made["keys"][1]})
    assert fresh.api.put("sys/unseal", {"key": made["keys"][2]}).json()["sealed"] is False


@pytest.mark.parametrize("key", ["", "zz", "00", "not a key", 7, None, ["a"], "00" * 500])
def test_what_is_no_share_at_all_is_refused(fresh, key):
    fresh.initialize(3, 2)
    errors(fresh.api.put("sys/unseal", {"key": key}), 400)
    assert fresh.api.get("sys/seal-status").json()["progress"] == 0


def test_a_wrong_key_for_a_threshold_of_one_is_refused(fresh):
    fresh.initialize()
    errors(fresh.api.put("sys/unseal", {"key": "11" * 32}), 400)
    assert fresh.unseal().api.get("auth/token/lookup-self").status_code == 200


def test_keys_of_another_server_do_not_open_this_one(fresh, servers):
    other = servers.configured("other").start()
    other.initialize()
    fresh.initialize()
    errors(fresh.api.put("sys/unseal", {"key": other.unseal_keys[0]}), 400)
    assert fresh.api.get("sys/seal-status").json()["sealed"] is True


def test_a_sealed_server_answers_503_and_remembers_everything_once_unsealed(durable):
    mount = durable.mount(2)
    durable.api.post(f"{mount}/data/x", {"data": {"a": 1}})
    assert durable.api.put("sys/seal").status_code == 204
    sealed = durable.api.get(f"{mount}/data/x")
    assert "sealed" in errors(sealed, 503).lower()
    for path in ("sys/mounts", "auth/token/lookup-self", "nowhere/at/all", "sys/internal/ui/mounts"):
        errors(durable.api.get(path), 503)
    errors(durable.api.put("sys/seal"), 503)
    assert durable.plugins == [], "a sealed server runs no engines"
    durable.unseal()
    assert data(durable.api.get(f"{mount}/data/x"))["data"] == {"a": 1}


def test_sealing_needs_sudo(durable):
    assert "permission denied" in errors(durable.api.put("sys/seal", token=durable.token_with("default")), 403)
    plain = durable.policy('path "sys/seal" { capabilities = ["update"] }')
    errors(durable.api.put("sys/seal", token=durable.token_with(plain)), 403)
    sudo = durable.policy('path "sys/seal" { capabilities = ["update", "sudo"] }')
    assert durable.api.put("sys/seal", token=durable.token_with(sudo)).status_code == 204
    assert durable.api.get("sys/seal-status").json()["sealed"] is True


def test_unsealing_what_is_unsealed_says_so(durable):
    status = durable.api.put("sys/unseal", {"key": durable.unseal_keys[0]})
    assert status.status_code == 200 and status.json()["sealed"] is False


def test_hvac_initializes_unseals_and_seals(fresh):
    client = hvac.Client(url=fresh.address)
    made = client.sys.initialize(secret_shares=3, secret_threshold=2)
    assert client.sys.is_initialized() and client.sys.is_sealed()
    client.sys.submit_unseal_key(made["keys"][0])
    assert client.sys.read_seal_status()["progress"] == 1
    client.sys.submit_unseal_key(reset=True)
    assert client.sys.read_seal_status()["progress"] == 0
    client.sys.submit_unseal_keys(made["keys_base64"][:2])
    assert not client.sys.is_sealed()
    client.token = made["root_token"]
    assert client.is_authenticated()
    client.sys.enable_secrets_engine("kv", path=unique("kv"), options={"version": "2"})
    client.sys.seal()
    assert client.sys.is_sealed()
    with pytest.raises(hvac.exceptions.VaultDown):
        client.sys.list_mounted_secrets_engines()
