"""`coffer plugin init`: what it writes builds, passes its own tests, keeps to the protocol, and serves."""

import shutil

import pytest

from support.api import data
from support.cli import CLI
from support.examples import REPOSITORY, register, run


@pytest.fixture
def cli(tmp_path):
    return CLI(home=tmp_path)


def check(cli, servers, program, name, tmp_path):
    """It keeps to the protocol, and does on a server what its README says."""
    report = cli.json("plugin", "test", program)
    assert report["failed"] == report["left_out"] == 0 and report["plugin"]["name"] == name
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    shutil.copy(program, folder / f"coffer-plugin-{name}")
    server = register(servers.dev(arguments=[f"-dev-plugin-dir={folder}"]).start(), folder)
    user = server.cli()
    user.ok("secrets", "enable", name)
    user.ok("write", f"{name}/items/first", "value=hello")
    assert user.ok("read", "-field=value", f"{name}/items/first") == "hello"
    assert data(server.api.list(f"{name}/items")) == {"keys": ["first"]}


def test_a_python_plugin_works_as_it_was_written(cli, servers, examples, tmp_path):
    cli.ok("plugin", "init", "-language=python", "my-notes", cwd=tmp_path)
    plugin = tmp_path / "coffer-plugin-my-notes"
    assert not [path for path in plugin.rglob("*") if "skeleton" in path.name or "onetime" in path.name]
    for path in plugin.rglob("*"):
        if path.is_file():
            assert "skeleton" not in path.read_text() and "onetime" not in path.read_text(), path
    readme = (plugin / "README.md").read_text()
    assert "venv/bin/python build.py" in readme and "-m unittest tests/test_engine.py" in readme
    # The environment that the README makes is there already.
    requirements = REPOSITORY / "Examples/python-plugin/requirements.txt"
    assert (plugin / "requirements.txt").read_text() == requirements.read_text()
    run(examples.python, "build.py", cwd=plugin)
    run(examples.python, "-m", "unittest", "tests/test_engine.py", cwd=plugin)
    check(cli, servers, plugin / "build/coffer-plugin-my-notes", "my-notes", tmp_path)


def written_in_swift(cli, examples, tmp_path, name, *flags):
    """Writes a plugin, builds it, runs its tests, and returns the program."""
    cli.ok("plugin", "init", *flags, "-sdk", REPOSITORY, "-directory", tmp_path / "here", name)
    plugin = tmp_path / "here"
    for path in plugin.rglob("*"):
        if path.is_file():
            assert "skeleton" not in path.read_text().lower(), path
    resolved = REPOSITORY / "Package.resolved"
    if resolved.exists():
        shutil.copy(resolved, plugin)
    with examples.tools():
        programs = examples.swift("build", "--build-tests", package=plugin)
        examples.swift("test", "--skip-build", package=plugin)
        return shutil.copy(programs / f"coffer-plugin-{name}", tmp_path)


def test_a_swift_plugin_works_as_it_was_written(cli, servers, examples, tmp_path):
    program = written_in_swift(cli, examples, tmp_path, "my-notes")
    check(cli, servers, program, "my-notes", tmp_path)


def test_a_database_plugin_works_as_it_was_written(cli, servers, examples, tmp_path, plugins):
    program = written_in_swift(cli, examples, tmp_path, "my-accounts", "-type=database")
    report = cli.json("plugin", "test", program)
    assert report["failed"] == report["left_out"] == 0
    assert report["plugin"]["name"] == "my-accounts" and report["plugin"]["type"] == "database"
    # As its README says.
    shutil.copy(program, plugins.path)
    user = servers.dev(arguments=[f"-dev-plugin-dir={plugins.path}"]).start().cli()
    user.ok(
        "plugin", "register", f"-sha256={plugins.digest('coffer-plugin-my-accounts')}", "-command=coffer-plugin-my-accounts",
        "-network", "database", "my-accounts")
    user.ok("secrets", "enable", "database")
    user.ok("write", "database/config/main", "plugin_name=my-accounts", "address=somewhere", "allowed_roles=app")
    user.ok(
        "write", "database/roles/app", "db_name=main", "creation_statements=whatever makes a user", "default_ttl=1h")
    lease = user.json("read", "database/creds/app")["lease_id"]
    user.ok("lease", "revoke", "-sync", lease)


def test_nothing_is_overwritten(cli, tmp_path):
    plugin = tmp_path / "coffer-plugin-mine"
    plugin.mkdir()
    (plugin / "README.md").write_text("mine")
    assert "not empty" in cli.fails(1, "plugin", "init", "-language=python", "mine", cwd=tmp_path)
    assert [path.name for path in plugin.iterdir()] == ["README.md"]
    assert (plugin / "README.md").read_text() == "mine"
    assert "No such file" in cli.fails(
        1, "plugin", "init", "-language=python", "-directory", tmp_path / "a/b", "mine")


@pytest.mark.parametrize("name", ["", "Mine", "my_plugin", "my--plugin", "-x", "1st", "../up", "auth-mine", "x" * 49])
def test_a_name_that_cannot_be_one_is_refused(cli, tmp_path, name):
    assert cli.fails(1, "plugin", "init", "-language=python", "--", name, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_means_something_else_is_refused(cli, tmp_path):
    assert "Python" in cli.fails(1, "plugin", "init", "-language=python", "class", cwd=tmp_path)
    assert "-sdk" in cli.fails(1, "plugin", "init", "-language=python", f"-sdk={REPOSITORY}", "mine", cwd=tmp_path)
    assert "source package" in cli.fails(1, "plugin", "init", f"-sdk={tmp_path}", "mine", cwd=tmp_path)
    assert "one of" in cli.fails(1, "plugin", "init", "-language=cobol", "mine", cwd=tmp_path)
    assert "in Swift" in cli.fails(
        1, "plugin", "init", "-language=python", "-type=database", "mine", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_sdk_may_be_somewhere_else(cli, tmp_path):
    cli.ok("plugin", "init", "-sdk=https://git.example.org/team/Coffer.git", "mine", cwd=tmp_path)
    package = (tmp_path / "coffer-plugin-mine/Package.swift").read_text()
    assert '.package(url: "https://git.example.org/team/Coffer.git", branch: "main")' in package
    assert 'package: "coffer"' in package and "../.." not in package
    assert "cannot have there" in cli.fails(
        1, "plugin", "init", '-sdk=https://x/"), evil()//', "other", cwd=tmp_path)
