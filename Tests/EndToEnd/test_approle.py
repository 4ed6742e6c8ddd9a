"""AppRole as programs use it: with hvac, with plain requests and by many at once."""

from concurrent.futures import ThreadPoolExecutor

import hvac
import pytest

from support.api import data, errors

REFUSED = "invalid role or secret ID"


@pytest.fixture
def mount(auth_mount):
    return auth_mount("approle")


def login(server, mount, role_id, secret_id, **how):
    return server.api.post(f"auth/{mount}/login", {"role_id": role_id, "secret_id": secret_id}, token=None, **how)


def make(server, mount, role="ci", **settings):
    """A role, its id, and a function that makes secret ids."""
    assert server.api.post(f"auth/{mount}/role/{role}", settings or {"token_policies": "default"}).status_code in (200, 204)
    role_id = data(server.api.get(f"auth/{mount}/role/{role}/role-id"))["role_id"]

    def secret(**wish):
        return data(server.api.post(f"auth/{mount}/role/{role}/secret-id", wish))

    return role_id, secret


def test_hvac_does_all_that_it_knows(shared, mount):
    client = shared.hvac()
    approle = client.auth.approle
    approle.create_or_update_approle(
        "ci", token_policies=["default"], token_ttl="10m", token_max_ttl="1h", secret_id_ttl="30m",
        secret_id_num_uses=10, bind_secret_id=True, mount_point=mount)
    assert approle.list_roles(mount_point=mount)["data"]["keys"] == ["ci"]
    role = approle.read_role("ci", mount_point=mount)["data"]
    assert (role["token_ttl"], role["secret_id_ttl"], role["secret_id_num_uses"]) == (600, 1800, 10)
    approle.update_role_id("ci", "my-role", mount_point=mount)
    role_id = approle.read_role_id("ci", mount_point=mount)["data"]["role_id"]
    assert role_id == "my-role"
    made = approle.generate_secret_id("ci", metadata={"job": "build"}, mount_point=mount)["data"]
    assert made["secret_id_num_uses"] == 10 and made["secret_id_ttl"] == 1800
    custom = approle.create_custom_secret_id("ci", "my-secret", mount_point=mount)["data"]
    accessors = approle.list_secret_id_accessors("ci", mount_point=mount)["data"]["keys"]
    assert sorted(accessors) == sorted([made["secret_id_accessor"], custom["secret_id_accessor"]])
    seen = approle.read_secret_id("ci", made["secret_id"], mount_point=mount)["data"]
    assert seen["metadata"] == {"job": "build"} and seen["secret_id_accessor"] == made["secret_id_accessor"]
    by_accessor = approle.read_secret_id_accessor("ci", made["secret_id_accessor"], mount_point=mount)["data"]
    assert by_accessor == seen

    mine = hvac.Client(url=shared.api.address)
    auth = mine.auth.approle.login("my-role", made["secret_id"], mount_point=mount)["auth"]
    assert auth["metadata"] == {"job": "build", "role_name": "ci"}
    assert auth["token_type"] == "service" and auth["lease_duration"] == 600
    assert mine.auth.token.lookup_self()["data"]["path"] == f"auth/{mount}/login"
    assert mine.auth.token.renew_self()["auth"]["lease_duration"] == 600

    approle.destroy_secret_id("ci", made["secret_id"], mount_point=mount)
    approle.destroy_secret_id_accessor("ci", custom["secret_id_accessor"], mount_point=mount)
    with pytest.raises(hvac.exceptions.InvalidRequest, match=REFUSED):
        mine.auth.approle.login("my-role", "my-secret", mount_point=mount)
    approle.delete_role("ci", mount_point=mount)
    with pytest.raises(hvac.exceptions.InvalidPath):
        approle.read_role("ci", mount_point=mount)
    assert mine.auth.token.lookup_self()["data"]["ttl"] > 0
    with pytest.raises(hvac.exceptions.InvalidRequest, match="does not exist during renewal"):
        mine.auth.token.renew_self()


def test_a_parameter_that_nobody_reads_is_named_in_a_warning(shared, mount):
    made = shared.api.post(f"auth/{mount}/role/app", {"token_ttl": "1h", "bogus": 1, "role_name": "app"})
    assert made.status_code == 200
    assert made.json()["warnings"] == ["Endpoint ignored these unrecognized parameters: [bogus]"]
    assert shared.api.get(f"auth/{mount}/role/app").json()["data"]["token_ttl"] == 3600
    assert shared.api.post(f"auth/{mount}/role/app", {"token_ttl": "2h"}).status_code == 204


def test_every_setting_of_a_role_has_a_path_of_its_own(shared, mount):
    make(shared, mount)
    base = f"auth/{mount}/role/ci"
    for path, name, value in [
        ("policies", "token_policies", ["a", "b"]), ("period", "token_period", 60), ("token-ttl", "token_ttl", 60),
        ("token-max-ttl", "token_max_ttl", 60), ("token-num-uses", "token_num_uses", 5),
        ("token-bound-cidrs", "token_bound_cidrs", ["127.0.0.0/8"]), ("secret-id-num-uses", "secret_id_num_uses", 5),
        ("secret-id-ttl", "secret_id_ttl", 60), ("secret-id-bound-cidrs", "secret_id_bound_cidrs", ["127.0.0.0/8"]),
    ]:
        assert shared.api.post(f"{base}/{path}", {name: value}).status_code == 204, path
        assert data(shared.api.get(f"{base}/{path}")) == {name: value}
        assert shared.api.delete(f"{base}/{path}").status_code == 204
        assert data(shared.api.get(f"{base}/{path}"))[name] != value
        assert shared.api.get(f"auth/{mount}/role/none/{path}").status_code == 404
    refused = shared.api.post(f"{base}/bind-secret-id", {"bind_secret_id": False})
    assert errors(refused, 400) == "at least one constraint should be enabled on the role"
    assert data(shared.api.get(f"{base}/bind-secret-id")) == {"bind_secret_id": True}
    assert data(shared.api.get(f"{base}/local-secret-ids")) == {"local_secret_ids": False}


def test_a_secret_id_lets_in_as_many_as_it_has_uses_however_many_come_at_once(shared, mount):
    role_id, secret = make(shared, mount, secret_id_num_uses=20)
    made = secret()["secret_id"]
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: login(shared, mount, role_id, made).status_code, range(60)))
    assert answers.count(200) == 20
    assert set(answers) <= {200, 400, 403}
    assert shared.api.list(f"auth/{mount}/role/ci/secret-id").status_code == 404


def test_a_secret_id_can_be_delivered_wrapped(shared, mount):
    role_id, _ = make(shared, mount)
    answer = shared.api.post(
        f"auth/{mount}/role/ci/secret-id", {}, headers={"X-Vault-Wrap-TTL": "60s"}).json()
    assert answer["data"] is None and answer["wrap_info"]["creation_path"] == f"auth/{mount}/role/ci/secret-id"
    unwrapped = shared.api.post("sys/wrapping/unwrap", {}, token=answer["wrap_info"]["token"])
    assert login(shared, mount, role_id, data(unwrapped)["secret_id"]).status_code == 200
    # Whoever unwraps it second knows that somebody was there before.
    assert shared.api.post("sys/wrapping/unwrap", {}, token=answer["wrap_info"]["token"]).status_code == 400


def test_wrong_ids_have_one_answer_and_lock_the_role_out(shared, mount):
    role_id, secret = make(shared, mount)
    other_id, other_secret = make(shared, mount, "other")
    made = secret()["secret_id"]
    for wrong in [(role_id, "x"), ("x", made), (other_id, made), (role_id, other_secret()["secret_id"])]:
        assert errors(login(shared, mount, *wrong), 400) == REFUSED
    for _ in range(3):
        login(shared, mount, role_id, "x")
    assert "permission denied" in errors(login(shared, mount, role_id, made), 403)
    assert login(shared, mount, other_id, other_secret()["secret_id"]).status_code == 200


def test_batch_tokens_periods_and_the_root_policy(shared, mount):
    role_id, secret = make(shared, mount, token_type="batch", token_ttl=60)
    auth = login(shared, mount, role_id, secret()["secret_id"]).json()["auth"]
    assert auth["client_token"].startswith("hvb.") and auth["token_type"] == "batch" and auth["accessor"] == ""
    refused = shared.api.post(f"auth/{mount}/role/ci/token-num-uses", {"token_num_uses": 1})
    assert "limited use count" in errors(refused, 400)
    role_id, secret = make(shared, mount, "periodic", token_period=60)
    token = login(shared, mount, role_id, secret()["secret_id"]).json()["auth"]["client_token"]
    assert data(shared.api.get("auth/token/lookup-self", token=token))["period"] == 60
    role_id, secret = make(shared, mount, "rooted", token_policies="root")
    assert errors(login(shared, mount, role_id, secret()["secret_id"]), 400) == "auth methods cannot create root tokens"


def test_addresses_bind_secret_ids_logins_and_tokens(shared, mount):
    role_id, secret = make(
        shared, mount, secret_id_bound_cidrs=["127.0.0.0/8"], token_bound_cidrs=["127.0.0.0/8", "10.0.0.0/8"])
    token = login(shared, mount, role_id, secret()["secret_id"]).json()["auth"]["client_token"]
    assert data(shared.api.get("auth/token/lookup-self", token=token))["bound_cidrs"] == ["127.0.0.0/8", "10.0.0.0/8"]
    elsewhere = secret(token_bound_cidrs=["10.0.0.0/8"])["secret_id"]
    token = login(shared, mount, role_id, elsewhere).json()["auth"]["client_token"]
    assert shared.api.get("auth/token/lookup-self", token=token).status_code == 403
    refused = shared.api.post(f"auth/{mount}/role/ci/secret-id", {"cidr_list": ["10.0.0.0/8"]})
    assert "failed to verify subset relationship" in errors(refused, 400)
    shared.api.post(f"auth/{mount}/role/ci", {"secret_id_bound_cidrs": ["10.0.0.0/8"]})
    refused = errors(login(shared, mount, role_id, elsewhere), 400)
    assert refused == 'source address "127.0.0.1" unauthorized by CIDR restrictions on the role'


def test_what_may_create_roles_may_not_change_them_by_another_spelling(shared, mount):
    make(shared, mount)
    shared.api.put(f"sys/policies/acl/{mount}", {
        "policy": f'path "auth/{mount}/role/*" {{ capabilities = ["create"] }}'})
    token = shared.api.post("auth/token/create", {"policies": [mount]}).json()["auth"]["client_token"]
    assert shared.api.post(f"auth/{mount}/role/new", {}, token=token).status_code == 204
    for spelling in ("ci", "CI", "cI"):
        assert shared.api.post(f"auth/{mount}/role/{spelling}", {"token_policies": "x"}, token=token).status_code == 403


def test_roles_secret_ids_and_their_uses_outlive_the_server(servers):
    server = servers.durable()
    server.api.post("sys/auth/approle", {"type": "approle"})
    role_id, secret = make(server, "approle", secret_id_num_uses=2)
    made = secret()["secret_id"]
    assert login(server, "approle", role_id, made).status_code == 200
    server.restart()
    server.unseal()
    assert login(server, "approle", role_id, made).status_code == 200
    assert errors(login(server, "approle", role_id, made), 400) == REFUSED


def test_neither_log_nor_audit_shows_a_secret_id(servers, tmp_path):
    start = servers.dev().start()
    log = tmp_path / "audit.log"
    start.api.put("sys/audit/file", {"type": "file", "options": {"file_path": str(log)}})
    start.api.post("sys/auth/approle", {"type": "approle"})
    role_id, secret = make(start, "approle")
    made = secret()["secret_id"]
    assert login(start, "approle", role_id, made).status_code == 200
    login(start, "approle", role_id, made + "x")
    assert log.stat().st_size > 0
    assert made not in log.read_text() and made not in start.output


def test_tidy_answers_that_it_was_done(shared, mount):
    make(shared, mount)
    answer = shared.api.post(f"auth/{mount}/tidy/secret-id", {})
    assert answer.status_code == 202
    assert "0 secret IDs were removed" in answer.json()["warnings"][0]
