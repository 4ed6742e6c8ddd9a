"""Users with passwords: who is let in, who is not, and who is locked out."""

import hvac
import pytest

from support.api import data, errors

REFUSED = "invalid username or password"


@pytest.fixture
def mount(auth_mount):
    return auth_mount("userpass")


def login(server, mount, name, password):
    return server.api.post(f"auth/{mount}/login/{name}", {"password": password}, token=None)


def test_hvac_does_all_that_it_knows(shared, mount):
    users = shared.hvac().auth.userpass
    users.create_or_update_user("Ada", password="right", policies="default", mount_point=mount)
    assert users.list_user(mount_point=mount)["data"]["keys"] == ["ada"]
    assert users.read_user("ada", mount_point=mount)["data"]["token_policies"] == ["default"]
    mine = hvac.Client(url=shared.api.address)
    auth = mine.auth.userpass.login("ada", "right", mount_point=mount)["auth"]
    assert auth["metadata"] == {"username": "ada"} and auth["entity_id"]
    seen = mine.auth.token.lookup_self()["data"]
    assert (seen["display_name"], seen["path"]) == (f"{mount}-ada", f"auth/{mount}/login/ada")
    users.update_password_on_user("ada", "new", mount_point=mount)
    with pytest.raises(hvac.exceptions.InvalidRequest, match=REFUSED):
        mine.auth.userpass.login("ada", "right", mount_point=mount)
    again = mine.auth.userpass.login("ADA", "new", mount_point=mount)["auth"]
    assert again["entity_id"] == auth["entity_id"]
    users.delete_user("ada", mount_point=mount)
    with pytest.raises(hvac.exceptions.InvalidRequest, match=REFUSED):
        mine.auth.userpass.login("ada", "new", mount_point=mount)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="not renewing"):
        mine.auth.token.renew_self()


def test_a_password_that_is_piped_to_the_command_line_is_taken_without_its_line_end(shared, mount, tmp_path):
    shared.api.post(f"auth/{mount}/users/ada", {"password": " right "})
    cli = shared.cli(token=None, home=tmp_path)
    login = ["login", "-method=userpass", f"-path={mount}", "-no-store", "username=ada"]
    file = tmp_path / "password"
    file.write_text(" right \n")
    assert "hvs." in cli.ok(*login, "password=-", input=" right \n")
    assert "hvs." in cli.ok(*login, "password=-", input=" right ")
    assert "hvs." in cli.ok(*login, f"password=@{file}")
    assert REFUSED in cli.fails(2, *login, "password=-", input="right\n")


def test_a_renewal_is_refused_once_the_policies_are_others(shared, mount):
    shared.api.post(f"auth/{mount}/users/ada", {"password": "right", "token_policies": "a", "token_ttl": "1h"})
    token = login(shared, mount, "ada", "right").json()["auth"]["client_token"]
    assert shared.api.post("auth/token/renew-self", {}, token=token).status_code == 200
    assert shared.api.post(f"auth/{mount}/users/ada/policies", {"policies": "b"}).status_code == 204
    refused = shared.api.post("auth/token/renew-self", {}, token=token)
    assert "policies have changed, not renewing" in errors(refused, 400)


def test_known_and_unknown_users_cannot_be_told_apart(shared, mount):
    shared.api.post(f"auth/{mount}/users/ada", {"password": "right"})
    known, unknown = login(shared, mount, "ada", "wrong"), login(shared, mount, "bob", "wrong")
    assert errors(known, 400) == errors(unknown, 400) == REFUSED

    def seconds(name):
        return min(login(shared, mount, name, f"wrong{n}").elapsed.total_seconds() for n in range(3))

    # Without its hash the answer would come in a hundredth of the time.
    assert 0.2 < seconds("ada") / seconds("bob") < 5


def test_a_name_is_locked_out_in_whatever_case_it_is_tried(shared, mount):
    shared.api.post(f"auth/{mount}/users/ada", {"password": "right"})
    for name in ("ada", "Ada", "ADA", "aDa", "adA"):
        assert errors(login(shared, mount, name, "wrong"), 400) == REFUSED
    for name in ("ada", "AdA"):
        assert "permission denied" in errors(login(shared, mount, name, "right"), 403)
    accessor = shared.api.get("sys/auth").json()["data"][f"{mount}/"]["accessor"]
    assert shared.api.post(f"sys/locked-users/{accessor}/unlock/ada", {}).status_code == 204
    assert login(shared, mount, "ADA", "right").status_code == 200


def test_hashes_that_were_made_elsewhere_are_taken(shared, mount):
    known = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    assert shared.api.post(f"auth/{mount}/users/ada", {"password_hash": known}).status_code == 204
    assert login(shared, mount, "ada", "U*U").status_code == 200
    costly = known.replace("$05$", "$31$")
    refused = shared.api.post(f"auth/{mount}/users/ada", {"password_hash": costly})
    assert errors(refused, 400) == "bcrypt cost of 31 exceeds maximum cost of 12"


def test_what_nobody_can_have_as_a_password_is_refused(shared, mount):
    path = f"auth/{mount}/users/ada"
    assert "exceeds 72 bytes" in errors(shared.api.post(path, {"password": "x" * 73}), 400)
    assert "zero byte" in errors(shared.api.post(path, {"password": "a\0b"}), 400)
    assert "must provide either" in errors(shared.api.post(path, {"token_ttl": 60}), 400)
    shared.api.post(path, {"password": "x" * 72})
    assert login(shared, mount, "ada", "x" * 72).status_code == 200
    assert errors(login(shared, mount, "ada", "x" * 73), 400) == REFUSED
    assert errors(login(shared, mount, "ada", ""), 400) == "missing password"


def test_users_outlive_the_server_and_no_password_is_on_disk_or_in_a_log(servers):
    server = servers.durable()
    server.api.post("sys/auth/userpass", {"type": "userpass"})
    server.api.post("auth/userpass/users/ada", {"password": "correct horse"})
    server.restart()
    server.unseal()
    assert login(server, "userpass", "ada", "correct horse").status_code == 200
    user = data(server.api.get("auth/userpass/users/ada"))
    assert not any("password" in name or "hash" in name for name in user)
    assert "correct horse" not in server.output
