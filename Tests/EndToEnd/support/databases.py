"""Mounts of the database engine with the connection `main`, whatever the server behind it is."""

from contextlib import contextmanager

from support.server import unique


@contextmanager
def mounted(server):
    path = unique("db")
    assert server.api.post(f"sys/mounts/{path}", {"type": "database"}).status_code == 204
    try:
        yield path
    finally:
        server.api.delete(f"sys/mounts/{path}")


def connect(server, path, connection, status):
    answer = server.api.post(f"{path}/config/main", {"allowed_roles": "*", **connection})
    assert answer.status_code in status, answer.text
    return answer


def role(server, path, name, statements, **more):
    body = {"db_name": "main", "creation_statements": statements, "default_ttl": "1h", "max_ttl": "24h", **more}
    assert server.api.post(f"{path}/roles/{name}", body).status_code in (200, 204)


def creds(server, path, name="app", **how):
    """Lease, user and password."""
    answer = server.api.get(f"{path}/creds/{name}", **how)
    assert answer.status_code == 200, answer.text
    return answer.json()["lease_id"], answer.json()["data"]["username"], answer.json()["data"]["password"]


def revoke(server, lease):
    assert server.api.put("sys/leases/revoke", {"lease_id": lease, "sync": True}).status_code == 204
