"""HTTP as bytes on a socket, for what no well-behaved client would send."""
import json
import socket


class RawConnection:
    def __init__(self, port, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read_response(self):
        """(status, headers, body); None when the peer closed without an answer."""
        while b"\r\n\r\n" not in self._buffer:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not piece:
                return None
            self._buffer += piece
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        while len(self._buffer) < length:
            piece = self.socket.recv(65536)
            if not piece:
                break
            self._buffer += piece
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return int(lines[0].split()[1]), headers, body

    def closed_by_peer(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def post(target, body, headers=()):
    """The bytes of a request; `target` is X-Amz-Target's operation, or None for no such header."""
    lines = ["POST / HTTP/1.1", "Host: localhost", "Content-Type: application/x-amz-json-1.1", f"Content-Length: {len(body)}"]
    if target is not None:
        lines.append(f"X-Amz-Target: {target}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def firehose(operation, request):
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return post(f"Firehose_20150804.{operation}", body)


def error_of(response):
    """(status, error type) of a Firehose error."""
    status, _, body = response
    document = json.loads(body)
    assert isinstance(document["message"], str)
    return status, document["__type"]
