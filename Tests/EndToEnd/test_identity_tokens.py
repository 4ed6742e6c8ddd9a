"""Keys, roles and the public documents of identity tokens."""

import pytest

from support.api import errors
from support.server import unique

WELL_KNOWN = "identity/oidc/.well-known"


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
