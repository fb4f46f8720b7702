"""A proxy on loopback that hurts what goes through it, between hydrant and its S3 server.

It reads HTTP/1.1 so far as to know where a request and its answer end, and treats each exchange with a Fault. Connections
to clients are kept open even where the server's are not, as S3 does it: so faults also meet requests on connections that
were used before.
"""
import collections
import random
import socket
import struct
import threading
from typing import Callable, NamedTuple

LINE_BYTES_MAX = 64 << 10
PIECE_BYTES = 64 << 10
# Longer than any timeout of a test, so that nothing waits for ever.
SECONDS_MAX = 120


class Gone(Exception):
    """A peer closed its connection in the middle of a message."""


class Message:
    """A request or an answer, read piece by piece from a connection's buffered reader."""

    def __init__(self, reader, bodiless=False):
        self._reader, self._bodiless = reader, bodiless
        lines = []
        while line := self._line().rstrip(b"\r\n"):
            lines.append(line)
        self.first_line = lines[0].decode("latin-1")
        self._headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        # What holds between two peers is not the third one's business.
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        self._head = b"\r\n".join(kept) + b"\r\n\r\n"

    def pieces(self):
        yield self._head
        if self._bodiless:
            return
        if self._headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            yield from self._chunked()
        else:
            yield from self._counted(int(self._headers.get(b"content-length", 0)))

    def _counted(self, left):
        while left:
            piece = self._reader.read1(min(left, PIECE_BYTES))
            if not piece:
                raise Gone
            left -= len(piece)
            yield piece

    def _chunked(self):
        size = None
        while size != 0:
            line = self._line()
            size = int(line, 16)
            yield line
            yield from self._counted(size)
            yield self._line()

    def _line(self):
        line = self._reader.readline(LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            raise Gone
        return line


class Exchange:
    """A request that came in over `client`, and what a fault may do with it."""

    def __init__(self, proxy, client, reader):
        self.client, self.healed = client, proxy.healed
        self._port = proxy.server_port
        self._request = Message(reader)
        self._server = None

    def forward(self, bytes_max=None):
        """Sends the request to the server, or its first bytes."""
        self._server = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS_MAX)
        for piece in self._request.pieces():
            self._server.sendall(piece[:bytes_max])
            if bytes_max is not None:
                bytes_max -= len(piece[:bytes_max])
                if bytes_max == 0:
                    return

    def read_request(self):
        """Takes the request and keeps it from the server."""
        for _ in self._request.pieces():
            pass

    def answer(self):
        """The server's whole answer. It is small."""
        bodiless = self._request.first_line.startswith("HEAD ")
        return b"".join(Message(self._server.makefile("rb"), bodiless).pieces())

    def reset(self):
        """Closes the client's connection with RST instead of FIN."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        if self._server:
            self._server.close()


class Fault(NamedTuple):
    name: str
    # Whether the client's connection may carry another exchange.
    treat: Callable[[Exchange], bool]


def _pass(exchange):
    exchange.forward()
    exchange.client.sendall(exchange.answer())
    return True


PASS = Fault("pass", _pass)


def cut_request(bytes_max):
    """The line breaks when the server has the first bytes of the request."""
    return Fault("cut_request", lambda exchange: exchange.forward(bytes_max))


def cut_answer(bytes_max):
    """The server did what it was asked, and the client gets the first bytes of the answer."""
    def treat(exchange):
        exchange.forward()
        exchange.client.sendall(exchange.answer()[:bytes_max])
    return Fault("cut_answer", treat)


def delay(seconds):
    def treat(exchange):
        exchange.healed.wait(seconds)
        return _pass(exchange)
    return Fault("delay", treat)


def late_answer(seconds):
    """The server did what it was asked, and says so after the client's patience may have ended."""
    def treat(exchange):
        exchange.forward()
        answer = exchange.answer()
        exchange.healed.wait(seconds)
        exchange.client.sendall(answer)
        return True
    return Fault("late_answer", treat)


RESET_BEFORE = Fault("reset_before", lambda exchange: exchange.reset())


def _reset_after(exchange):
    exchange.forward()
    exchange.answer()
    exchange.reset()


# The server did what it was asked; what the client gets is a reset.
RESET_AFTER = Fault("reset_after", _reset_after)


def _drop_answer(exchange):
    exchange.forward()
    exchange.answer()


# The server did what it was asked; the client gets a closed connection.
DROP_ANSWER = Fault("drop_answer", _drop_answer)


def _half_close(exchange):
    exchange.client.shutdown(socket.SHUT_WR)
    exchange.read_request()


# The client may still send, and nothing will come back.
HALF_CLOSE = Fault("half_close", _half_close)


def answer_error(status, code, message="by the proxy"):
    """The server isn't asked; the client gets an S3 error."""
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()
    head = f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def treat(exchange):
        exchange.read_request()
        exchange.client.sendall(head + body)
        return True
    return Fault(f"answer_{status}", treat)


def answer_garbage(rng):
    def treat(exchange):
        exchange.read_request()
        exchange.client.sendall(rng.randbytes(200))
    return Fault("garbage", treat)


def black_hole(seconds=SECONDS_MAX):
    """Nothing is read and nothing answered, until the proxy is healed."""
    return Fault("black_hole", lambda exchange: exchange.healed.wait(seconds) and None)


def any_fault(rng):
    """One of all, with random numbers. Most waits are within a client's patience, some are not."""
    return rng.choice((
        lambda: cut_request(rng.choice((1, 100, rng.randrange(1, 1 << 20)))),
        lambda: cut_answer(rng.randrange(1, 150)),
        lambda: delay(rng.uniform(0, 2.5)),
        lambda: late_answer(rng.choice((0.1, 1, 10))),
        lambda: RESET_BEFORE,
        lambda: RESET_AFTER,
        lambda: DROP_ANSWER,
        lambda: HALF_CLOSE,
        lambda: answer_error(503, "SlowDown"),
        lambda: answer_error(500, "InternalError"),
        lambda: answer_garbage(rng),
        lambda: black_hole(rng.choice((1, 10))),
    ))()


class FaultProxy:
    """Listens on a free port, and passes on to `server_port` what its faults let through."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.counts = collections.Counter()  # exchanges by the fault they met
        # Set while the proxy only passes; ends the waits of faults under way.
        self.healed = threading.Event()
        self._choose = lambda: PASS
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self):
        self._set(lambda: PASS)
        self.healed.set()

    def always(self, fault):
        self._set(lambda: fault)

    def script(self, faults):
        """One fault an exchange; passes when all have been."""
        faults = iter(faults)
        self._set(lambda: next(faults, PASS))

    def schedule(self, seed, share):
        """A random fault for this share of the exchanges."""
        rng = random.Random(seed)
        self._set(lambda: any_fault(rng) if rng.random() < share else PASS)

    def stop(self):
        self.heal()
        self._listener.close()

    def _set(self, choose):
        with self._lock:
            self._choose = choose
            self.healed.clear()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # stopped
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.settimeout(SECONDS_MAX)
        with client, client.makefile("rb") as reader:
            try:
                while self._exchange(client, reader):
                    pass
            except (Gone, OSError):
                pass  # one of the two hung up: so does the proxy
        # The reader shares the connection: only now it is closed, with RST where a fault asked for it.

    def _exchange(self, client, reader):
        exchange = Exchange(self, client, reader)
        with self._lock:
            fault = self._choose()
            self.counts[fault.name] += 1
        try:
            return fault.treat(exchange)
        finally:
            exchange.close()
