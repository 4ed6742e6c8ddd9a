"""Fixtures: one development server per worker for what leaves it as it was, and servers of a test's own."""

import os

import pytest

from support.catalog import PluginFolder
from support.examples import ExamplePlugins
from support.mariadb import MariaDB
from support.pki import PKI
from support.postgres import DatabaseMount, PostgreSQL
from support.redis import Redis
from support.server import configured_server, dev_server, unique
from support.tls_postgres import TLSPostgreSQL


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A development server that many tests share. They keep to mounts and policies of their own, and never seal it."""
    server = dev_server(tmp_path_factory.mktemp("shared"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def kv(shared):
    """A fresh KV version 2 mount on the shared server."""
    path = shared.mount(2)
    yield path
    shared.api.delete(f"sys/mounts/{path}")


@pytest.fixture
def kv1(shared):
    """A fresh KV version 1 mount on the shared server."""
    path = shared.mount(1)
    yield path
    shared.api.delete(f"sys/mounts/{path}")


@pytest.fixture
def auth_mount(shared):
    """Enables an auth method of a type on the shared server, at a fresh path, which it gives back."""
    paths = []

    def enable(kind):
        path = unique(kind)
        answer = shared.api.post(f"sys/auth/{path}", {"type": kind})
        assert answer.status_code == 204, answer.text
        paths.append(path)
        return path

    yield enable
    for path in paths:
        shared.api.delete(f"sys/auth/{path}")


@pytest.fixture
def pki(shared):
    """A PKI mount of its own, empty."""
    path = unique("pki")
    made = shared.api.post(f"sys/mounts/{path}", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    assert made.status_code == 204, made.text
    yield PKI(shared, path)
    shared.api.delete(f"sys/mounts/{path}")


@pytest.fixture
def servers(tmp_path):
    """Makes servers of the test's own; all of them are ended with the test."""
    started = []

    def keep(server):
        started.append(server)
        return server

    class Servers:
        @staticmethod
        def dev(name="dev", **how):
            return keep(dev_server(tmp_path / name, **how))

        @staticmethod
        def configured(name="server", **how):
            return keep(configured_server(tmp_path / name, **how))

        @staticmethod
        def durable(name="durable", shares=1, threshold=1, **how):
            """With LMDB storage, initialized and unsealed."""
            server = keep(configured_server(tmp_path / name, **how)).start()
            server.initialize(shares, threshold)
            return server.unseal()

    try:
        yield Servers
    finally:
        problems = []
        for server in reversed(started):
            try:
                server.stop()
            except AssertionError as problem:
                problems.append(problem)
        if problems:
            raise problems[0]


@pytest.fixture
def durable(servers):
    return servers.durable()


@pytest.fixture
def plugins(tmp_path):
    """A plugin directory, empty; `extra=plugins.setting` makes it a server's."""
    return PluginFolder(tmp_path / "plugins")


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """The plugins of Examples/."""
    run = tmp_path_factory.getbasetemp()
    return ExamplePlugins(run.parent if "PYTEST_XDIST_WORKER" in os.environ else run)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server that many tests share. They keep to users of their own, and never stop it."""
    server = PostgreSQL()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def own_postgres():
    """A PostgreSQL server that a test may stop."""
    server = PostgreSQL()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="module")
def postgres_tls():
    server = TLSPostgreSQL()
    try:
        yield server.begin()
    finally:
        server.remove()


@pytest.fixture(scope="module")
def mariadb():
    server = MariaDB()
    try:
        yield server.begin()
    finally:
        server.close()


@pytest.fixture(scope="module")
def redis():
    server = Redis()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def database(shared, postgres):
    """A fresh mount of the database engine on the shared servers, with the connection `pg` and the role `app`."""
    mount = DatabaseMount(shared, postgres)
    mount.role()
    yield mount
    mount.remove()
