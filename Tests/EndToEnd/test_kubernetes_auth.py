"""Logins with the tokens of Kubernetes' service accounts, against an API server over TLS."""

import base64
import json
import re
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from support.api import data, errors
from support.catalog import register
from support.certificates import Authority
from support.kubernetes import Cluster
from support.server import unique


@pytest.fixture(scope="session")
def clusters(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(clusters):
    """A cluster with the accounts that most tests are about."""
    clusters.accounts.clear()
    clusters.namespaces.clear()
    clusters.reviewers.clear()
    clusters.requests.clear()
    clusters.account("vault-demo", "demo-app")
    clusters.account("vault-demo", "coffer", reviewer=True)
    return clusters


class Door:
    """A mount of the auth method."""

    def __init__(self, server, cluster, path, **config):
        self.server, self.cluster, self.path = server, cluster, path
        reviewer = cluster.token("vault-demo", "coffer")
        self.configure(**{"kubernetes_ca_cert": cluster.ca, "token_reviewer_jwt": reviewer, **config})
        self.role("demo-app")

    def configure(self, **config):
        answer = self.server.api.post(f"auth/{self.path}/config", {"kubernetes_host": self.cluster.url, **config})
        assert answer.status_code in (200, 204), answer.text

    def role(self, name, **more):
        body = {
            "bound_service_account_names": "demo-app", "bound_service_account_namespaces": "vault-demo",
            "policies": "app-readonly", "ttl": "1h", **more}
        answer = self.server.api.post(f"auth/{self.path}/role/{name}", body)
        assert answer.status_code in (200, 204), answer.text
        return answer

    def login(self, token, role="demo-app", **how):
        return self.server.api.post(f"auth/{self.path}/login", {"role": role, "jwt": token}, token=None, **how)


@pytest.fixture
def mount(shared):
    path = unique("k8s")
    assert shared.api.post(f"sys/auth/{path}", {"type": "kubernetes"}).status_code == 204
    yield path
    shared.api.delete(f"sys/auth/{path}")


@pytest.fixture
def door(shared, cluster, mount):
    return Door(shared, cluster, mount)


def demo_token(cluster, **how):
    return cluster.token("vault-demo", "demo-app", **how)


def unsigned(token):
    """The token as its bearer might write it anew."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


# The demo of the founding documents


def test_the_demo_works_as_it_is_written(servers, cluster):
    server = servers.dev().start()
    cli = server.cli()
    reviewer, ca = server.folder / "reviewer", server.folder / "ca.crt"
    reviewer.write_text(cluster.token("vault-demo", "coffer"))
    ca.write_text(cluster.ca)
    cli.ok("auth", "enable", "kubernetes")
    cli.ok(
        "write", "auth/kubernetes/config", f"kubernetes_host={cluster.url}", f"kubernetes_ca_cert=@{ca}",
        f"token_reviewer_jwt=@{reviewer}")
    cli.ok(
        "write", "auth/kubernetes/role/demo-app", "bound_service_account_names=demo-app",
        "bound_service_account_namespaces=vault-demo", "policies=app-readonly", "ttl=1h")
    policy = server.folder / "app-readonly.hcl"
    policy.write_text('path "secret/data/demo/*" {\n  capabilities = ["read", "list"]\n}\n')
    cli.ok("policy", "write", "app-readonly", str(policy))
    cli.ok("kv", "put", "secret/demo/database", "username=appuser", "password=s3cret-passw0rd")
    pod = server.folder / "token"
    pod.write_text(demo_token(cluster))
    script = f"""
        SA_TOKEN=$(cat {pod})
        VAULT_TOKEN=$(wget -qO- --post-data "{{\\"jwt\\": \\"$SA_TOKEN\\", \\"role\\": \\"demo-app\\"}}" \\
        {server.address}/v1/auth/kubernetes/login 2>/dev/null | \\
        sed 's/.*"client_token":"\\([^"]*\\)".*/\\1/')
        wget -qO- --header "X-Vault-Token: $VAULT_TOKEN" {server.address}/v1/secret/data/demo/database
        wget -qO- --header "X-Vault-Token: $VAULT_TOKEN" {server.address}/v1/auth/token/lookup-self
    """
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    secret, token = (json.loads(line)["data"] for line in done.stdout.splitlines())
    assert secret["data"]["password"] == "s3cret-passw0rd"
    assert token["policies"] == ["app-readonly", "default"]
    assert token["creation_ttl"] == 3600
    assert token["display_name"] == "kubernetes-vault-demo-demo-app"
    assert token["meta"]["service_account_name"] == "demo-app"
    assert token["path"] == "auth/kubernetes/login"
    printed = cli.ok("login", "-method=kubernetes", "-token-only", "role=demo-app", f"jwt=@{pod}").strip()
    assert data(server.client(printed).get("auth/token/lookup-self"))["policies"] == ["app-readonly", "default"]


# Who is let in


def test_the_entity_goes_by_the_uid_and_a_new_account_of_the_same_name_is_another(shared, cluster, door):
    first = door.login(demo_token(cluster)).json()["auth"]
    assert door.login(demo_token(cluster)).json()["auth"]["entity_id"] == first["entity_id"]
    entity = data(shared.api.get(f"identity/entity/id/{first['entity_id']}"))
    (alias,) = entity["aliases"]
    assert alias["name"] == cluster.accounts["vault-demo", "demo-app"]["uid"]
    assert alias["metadata"]["service_account_namespace"] == "vault-demo"
    old = demo_token(cluster)
    cluster.account("vault-demo", "demo-app")
    errors(door.login(old), 403)
    assert door.login(demo_token(cluster)).json()["auth"]["entity_id"] != first["entity_id"]


def test_tokens_that_are_not_good_are_refused(cluster, door):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    cluster.account("vault-demo", "other")
    cluster.account("kube-system", "demo-app")
    good = demo_token(cluster)
    assert door.login(good).status_code == 200
    forged = good.rsplit(".", 1)[0] + "." + good.rsplit(".", 1)[1][::-1]
    for token in [
        demo_token(cluster, seconds=-30), demo_token(cluster, seconds=-3600), demo_token(cluster, key=stranger),
        demo_token(cluster, audiences=["https://elsewhere"]), cluster.token("vault-demo", "other"),
        cluster.token("kube-system", "demo-app"), cluster.token("vault-demo", "never-was"),
        demo_token(cluster, sub="system:serviceaccount:kube-system:demo-app"), demo_token(cluster, sub="admin"),
    ]:
        text = errors(door.login(token), 403)
        assert token not in text
    for token in ["x", "a.b.c", unsigned(good), good + "." + good, "A" * 40_000, "{}", forged.replace(".", " ")]:
        text = errors(door.login(token), 400)
        assert token[:40] not in text or token in "x{}"
    del cluster.accounts["vault-demo", "demo-app"]
    assert errors(door.login(good), 403) == "permission denied"


def test_who_forges_a_token_for_another_account_is_nobody(cluster, door):
    """The claims are for `demo-app`, and only the API server's word counts, which is about `other`."""
    cluster.account("vault-demo", "other")
    uid = cluster.accounts["vault-demo", "other"]["uid"]
    claims = {"namespace": "vault-demo", "serviceaccount": {"name": "other", "uid": uid}}
    token = demo_token(cluster, **{"kubernetes.io": claims})
    assert errors(door.login(token), 403) == "service account name not authorized"


def test_a_role_with_an_audience_takes_tokens_that_were_made_out_for_it(cluster, door):
    door.role("strict", audience="coffer")
    assert errors(door.login(demo_token(cluster), "strict"), 403).startswith("invalid audience (aud) claim")
    assert door.login(demo_token(cluster, audiences=["coffer"]), "strict").status_code == 200
    assert door.login(demo_token(cluster, audiences=["x", "coffer"]), "strict").status_code == 200
    # Without an audience it is the API server's, and not any that the token happens to name.
    errors(door.login(demo_token(cluster, audiences=["coffer"])), 403)


def test_namespaces_by_pattern_and_by_label(cluster, door):
    cluster.account("team-a", "worker-1")
    cluster.account("team-b", "worker-1")
    cluster.namespaces["team-b"] = {"tier": "gold"}
    door.role("glob", bound_service_account_names="worker-*", bound_service_account_namespaces="*-a")
    assert door.login(cluster.token("team-a", "worker-1"), "glob").status_code == 200
    assert errors(door.login(cluster.token("team-b", "worker-1"), "glob"), 403) == "namespace not authorized"
    door.role(
        "label", bound_service_account_names="*", bound_service_account_namespaces="",
        bound_service_account_namespace_selector="matchLabels:\n  tier: gold\n")
    assert door.login(cluster.token("team-b", "worker-1"), "label").status_code == 200
    errors(door.login(cluster.token("team-a", "worker-1"), "label"), 403)


def test_annotations_become_metadata_of_the_alias(shared, cluster, door):
    door.configure(
        kubernetes_ca_cert=cluster.ca, token_reviewer_jwt=cluster.token("vault-demo", "coffer"),
        use_annotations_as_alias_metadata=True)
    cluster.account("vault-demo", "demo-app", **{"vault.hashicorp.com/alias-metadata-env": "prod", "other": "x"})
    auth = door.login(demo_token(cluster)).json()["auth"]
    (alias,) = data(shared.api.get(f"identity/entity/id/{auth['entity_id']}"))["aliases"]
    assert alias["metadata"]["env"] == "prod" and "other" not in alias["metadata"]


def test_renewal_goes_by_the_role_and_asks_the_cluster_nothing(shared, cluster, door):
    token = door.login(demo_token(cluster)).json()["auth"]["client_token"]
    asked = len(cluster.requests)
    door.role("demo-app", ttl="10m")
    renewed = shared.api.post("auth/token/renew-self", {}, token=token).json()["auth"]
    assert renewed["lease_duration"] == 600
    shared.api.delete(f"auth/{door.path}/role/demo-app")
    errors(shared.api.post("auth/token/renew-self", {}, token=token), 400)
    assert len(cluster.requests) == asked


def test_hvac_knows_it(shared, cluster, mount):
    client = shared.hvac()
    client.auth.kubernetes.configure(
        kubernetes_host=cluster.url, kubernetes_ca_cert=cluster.ca,
        token_reviewer_jwt=cluster.token("vault-demo", "coffer"), mount_point=mount)
    config = client.auth.kubernetes.read_config(mount_point=mount)
    assert config["kubernetes_host"] == cluster.url and "token_reviewer_jwt" not in config
    client.auth.kubernetes.create_role(
        "app", ["demo-app"], ["vault-demo"], ttl="1h", policies=["p"], token_type="batch", mount_point=mount)
    assert client.auth.kubernetes.list_roles(mount_point=mount)["keys"] == ["app"]
    assert client.auth.kubernetes.read_role("app", mount_point=mount)["token_policies"] == ["p"]
    auth = client.auth.kubernetes.login("app", demo_token(cluster), use_token=False, mount_point=mount)["auth"]
    assert auth["client_token"].startswith("hvb.")
    client.auth.kubernetes.delete_role("app", mount_point=mount)
    assert shared.api.list(f"auth/{mount}/role").status_code == 404


# The API server as it should not be


def reset(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def review(**status):
    """An answer to a review that says so, of an account that may log in."""
    user = {"username": "system:serviceaccount:vault-demo:demo-app", "uid": "u-1"}
    body = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1",
            "status": {"authenticated": True, "user": user, **status}}
    return lambda handler: handler.answer(201, body)


FAULTS = {
    "a token that could not be checked": (review(error="etcd is away"), "could not be checked"),
    "a yes that is no boolean": (review(authenticated="yes"), "neither true nor false"),
    "a token of nobody": (review(user={}), "not whose it is"),
    "an account without a namespace": (review(user={"username": "system:serviceaccount:demo-app"}), "none can have"),
    "status 500": (lambda handler: handler.refuse(500, "etcd is away"), "status 500"),
    "status 503": (lambda handler: handler.raw(503, b""), "status 503"),
    "a redirection": (lambda handler: handler.raw(307, b""), "status 307"),
    "no JSON": (lambda handler: handler.raw(201, b"<html>hello</html>"), "no JSON object"),
    "another object": (lambda handler: handler.answer(201, {"kind": "Pod"}), "no TokenReview"),
    "an endless answer": (lambda handler: handler.raw(201, b" " * (1 << 21)), "more than is allowed"),
    "deep nesting": (lambda handler: handler.raw(201, b"[" * 100_000), "no JSON object"),
    "an end in the middle": (reset, "broke off"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_api_server_that_fails_is_a_clear_error_and_a_line_in_the_log(shared, cluster, door, name):
    fault, said = FAULTS[name]
    token = demo_token(cluster)
    with cluster.misbehaving(fault):
        text = errors(door.login(token), 502)
    assert text.startswith("token review failed: the Kubernetes API server") and said in text
    shared.logs(cluster.url, said)
    assert token not in shared.log and cluster.ca not in text
    assert door.login(token).status_code == 200


def test_a_good_token_of_who_is_no_service_account_is_refused(shared, cluster, door):
    with cluster.misbehaving(review(user={"username": "system:node:worker", "uid": "u-1"})):
        errors(door.login(demo_token(cluster)), 403)
    with cluster.misbehaving(review()):
        assert door.login(demo_token(cluster)).status_code == 200


def test_a_reviewer_that_may_not_ask_is_told_from_a_token_that_is_not_good(shared, cluster, door):
    token = demo_token(cluster)
    cluster.reviewers.clear()
    assert "status 403" in errors(door.login(token), 502)
    shared.logs("system:auth-delegator")
    door.configure(kubernetes_ca_cert=cluster.ca, token_reviewer_jwt=cluster.token("vault-demo", "coffer", seconds=-1))
    assert "status 401" in errors(door.login(token), 502)


def test_without_a_reviewer_the_token_asks_about_itself(cluster, door):
    door.configure(kubernetes_ca_cert=cluster.ca)
    errors(door.login(demo_token(cluster)), 403)
    cluster.reviewers.add(("vault-demo", "demo-app"))
    assert door.login(demo_token(cluster)).status_code == 200
    errors(door.login(demo_token(cluster, audiences=["elsewhere"])), 403)


def test_only_the_configured_authority_is_trusted(cluster, door, tmp_path):
    reviewer = cluster.token("vault-demo", "coffer")
    door.configure(kubernetes_ca_cert=Authority(tmp_path / "other").file.read_text(), token_reviewer_jwt=reviewer)
    assert "certificate that is not trusted" in errors(door.login(demo_token(cluster)), 502)
    door.configure(token_reviewer_jwt=reviewer)
    assert "certificate that is not trusted" in errors(door.login(demo_token(cluster)), 502)
    # The right authority, and another host's name.
    door.configure(
        kubernetes_host=cluster.url.replace("127.0.0.1", "127.0.0.2"), kubernetes_ca_cert=cluster.ca,
        token_reviewer_jwt=reviewer)
    assert errors(door.login(demo_token(cluster)), 502)
    assert cluster.requests == []


def test_an_api_server_that_is_away_or_has_no_name(cluster, door):
    reviewer = cluster.token("vault-demo", "coffer")
    door.configure(kubernetes_host="https://127.0.0.1:1", kubernetes_ca_cert=cluster.ca, token_reviewer_jwt=reviewer)
    assert "cannot be connected to" in errors(door.login(demo_token(cluster)), 502)
    door.configure(kubernetes_host="https://no-such-host.invalid", kubernetes_ca_cert=cluster.ca)
    assert "cannot be" in errors(door.login(demo_token(cluster)), 502)


def test_one_that_hangs_holds_up_neither_other_mounts_nor_this_ones_other_paths(shared, cluster, door):
    released = threading.Event()
    token = demo_token(cluster)
    with cluster.misbehaving(lambda handler: released.wait(60)), ThreadPoolExecutor(12) as pool:
        hanging = [pool.submit(door.login, token, timeout=60) for _ in range(10)]
        while len(cluster.requests) < 10:
            time.sleep(0.01)
        assert shared.api.get(f"auth/{door.path}/role/demo-app").status_code == 200
        assert shared.api.get("auth/token/lookup-self").status_code == 200
        for answer in hanging:
            assert "does not answer in time" in errors(answer.result(), 502)
        released.set()
    assert door.login(token).status_code == 200


# In a pod


def test_in_a_pod_its_own_token_and_certificate_are_used_and_read_again_when_rotated(servers, cluster, tmp_path, plugins):
    pod = tmp_path / "pod"
    pod.mkdir(mode=0o755)
    for folder in [tmp_path, *tmp_path.parents]:
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)

    def rotate(version, token):
        """As the kubelet does it: a new folder, and a link that is moved over to it."""
        content = pod / f"..{version}"
        content.mkdir()
        (content / "token").write_text(token)
        (content / "ca.crt").write_text(cluster.ca)
        (pod / "..next").symlink_to(content.name)
        (pod / "..next").rename(pod / "..data")
        for name in ("token", "ca.crt"):
            if not (pod / name).is_symlink():
                (pod / name).symlink_to(f"..data/{name}")

    rotate(1, cluster.token("vault-demo", "coffer", seconds=-1))
    server = servers.durable(extra=plugins.setting)
    digest = plugins.add("coffer-plugin-auth-kubernetes", "coffer-plugin-auth-kubernetes")
    answer = register(
        server, "kubernetes", digest, kind="auth", command="coffer-plugin-auth-kubernetes", network=True,
        env=[f"KUBERNETES_SERVICE_ACCOUNT_FOLDER={pod}"], readable_paths=[str(pod)])
    assert "read /var/run/secrets" in answer.text
    assert server.api.post("sys/auth/kubernetes", {"type": "kubernetes"}).status_code == 204
    door = Door(server, cluster, "kubernetes", kubernetes_ca_cert="", token_reviewer_jwt="")
    token = demo_token(cluster)
    assert "status 401" in errors(door.login(token), 502)
    rotate(2, cluster.token("vault-demo", "coffer"))
    assert door.login(token).status_code == 200
    door.configure(disable_local_ca_jwt=True)
    assert "certificate that is not trusted" in errors(door.login(token), 502)


def test_what_the_engine_may_do_is_shown_and_is_what_it_declares(shared):
    shown = data(shared.api.get("sys/plugins/catalog/auth/kubernetes"))
    assert shown["builtin"] is True and shown["network"] is True and shown["writable_paths"] == []
    assert shown["readable_paths"] == ["/var/run/secrets/kubernetes.io/serviceaccount"]
    assert data(shared.api.get("sys/plugins/catalog/secret/kv"))["network"] is False
    printed = shared.cli().ok("plugin", "info", "auth", "kubernetes")
    assert re.search(r"network\s+true", printed)
