"""Tokens, mostly through hvac."""

import hvac
import pytest

from support import waiting
from support.api import errors
from support.server import unique


@pytest.fixture
def tokens(shared):
    return shared.hvac().auth.token


def create(tokens, **how):
    return tokens.create(**how)["auth"]


def dead(shared, token):
    return shared.api.get("auth/token/lookup-self", token=token).status_code == 403


def test_a_token_shows_what_it_was_made_with(shared, tokens):
    auth = create(tokens, policies=["default"], meta={"team": "a"}, ttl="1h", display_name="my app", explicit_max_ttl="2h")
    assert auth["client_token"].startswith("hvs.") and auth["accessor"]
    assert auth["lease_duration"] == 3600 and auth["renewable"] is True
    assert auth["metadata"] == {"team": "a"} and auth["token_type"] == "service" and auth["orphan"] is False
    found = tokens.lookup(auth["client_token"])["data"]
    assert found["id"] == auth["client_token"] and found["accessor"] == auth["accessor"]
    assert found["display_name"] == "token-my-app" and found["meta"] == {"team": "a"}
    assert found["policies"] == ["default"] and found["path"] == "auth/token/create"
    assert 3590 <= found["ttl"] <= 3600 and found["creation_ttl"] == 3600 and found["explicit_max_ttl"] == 7200
    assert found["num_uses"] == 0 and found["orphan"] is False and found["type"] == "service"
    assert found["issue_time"] and found["expire_time"] > found["issue_time"]
    own = shared.hvac(auth["client_token"]).auth.token.lookup_self()["data"]
    # The clock went on between the two.
    assert own.pop("ttl") <= found.pop("ttl") and own == found


def test_an_accessor_shows_the_token_without_giving_it_away(shared, tokens):
    auth = create(tokens, policies=["default"])
    found = tokens.lookup_accessor(auth["accessor"])["data"]
    assert found["accessor"] == auth["accessor"] and found["id"] == ""
    assert auth["accessor"] in tokens.list_accessors()["data"]["keys"]
    tokens.revoke_accessor(auth["accessor"])
    assert dead(shared, auth["client_token"])
    assert auth["accessor"] not in tokens.list_accessors()["data"]["keys"]
    with pytest.raises((hvac.exceptions.Forbidden, hvac.exceptions.InvalidPath, hvac.exceptions.InvalidRequest)):
        tokens.lookup_accessor(auth["accessor"])


def test_an_accessor_is_not_a_token(shared, tokens):
    auth = create(tokens, policies=["default"])
    assert dead(shared, auth["accessor"])


def test_a_token_renews_itself_up_to_its_explicit_maximum(shared, tokens):
    auth = create(tokens, policies=["default"], ttl="10m", explicit_max_ttl="20m")
    own = shared.hvac(auth["client_token"]).auth.token
    assert own.renew_self(increment="15m")["auth"]["lease_duration"] == 900
    clipped = own.renew_self(increment="10h")
    assert 1190 <= clipped["auth"]["lease_duration"] <= 1200
    assert clipped["warnings"]
    assert 1190 <= tokens.lookup(auth["client_token"])["data"]["ttl"] <= 1200


def test_a_token_is_renewed_by_others_by_itself_and_by_its_accessor(shared, tokens):
    auth = create(tokens, policies=["default"], ttl="10m")
    assert tokens.renew(auth["client_token"], increment=1800)["auth"]["lease_duration"] == 1800
    by_accessor = tokens.renew_accessor(auth["accessor"], increment="40m")["auth"]
    assert by_accessor["lease_duration"] == 2400 and by_accessor["client_token"] == ""
    found = tokens.lookup(auth["client_token"])["data"]
    assert found["last_renewal"] and found["last_renewal_time"]


def test_a_token_that_is_not_renewable_is_not_renewed(shared, tokens):
    auth = create(tokens, policies=["default"], ttl="10m", renewable=False)
    with pytest.raises(hvac.exceptions.InvalidRequest):
        tokens.renew(auth["client_token"])
    assert tokens.lookup(auth["client_token"])["data"]["renewable"] is False


def test_a_ttl_is_clamped_to_the_systems_maximum(shared, tokens):
    answer = tokens.create(policies=["default"], ttl="100000h")
    assert answer["auth"]["lease_duration"] <= 2764800
    assert answer["warnings"]


def test_a_token_ends_when_its_time_is_over(shared, tokens):
    auth = create(tokens, policies=["default"], ttl="1s")
    waiting.until(lambda: dead(shared, auth["client_token"]), "the token is over", 5)
    with pytest.raises(hvac.exceptions.Forbidden):
        tokens.lookup(auth["client_token"])
    waiting.until(
        lambda: auth["accessor"] not in tokens.list_accessors()["data"]["keys"], "the accessor goes as well", 10)


def test_a_child_ends_with_a_parent_whose_time_is_over(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    parent = create(tokens, policies=[policy], ttl="2s")["client_token"]
    child = create(shared.hvac(parent).auth.token, ttl="1h")["client_token"]
    assert not dead(shared, child)
    waiting.until(lambda: dead(shared, child), "the child ends with its parent", 10)


def test_a_token_with_two_uses_has_two_uses(shared, tokens):
    token = create(tokens, policies=["default"], num_uses=2)["client_token"]
    assert shared.api.get("auth/token/lookup-self", token=token).json()["data"]["num_uses"] == 1
    assert not dead(shared, token)
    assert dead(shared, token)


def test_a_refused_request_is_a_use_as_well(shared, tokens):
    token = create(tokens, policies=["default"], num_uses=1)["client_token"]
    errors(shared.api.get("sys/mounts", token=token), 403)
    assert dead(shared, token)


def test_uses_are_not_counted_wrong_by_requests_at_the_same_time(shared, tokens):
    from concurrent.futures import ThreadPoolExecutor

    token = create(tokens, policies=["default"], num_uses=5)["client_token"]
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(
            lambda _: shared.client(token).get("auth/token/lookup-self").status_code, range(24)))
    assert codes.count(200) == 5 and codes.count(403) == 19


def test_a_token_with_limited_uses_makes_no_children(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    token = create(tokens, policies=[policy], num_uses=5)["client_token"]
    with pytest.raises(hvac.exceptions.InvalidRequest):
        create(shared.hvac(token).auth.token)


def test_revoking_a_token_ends_its_children_and_their_children(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    family = [create(tokens, policies=[policy])["client_token"]]
    for _ in range(3):
        family.append(create(shared.hvac(family[-1]).auth.token, policies=[policy])["client_token"])
    sibling = create(tokens, policies=[policy])["client_token"]
    tokens.revoke(family[1])
    assert not dead(shared, family[0]) and not dead(shared, sibling)
    assert [dead(shared, token) for token in family[1:]] == [True, True, True]


def test_revoking_oneself_ends_ones_children(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    parent = create(tokens, policies=[policy])["client_token"]
    child = create(shared.hvac(parent).auth.token)["client_token"]
    shared.hvac(parent).auth.token.revoke_self()
    assert dead(shared, parent) and dead(shared, child)


def test_children_can_be_left_alive_as_orphans(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    parent = create(tokens, policies=[policy])["client_token"]
    child = create(shared.hvac(parent).auth.token)["client_token"]
    tokens.revoke_and_orphan_children(parent)
    assert dead(shared, parent) and not dead(shared, child)
    assert tokens.lookup(child)["data"]["orphan"] is True


def test_an_orphan_outlives_the_token_that_made_it(shared, tokens):
    policy = shared.policy('path "auth/token/create-orphan" { capabilities = ["update", "sudo"] }')
    parent = create(tokens, policies=[policy])["client_token"]
    orphan = shared.hvac(parent).auth.token.create_orphan(policies=["default"])["auth"]
    assert orphan["orphan"] is True
    tokens.revoke(parent)
    assert not dead(shared, orphan["client_token"])
    own = create(tokens, policies=["default"], no_parent=True)
    assert own["orphan"] is True


def test_revoking_what_is_not_there_is_no_error(shared, tokens):
    assert tokens.revoke("hvs.never-was").status_code == 204


def test_looking_up_what_is_not_there_is_forbidden(shared, tokens):
    for token in ("hvs.never-was", "x", "hvs." + "a" * 3000, "hvb.AAAA", "root "):
        with pytest.raises(hvac.exceptions.Forbidden):
            tokens.lookup(token)


def test_a_child_cannot_have_more_than_its_parent(shared, tokens):
    policy = shared.policy('path "auth/token/create" { capabilities = ["update"] }')
    other = shared.policy('path "secret/*" { capabilities = ["read"] }')
    parent = shared.client(create(tokens, policies=[policy])["client_token"])
    for body in ({"policies": [other]}, {"policies": [policy, other]}, {"policies": ["root"]}, {"id": "mine"},
                 {"no_parent": True}, {"period": "1h"}, {"policies": ["ROOT"]}):
        assert parent.post("auth/token/create", body).status_code in (400, 403), body
    assert parent.post("auth/token/create", {"policies": ["default"]}).status_code == 200
    inherited = parent.post("auth/token/create", {}).json()["auth"]["policies"]
    assert inherited == sorted(["default", policy])


def test_root_makes_tokens_with_an_id_of_its_choice_once(shared, tokens):
    name = unique("chosen")
    assert create(tokens, id=name, policies=["default"])["client_token"] == name
    assert not dead(shared, name)
    with pytest.raises(hvac.exceptions.InvalidRequest):
        create(tokens, id=name, policies=["default"])


@pytest.mark.parametrize("name", ["hvs.mine", "a.b", "", "a b", "a/b", "a\nb", "../x", "x" * 5000])
def test_an_id_that_could_be_mistaken_for_something_else_is_refused_or_harmless(shared, tokens, name):
    answer = shared.api.post("auth/token/create", {"id": name, "policies": ["default"], "ttl": "1m"})
    assert answer.status_code in (200, 400)
    if name in ("hvs.mine", "a.b"):
        errors(answer, 400)


def test_a_periodic_token_is_renewed_for_its_period_every_time(shared, tokens):
    auth = create(tokens, policies=["default"], period="10m")
    assert auth["lease_duration"] == 600
    assert tokens.renew(auth["client_token"], increment="100h")["auth"]["lease_duration"] == 600
    assert tokens.lookup(auth["client_token"])["data"]["period"] == 600


def test_a_root_token_that_does_not_end_makes_one_that_ends(shared, tokens):
    auth = create(tokens, policies=["root"], ttl="30m")
    assert 0 < auth["lease_duration"] <= 1800
    child = shared.hvac(auth["client_token"])
    assert child.sys.list_policies()


def test_a_policy_that_is_not_there_is_a_warning(shared, tokens):
    answer = tokens.create(policies=["never-written"])
    assert any("never-written" in warning for warning in answer["warnings"])


@pytest.mark.parametrize("body", [
    {"ttl": "nonsense"}, {"ttl": -5}, {"num_uses": -1}, {"explicit_max_ttl": "-1h"}, {"period": "x"},
    {"type": "strange"}, {"policies": {"a": 1}}, {"num_uses": "many"}, {"meta": "x"},
])
def test_a_request_for_a_token_that_makes_no_sense_is_refused(shared, body):
    errors(shared.api.post("auth/token/create", {"policies": ["default"], **body}), 400)


def test_tokens_are_not_in_the_store_in_plain(durable):
    token = durable.token_with("default", display_name="plainly visible name", ttl="1h")
    stored = b"".join(
        file.read_bytes() for file in (durable.folder / "store").iterdir() if file.is_file())
    assert len(stored) > 4096
    for secret in (token, token.removeprefix("hvs."), durable.root_token, "plainly-visible-name", "plainly visible"):
        assert secret.encode() not in stored
