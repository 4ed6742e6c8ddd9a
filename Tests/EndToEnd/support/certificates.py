"""Certificates for TLS tests, made by openssl."""

import subprocess
from pathlib import Path


class Authority:
    def __init__(self, folder, name="test authority"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "ca.pem"
        self.key = self.folder / "ca-key.pem"
        self.serial = 1000
        _openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.file)

    def issue(self, name, usage="serverAuth"):
        """Makes certificate and key and returns their files; a name used again is written over."""
        self.serial += 1
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(
            f"subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        _openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request)
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-days", "2",
            "-set_serial", str(self.serial), "-extfile", extensions, "-out", certificate)
        return certificate, key


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def tls_listener(certificate, key, extra=""):
    return (
        f'listener "tcp" {{\n  address = "127.0.0.1:0"\n  tls_cert_file = "{certificate}"\n'
        f'  tls_key_file = "{key}"\n{extra}\n}}\n')
