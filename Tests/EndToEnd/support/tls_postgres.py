"""A PostgreSQL server that speaks TLS only."""

import os

from support.certificates import Authority
from support.postgres import PostgreSQL


class TLSPostgreSQL(PostgreSQL):
    """`engine` and the members of `by_certificate` show a certificate of their name, all others have a password."""

    def __init__(self):
        super().__init__()
        self.authority = Authority(f"{self.folder}/tls", name="database authority")
        certificate, key = self.authority.issue("postgres")
        if self.user is not None:
            os.chown(key, self.user, -1)
        key.chmod(0o600)
        with open(f"{self.folder}/hba", "w") as file:
            file.write(
                "hostssl all engine 127.0.0.0/8 cert clientcert=verify-full\n"
                "hostssl all +by_certificate 127.0.0.0/8 cert clientcert=verify-full\n"
                "hostssl all all 127.0.0.0/8 scram-sha-256\n")
        self.settings += [
            "ssl=on", f"ssl_cert_file={certificate}", f"ssl_key_file={key}", f"ssl_ca_file={self.authority.file}",
            f"hba_file={self.folder}/hba", "listen_addresses=127.0.0.1,127.0.0.2"]

    def begin(self):
        self.start()
        self.psql("CREATE ROLE by_certificate NOLOGIN; CREATE ROLE engine LOGIN SUPERUSER")
        return self

    def address(self, parameters="sslmode=verify-full", host="127.0.0.1", user="{{username}}:{{password}}"):
        return f"postgresql://{user}@{host}:{self.port}/postgres?{parameters}"

    def logs_in_with(self, user, certificate, key, folder):
        """As somebody who has a certificate and its key, both as text."""
        (folder / "certificate").write_text(certificate + "\n")
        (folder / "key").write_text(key + "\n")
        (folder / "key").chmod(0o600)
        done = self.psql(
            "SELECT current_user", user=user, check=False, password="none",
            database=f"dbname=postgres sslmode=verify-full sslrootcert={self.authority.file} "
                     f"sslcert={folder}/certificate sslkey={folder}/key")
        return done.returncode == 0 and done.stdout.strip() == user
