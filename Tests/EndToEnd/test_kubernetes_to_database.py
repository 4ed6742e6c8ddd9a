"""The whole story: a pod shows its ServiceAccount's token, gets a token of Coffer's, and with that a database user of its own,
which it renews, and which is dropped when the lease or the token ends. See Documentation/kubernetes-and-databases.md."""

import json
import subprocess

import pytest

from support import waiting
from support.api import data, errors
from support.kubernetes import Cluster
from support.postgres import DatabaseMount

CREATE = """
    CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';
    GRANT SELECT ON orders TO "{{name}}";
"""


@pytest.fixture
def story(servers, tmp_path, postgres):
    """A server, a cluster and a database, as the page has them."""
    server = servers.dev().start()
    cluster = Cluster(tmp_path / "cluster")
    cluster.account("demo", "demo-app")
    cluster.account("demo", "coffer", reviewer=True)
    reviewer, ca = tmp_path / "reviewer.jwt", tmp_path / "cluster-ca.crt"
    reviewer.write_text(cluster.token("demo", "coffer"))
    ca.write_text(cluster.ca)
    audit = tmp_path / "audit.log"
    assert server.api.put("sys/audit/file", {"type": "file", "options": {"file_path": str(audit)}}).status_code == 204
    cli = server.cli()
    cli.ok("auth", "enable", "kubernetes")
    cli.ok(
        "write", "auth/kubernetes/config", f"kubernetes_host={cluster.url}", f"kubernetes_ca_cert=@{ca}",
        f"token_reviewer_jwt=@{reviewer}")
    cli.ok(
        "write", "auth/kubernetes/role/demo-app", "bound_service_account_names=demo-app",
        "bound_service_account_namespaces=demo", "audience=coffer", "policies=app-db", "ttl=1h")
    cli.ok("policy", "write", "app-db", "-", input='path "database/creds/app" { capabilities = ["read"] }\n')
    postgres.psql("CREATE TABLE IF NOT EXISTS orders AS SELECT 42 AS number")
    database = DatabaseMount(server, postgres, path="database")
    database.role("app", CREATE, default_ttl="5m", max_ttl="1h")
    try:
        yield Story(server, cluster, postgres, audit)
    finally:
        cluster.close()


class Story:
    def __init__(self, server, cluster, postgres, audit):
        self.server, self.cluster, self.postgres, self.audit = server, cluster, postgres, audit

    def pod(self, role="demo-app"):
        """What the pod does first, with what it finds in its file system and nothing else."""
        folder = self.server.folder / "pod"
        folder.mkdir(exist_ok=True)
        (folder / "token").write_text(self.cluster.token("demo", "demo-app", audiences=["coffer"]))
        script = f"""
            SA_TOKEN=$(cat {folder}/token)
            wget -qO- --post-data "{{\\"jwt\\": \\"$SA_TOKEN\\", \\"role\\": \\"{role}\\"}}" \\
                {self.server.address}/v1/auth/kubernetes/login
        """
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return Pod(self.server, json.loads(done.stdout)["auth"]["client_token"])


class Pod:
    def __init__(self, server, token):
        self.token, self.api = token, server.client(token)

    def credentials(self):
        answer = self.api.get("database/creds/app").json()
        return answer["lease_id"], answer["data"]["username"], answer["data"]["password"]


def test_from_the_pods_token_to_a_user_of_its_own_and_to_its_end(story):
    server, postgres = story.server, story.postgres
    pod = story.pod()
    seen = data(pod.api.get("auth/token/lookup-self"))
    assert seen["policies"] == ["app-db", "default"] and seen["meta"]["service_account_name"] == "demo-app"

    lease, user, password = pod.credentials()
    assert postgres.has(user)
    assert postgres.query("SELECT number FROM orders", user=user, password=password) == ["42"]
    for forbidden in ("DELETE FROM orders", "CREATE ROLE other", "SELECT * FROM pg_authid"):
        assert "permission denied" in postgres.psql(forbidden, user=user, password=password, check=False).stderr
    errors(pod.api.get("database/config/pg"), 403)
    errors(pod.api.get("sys/mounts"), 403)

    end = f"SELECT extract(epoch FROM rolvaliduntil) FROM pg_roles WHERE rolname = '{user}'"
    (before,) = postgres.query(end)
    waiting.until(
        lambda: pod.api.put("sys/leases/renew", {"lease_id": lease}).status_code == 200
        and float(postgres.query(end)[0]) > float(before), "the renewal moves the user's end")

    # The lease ends …
    assert server.api.put("sys/leases/revoke", {"lease_id": lease, "sync": True}).status_code == 204
    assert not postgres.has(user)
    assert not postgres.logs_in(user, password)

    # … or the token does, with all that it has asked for, and with the sessions that are open.
    _, first, first_password = pod.credentials()
    _, second, _ = pod.credentials()
    session = postgres.session(first, first_password)
    assert pod.api.post("auth/token/revoke-self").status_code == 204
    waiting.until(lambda: not postgres.has(first) and not postgres.has(second), "the token's users are dropped")
    assert session.wait(20) != 0
    errors(pod.api.get("database/creds/app"), 403)

    # Nothing of it is in plain anywhere.
    for text in (server.output, story.audit.read_text()):
        for secret in (password, first_password, pod.token, story.cluster.ca.splitlines()[1]):
            assert secret not in text


def test_a_token_that_runs_out_takes_its_user_along(story):
    role = {
        "bound_service_account_names": "demo-app", "bound_service_account_namespaces": "demo", "audience": "coffer",
        "policies": "app-db", "ttl": "3s", "max_ttl": "3s"}
    assert story.server.api.post("auth/kubernetes/role/short", role).status_code in (200, 204)
    pod = story.pod("short")
    _, user, _ = pod.credentials()
    assert story.postgres.has(user)
    waiting.until(lambda: not story.postgres.has(user), "the user is dropped with its token", 60)
    errors(pod.api.get("auth/token/lookup-self"), 403)


def test_a_pod_whose_account_was_deleted_gets_in_no_more(story):
    token = story.cluster.token("demo", "demo-app", audiences=["coffer"])
    del story.cluster.accounts["demo", "demo-app"]
    body = {"role": "demo-app", "jwt": token}
    assert errors(story.server.api.post("auth/kubernetes/login", body, token=None), 403) == "permission denied"
