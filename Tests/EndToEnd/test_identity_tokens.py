"""Identity tokens: a stranger verifies them with nothing but the issuer's address, by PyJWT."""

import base64
import json
import time

import jwt
import pytest

from support.api import data, errors
from support.server import unique

ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"]
WELL_KNOWN = "identity/oidc/.well-known"


@pytest.fixture
def person(shared):
    """An API client whose token belongs to an entity, with this entity's id as `entity_id`."""
    name, accessor = unique("person"), data(shared.api.get("sys/auth"))["token/"]["accessor"]
    policy = shared.policy('path "identity/oidc/token/*" { capabilities = ["read"] }')
    answer = shared.api.post("identity/entity", {"name": name, "metadata": {"color": "green", "quoted": '","sub":"x'}})
    entity = data(answer)["id"]
    shared.api.post("identity/entity-alias", {"name": name, "canonical_id": entity, "mount_accessor": accessor})
    role = unique("role")
    shared.api.post(f"auth/token/roles/{role}", {"allowed_entity_aliases": [name], "allowed_policies": [policy]})
    answer = shared.api.post(f"auth/token/create/{role}", {"entity_alias": name, "policies": [policy]})
    client = shared.client(answer.json()["auth"]["client_token"])
    client.entity_id, client.entity_name = entity, name
    return client


@pytest.fixture
def role(shared):
    """Makes a key and a role of one name and gives the name; both are removed with the test."""
    made = []

    def make(algorithm="ES256", template="", ttl="10m", **key):
        name = unique("oidc")
        key = {"algorithm": algorithm, "allowed_client_ids": "*", "verification_ttl": "1h", **key}
        assert shared.api.post(f"identity/oidc/key/{name}", key).status_code == 204
        body = {"key": name, "ttl": ttl, "template": template}
        assert shared.api.post(f"identity/oidc/role/{name}", body).status_code == 204
        made.append(name)
        return name

    yield make
    for name in made:
        assert shared.api.delete(f"identity/oidc/role/{name}").status_code == 204
        assert shared.api.delete(f"identity/oidc/key/{name}").status_code == 204


def token_of(client, role):
    return data(client.get(f"identity/oidc/token/{role}"))


def verify(shared, token, audience):
    """As any relying party does: discovery, key set, signature, issuer, audience, times."""
    discovery = shared.api.get(f"{WELL_KNOWN}/openid-configuration", token=None).json()
    keys = jwt.PyJWKClient(discovery["jwks_uri"], cache_keys=False, cache_jwk_set=False)
    return jwt.decode(
        token, keys.get_signing_key_from_jwt(token), algorithms=discovery["id_token_signing_alg_values_supported"],
        audience=audience, issuer=discovery["issuer"], options={"require": ["exp", "iat", "iss", "sub", "aud"]})


def is_active(shared, token, **more):
    return shared.api.post("identity/oidc/introspect", {"token": token, **more}).json()["active"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_stranger_verifies_a_token_of_every_algorithm(shared, person, role, algorithm):
    made = token_of(person, role(algorithm))
    assert jwt.get_unverified_header(made["token"])["alg"] == algorithm
    claims = verify(shared, made["token"], made["client_id"])
    assert claims["sub"] == person.entity_id and claims["exp"] - claims["iat"] == made["ttl"] == 600
    assert is_active(shared, made["token"]) and is_active(shared, made["token"], client_id=made["client_id"])
    assert not is_active(shared, made["token"], client_id="somebody-else")


def test_a_template_adds_claims_and_no_metadata_can_add_one(shared, person, role):
    template = """{
        "color": {{identity.entity.metadata.color}},
        "quoted": {{identity.entity.metadata.quoted}},
        "name": {{identity.entity.name}},
        "groups": {{identity.entity.groups.names}},
        "nbf": {{time.now.minus.5s}}
    }"""
    made = token_of(person, role(template=base64.b64encode(template.encode()).decode()))
    claims = verify(shared, made["token"], made["client_id"])
    assert claims["color"] == "green" and claims["quoted"] == '","sub":"x' and claims["name"] == person.entity_name
    assert claims["groups"] == [] and claims["nbf"] == claims["iat"] - 5
    assert claims["sub"] == person.entity_id


def test_a_rotated_key_verifies_until_its_verification_ttl(shared, person, role):
    name = role(verification_ttl="1h")
    first = token_of(person, name)
    assert shared.api.post(f"identity/oidc/key/{name}/rotate").status_code == 204
    second = token_of(person, name)
    assert jwt.get_unverified_header(first["token"])["kid"] != jwt.get_unverified_header(second["token"])["kid"]
    for made in (first, second):
        verify(shared, made["token"], made["client_id"])
    assert shared.api.post(f"identity/oidc/key/{name}/rotate", {"verification_ttl": "2s"}).status_code == 204
    verify(shared, second["token"], second["client_id"])
    deadline = time.monotonic() + 10
    while is_active(shared, second["token"]):
        assert time.monotonic() < deadline, "the rotated key is believed for too long"
        time.sleep(0.2)
    with pytest.raises(jwt.PyJWKClientError):
        verify(shared, second["token"], second["client_id"])
    assert is_active(shared, first["token"])


def test_a_token_is_inactive_when_its_entity_is_disabled(shared, person, role):
    made = token_of(person, role())
    assert is_active(shared, made["token"])
    shared.api.post(f"identity/entity/id/{person.entity_id}", {"disabled": True})
    answer = shared.api.post("identity/oidc/introspect", {"token": made["token"]})
    assert answer.json() == {"active": False, "error": "entity is disabled"}


def test_a_token_without_an_entity_gets_no_identity_token(shared, role):
    answer = shared.api.get(f"identity/oidc/token/{role()}")
    assert errors(answer, 400) == "no entity associated with the request's token"


def test_verifiers_may_keep_the_documents_for_a_while(shared, role):
    role()
    for document, most in [("openid-configuration", 3600), ("keys", 24 * 3600)]:
        answer = shared.api.get(f"{WELL_KNOWN}/{document}", token=None)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
        name, _, seconds = answer.headers["Cache-Control"].partition("=")
        assert name == "max-age" and 0 < int(seconds) <= most
    assert all(
        set(key) <= {"use", "kty", "kid", "alg", "crv", "x", "y", "n", "e"}
        for key in shared.api.get(f"{WELL_KNOWN}/keys", token=None).json()["keys"])


def test_hvac_speaks_identity_tokens(shared, person):
    identity, name = shared.hvac().secrets.identity, unique("hvac")
    identity.create_named_key(name=name, allowed_client_ids=["*"], algorithm="ES384")
    assert identity.read_named_key(name)["data"]["algorithm"] == "ES384"
    assert name in identity.list_named_keys()["data"]["keys"]
    identity.rotate_named_key(name, "12h")
    assert identity.read_named_key(name)["data"]["verification_ttl"] == 12 * 3600
    template = json.dumps({"fixed": "value"})
    identity.create_or_update_role(name=name, key=name, template=template, ttl="1h", client_id="the-client")
    role = identity.read_role(name)["data"]
    assert role == {"client_id": "the-client", "key": name, "template": template, "ttl": 3600}
    assert name in identity.list_roles()["data"]["keys"]
    hers = shared.hvac(person.token).secrets.identity.generate_signed_id_token(name)["data"]
    assert verify(shared, hers["token"], "the-client")["fixed"] == "value"
    assert identity.introspect_signed_id_token(hers["token"], "the-client")["active"] is True
    kid = jwt.get_unverified_header(hers["token"])["kid"]
    assert kid in [key["kid"] for key in identity.read_active_public_keys()["keys"]]
    assert identity.read_well_known_configurations()["jwks_uri"].endswith("/v1/identity/oidc/.well-known/keys")
    assert "issuer" in identity.read_tokens_backend_configuration()["data"]
    identity.delete_role(name)
    identity.delete_named_key(name)
    assert name not in identity.list_named_keys()["data"]["keys"]


def test_tokens_stay_verifiable_over_a_restart(durable):
    api = durable.api
    api.post("identity/oidc/key/k", {"algorithm": "EdDSA", "allowed_client_ids": "*"})
    before = {key["kid"] for key in api.get(f"{WELL_KNOWN}/keys", token=None).json()["keys"]}
    durable.restart()
    durable.unseal()
    after = {key["kid"] for key in durable.api.get(f"{WELL_KNOWN}/keys", token=None).json()["keys"]}
    assert len(before) == 2 and after == before


def test_nothing_is_published_while_sealed(durable):
    durable.api.put("sys/seal")
    assert durable.api.get(f"{WELL_KNOWN}/keys", token=None).status_code == 503
