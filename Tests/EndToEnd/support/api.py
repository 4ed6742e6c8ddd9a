"""The HTTP API with `requests`, as a client without a library would use it."""

import json as json_module

import requests


class API:
    def __init__(self, address, token=None, verify=None, certificate=None):
        self.address = address
        self.token = token
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(verify) if verify else True
        if certificate:
            self.session.cert = tuple(str(part) for part in certificate)

    def request(self, method, path, body=None, token="", headers=None, params=None, raw=None, timeout=30):
        """`token=None` sends none; `raw` is a body as it is."""
        headers = dict(headers or {})
        token = self.token if token == "" else token
        if token:
            headers.setdefault("X-Vault-Token", token)
        if body is not None:
            raw = json_module.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        return self.session.request(
            method, f"{self.address}/v1/{path}", data=raw, headers=headers, params=params, timeout=timeout,
            allow_redirects=False)

    def get(self, path, **how):
        return self.request("GET", path, **how)

    def head(self, path, **how):
        return self.request("HEAD", path, **how)

    def list(self, path, **how):
        return self.request("LIST", path, **how)

    def put(self, path, body=None, **how):
        return self.request("PUT", path, body, **how)

    def post(self, path, body=None, **how):
        return self.request("POST", path, body, **how)

    def delete(self, path, **how):
        return self.request("DELETE", path, **how)

    def patch(self, path, body=None, **how):
        headers = {"Content-Type": "application/merge-patch+json", **how.pop("headers", {})}
        return self.request("PATCH", path, body, headers=headers, **how)


def errors(answer, status):
    """Checks that it is a refusal in the API's form, and returns its text."""
    assert answer.status_code == status, f"{answer.status_code}, not {status}: {answer.text}"
    body = answer.json()
    assert isinstance(body["errors"], list), answer.text
    return "\n".join(body["errors"])


def data(answer):
    """Checks that it is an answer in the API's envelope, and returns its data."""
    assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
    return answer.json()["data"]


def exact(text):
    """JSON with numbers as they are written and members in a form that does not depend on their order."""
    return json_module.loads(
        text, parse_int=lambda t: ("number", t), parse_float=lambda t: ("number", t))
