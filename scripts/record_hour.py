"""Stands between Microsoft and the service while `make hour` is answered, and sees the wire.

`python scripts/record_hour.py --listen 8080 --to http://127.0.0.1:3978`: every request goes on to
the service as it came, every answer back as it came; what the notifications tell is put down beside
the answers given by hand. No body, token, number or name is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tenant_hour import BY_NAME, NOT_SEEN, ON_THE_WIRE_NOTE, Book, opened
from wire_witness import Witness

CALLS = "/api/calls"
LONGEST_BODY = 32 * 1024 * 1024
NOT_PASSED_ON = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"}
)


class Recorder:
    """The service to Microsoft, Microsoft to the service."""

    def __init__(self, target: str, book: Book) -> None:
        self._target = target.rstrip("/")
        self._book = book
        self._witness = Witness()
        self._session: aiohttp.ClientSession | None = None
        self._said: set[str] = set()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LONGEST_BODY)
        app.router.add_route("*", "/{tail:.*}", self.pass_on)
        app.on_startup.append(self._open)
        app.on_cleanup.append(self._close)
        return app

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """One request there and back; the service's silence is a 502."""
        body = await request.read()
        assert self._session is not None  # noqa: S101 - opened with the application
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in NOT_PASSED_ON]
        try:
            async with self._session.request(
                request.method,
                self._target + request.raw_path,
                headers=headers,
                data=body,
                allow_redirects=False,
            ) as reply:
                answer = web.Response(status=reply.status, body=await reply.read())
                for name, value in reply.headers.items():
                    if name.lower() not in NOT_PASSED_ON:
                        answer.headers.add(name, value)
        except (aiohttp.ClientError, TimeoutError):
            answer = web.Response(status=502, text="the service does not answer\n")
        if request.method == "POST" and request.path.startswith(CALLS):
            self._witness.saw(request.headers, body, status=answer.status, at=time.monotonic())
            self.put_down()
        return answer

    def put_down(self) -> None:
        """What is known by now, into the file; what somebody said by hand stays."""
        for name, answer in self._witness.answers(at=time.monotonic()).items():
            if answer not in BY_NAME[name].values:
                self._say(f"{name}: {answer}, which is none of the answers that we know")
                continue
            known = self._book.fresh().answers.get(name, {"answer": NOT_SEEN, "note": ""})
            is_open = known["answer"] == NOT_SEEN or known["note"] == ON_THE_WIRE_NOTE
            if is_open and known["answer"] != answer:
                self._book.put(name, answer, ON_THE_WIRE_NOTE)
                self._say(f"{name}: {answer}")

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            print(line, flush=True)

    async def _open(self, _app: web.Application) -> None:
        timeout = aiohttp.ClientTimeout(total=60)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)

    async def _close(self, _app: web.Application) -> None:
        if self._session is not None:
            await self._session.close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--listen", type=int, default=8080, metavar="PORT")
    parser.add_argument("--to", default="http://127.0.0.1:3978", metavar="URL", help="the service")
    parser.add_argument("--answers", type=Path, default=Path("tenant-hour.json"))
    given = parser.parse_args(arguments)
    recorder = Recorder(given.to, opened(given.answers))
    web.run_app(recorder.app(), host=given.host, port=given.listen, loop=asyncio.new_event_loop())
    return 0


if __name__ == "__main__":
    sys.exit(main())
