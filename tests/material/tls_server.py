"""A file server on this machine that speaks TLS under a throw-away authority, and misbehaves as it is told."""

from __future__ import annotations

import contextlib
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Behaviour:
    """What the server does.

    Attributes:
        content: of the only file.
        cut: end the next answer after so many bytes of its body.
        redirect: answer with this address instead.
        etag: sent, and compared with ``If-Range``.
        ranges: whether ``Range`` is obeyed.
        status: answer every request so, if set.
        asked: headers of every request, in order.
    """

    content: bytes
    cut: int | None = None
    redirect: str = ""
    etag: str = '"v1"'
    ranges: bool = True
    status: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Server:
    port: int
    behaviour: Behaviour
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/model.gguf"


@contextlib.contextmanager
def serving(behaviour: Behaviour, folder: Path) -> Iterator[Server]:
    """The server, for the length of the block."""
    certificate, key = _certificate(folder)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(behaviour)) as server:
        server.daemon_threads = False
        server.socket = ours.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Server(server.server_port, behaviour, ssl.create_default_context(cafile=str(certificate)))
        finally:
            server.shutdown()
            thread.join()


def _handler(behaviour: Behaviour) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behaviour.asked.append(dict(self.headers))
            if behaviour.status:
                self.send_error(behaviour.status)
            elif behaviour.redirect and self.path == "/model.gguf":
                self.send_response(302)
                self.send_header("Location", behaviour.redirect)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._file()

        def _file(self) -> None:
            start = 0
            asked = self.headers.get("Range", "")
            if behaviour.ranges and asked and self.headers.get("If-Range", behaviour.etag) == behaviour.etag:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
            body, whole = behaviour.content[start:], len(behaviour.content)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", behaviour.etag)
            self.end_headers()
            cut, behaviour.cut = behaviour.cut, None
            with contextlib.suppress(OSError):
                self.wfile.write(body[:cut])
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls
            """Nothing is written."""

        def handle(self) -> None:
            with contextlib.suppress(OSError):
                super().handle()

    return Handler


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private
