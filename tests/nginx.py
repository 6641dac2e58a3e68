"""nginx as it stands before a bank: with the configuration of deploy/nginx, on ports of the test's."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import needs
from tests.bank_processes import ROOT, wait_until
from tests.certificates import certificate_of
from tests.free_ports import free_ports

_AROUND = """{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """Where it is reached in the clear and by TLS, and the certificate to believe it by."""

    plain: str
    secure: str
    certificate: Path


@contextmanager
def nginx_before(gateway_url: str, folder: Path) -> Iterator[Nginx]:
    """It runs while the block does. Skips where nginx is not installed."""
    program = needs.program("nginx")
    folder.mkdir()
    plain, secure = free_ports(2)
    certificate = certificate_of(folder, "localhost")
    text = (ROOT / "deploy" / "nginx" / "sandbank.conf").read_text()
    text = re.sub(r"^\s*listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("443 ssl", f"127.0.0.1:{secure} ssl")
    text = re.sub(r"/etc/ssl/sandbank/\w+\.pem", str(certificate), text)
    text = text.replace("http://127.0.0.1:5000", gateway_url)
    user = "user root; " if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(_AROUND.format(user=user, folder=folder, servers=text))
    process = subprocess.Popen([program, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(config)])
    try:
        wait_until(lambda: (folder / "pid").exists() or process.poll() is not None, 30)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Nginx(f"http://localhost:{plain}", f"https://localhost:{secure}", certificate)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
