"""Roles whose domains and URIs stand for who asks, with identities of real logins."""

import hvac
import pytest
from cryptography import x509

from support.api import errors
from support.pki import lint, load


@pytest.fixture
def pki(pki):
    pki.root()
    policy = f'path "{pki.mount}/issue/*" {{ capabilities = ["update"] }}'
    assert pki.server.api.post(f"sys/policies/acl/{pki.mount}", {"policy": policy}).status_code == 204
    yield pki
    pki.server.api.delete(f"sys/policies/acl/{pki.mount}")


@pytest.fixture
def people(shared, auth_mount, pki):
    """Logs people in, who may issue; and the accessor of their mount."""
    mount = auth_mount("userpass")
    accessor = shared.api.get("sys/auth").json()["data"][f"{mount}/"]["accessor"]

    def login(name, metadata=None):
        made = shared.api.post(f"auth/{mount}/users/{name}", {"password": "right", "token_policies": pki.mount})
        assert made.status_code == 204, made.text
        client = hvac.Client(url=shared.api.address)
        auth = client.auth.userpass.login(name, "right", mount_point=mount)["auth"]
        if metadata:
            changed = shared.api.post(f"identity/entity/id/{auth['entity_id']}", {"metadata": metadata})
            assert changed.status_code in (200, 204), changed.text
        return auth["client_token"]

    return login, accessor


def issue(pki, token, name, **more):
    return pki.post("issue/own", {"common_name": name, **more}, token=token)


def test_a_name_is_had_by_whom_it_stands_for(pki, people):
    login, accessor = people
    pki.role("own", allowed_domains=[f"{{{{identity.entity.aliases.{accessor}.name}}}}.example.com",
                                     "{{identity.entity.metadata.team}}.example.org"],
             allow_subdomains=False, allowed_domains_template=True,
             allowed_uri_sans=[f"spiffe://example/{{{{identity.entity.aliases.{accessor}.name}}}}"],
             allowed_uri_sans_template=True)
    ada, bob = login("ada", {"team": "web"}), login("bob")
    made = issue(pki, ada, "ada.example.com", uri_sans="spiffe://example/ada")
    assert made.status_code == 200, made.text
    leaf = load(made.json()["data"]["certificate"])
    lint(leaf)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://example/ada"]
    assert issue(pki, ada, "web.example.org").status_code == 200
    assert "not allowed by this role" in errors(issue(pki, ada, "bob.example.com"), 400)
    assert issue(pki, bob, "bob.example.com").status_code == 200
    assert "not allowed by this role" in errors(issue(pki, bob, "web.example.org"), 400)
    assert "not allowed by this role" in errors(
        issue(pki, bob, "bob.example.com", uri_sans="spiffe://example/ada"), 400)
    # A token without an entity stands for nobody.
    root = pki.post("issue/own", {"common_name": "ada.example.com"})
    assert "not allowed by this role" in errors(root, 400)


@pytest.mark.parametrize("value", ["*", "a*", "a,victim", "a/victim", "..", "a+b", 'a"b'])
def test_no_value_widens_a_role(pki, people, value):
    login, _ = people
    pki.role("own", allowed_domains=["{{identity.entity.metadata.v}}.example.com", "{{identity.entity.metadata.v}}"],
             allowed_domains_template=True, allow_glob_domains=True,
             allowed_uri_sans=["spiffe://example/{{identity.entity.metadata.v}}"], allowed_uri_sans_template=True)
    token = login("mallory", {"v": value})
    for name in ("victim.example.com", "victim", "a.example.com", "victim.example.org", "a.victim.example.com"):
        assert "not allowed by this role" in errors(issue(pki, token, name), 400)
    pki.role("own", allowed_domains=["example.com"], allowed_uri_sans_template=True,
             allowed_uri_sans=["spiffe://example/{{identity.entity.metadata.v}}"])
    for uri in ("spiffe://example/victim", "spiffe://example/a", "spiffe://example/a/victim"):
        assert "not allowed by this role" in errors(issue(pki, token, "a.example.com", uri_sans=uri), 400)


def test_a_template_that_names_nothing_is_refused_with_the_role(pki):
    refused = pki.post("roles/own", {"allowed_domains": ["{{identity.nothing.name}}"],
                                     "allowed_domains_template": True})
    assert "unknown template parameter" in errors(refused, 400)
