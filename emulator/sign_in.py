"""The page on which a person picks who to be, and the address that pages get their tokens from.

No script and no cookie: a form with a button for each person. Nobody is remembered, so each visit
asks again, which is what one wants when trying several people beside each other.
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from emulator.authorization import GRANTS, Authorization, Request, SignInRefused
from emulator.config import Person
from emulator.identity import TokenRefused
from emulator.page.door import SAFE
from emulator.shell import Shell

PARAMETERS = (
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
LOOK = (
    '<link rel="icon" href="/page/web/icon.svg">'
    '<link rel="stylesheet" href="/page/web/tokens.css">'
    '<link rel="stylesheet" href="/page/web/sign_in.css">'
)


class SignInDoor:
    """`/{tenant}/oauth2/v2.0/authorize`, and the token endpoint for what it hands out."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._authorization = Authorization(shell.identity)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/{tenant}/oauth2/v2.0/authorize", self.show)
        app.router.add_post("/{tenant}/oauth2/v2.0/authorize", self.pick)

    async def show(self, request: web.Request) -> web.Response:
        """Whom somebody can be."""
        query = dict(request.query)
        try:
            visit = self._authorization.request(request.match_info["tenant"], query)
        except SignInRefused as refused:
            return _refusal(str(refused))
        kept = {name: query[name] for name in PARAMETERS if name in query}
        return _page(_choice(visit, kept, self._authorization.candidates()), allows=visit.redirect)

    async def pick(self, request: web.Request) -> web.Response:
        """Somebody picked a person: back to where they came from, with a code."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            visit = self._authorization.request(request.match_info["tenant"], form)
            code = self._authorization.code(visit, form.get("user", ""), self._shell.now())
        except SignInRefused as refused:
            return _refusal(str(refused))
        answer = urlencode({"code": code, "state": visit.state})
        sign = "#" if visit.mode == "fragment" else "?"
        headers = SAFE | {"Location": f"{visit.redirect}{sign}{answer}"}
        return web.Response(status=302, headers=headers)

    def handles(self, grant: str) -> bool:
        """Whether the token endpoint should ask here."""
        return grant in GRANTS

    def token(self, tenant: str, form: dict[str, str], origin: str) -> web.Response:
        """A page's tokens. A page of another origin than the registered ones cannot read them."""
        application = self._shell.identity.application(form.get("client_id", ""))
        headers = {"Cache-Control": "no-store", "Vary": "Origin"}
        if application is not None and self._authorization.allows(application, origin):
            headers["Access-Control-Allow-Origin"] = origin
        try:
            body = self._authorization.token(tenant, form, origin, self._shell.now())
            status = 200
        except TokenRefused as refused:
            body, status = refused.body(), refused.status
        return web.Response(
            body=msgspec.json.encode(body),
            status=status,
            headers=headers,
            content_type="application/json",
        )


def _choice(visit: Request, kept: dict[str, str], people: list[Person]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in kept.items()
    )
    return (
        f"<h1>Who are you?</h1><p>You sign in to <b>{escape(visit.application.name)}</b>. "
        "Everybody here is made up, and nobody needs a password.</p>"
        f'<form method="post">{hidden}<ul>{"".join(map(_person, people))}</ul></form>'
    )


def _person(person: Person) -> str:
    notes = ", ".join(person.roles) or "no role"
    if person.kind == "guest":
        notes += ", guest"
    if not person.enabled:
        notes += ", account disabled"
    return (
        f'<li><button name="user" value="{escape(person.upn)}"><b>{escape(person.name)}</b>'
        f"<span>{escape(person.upn)}</span><small>{escape(notes)}</small></button></li>"
    )


def _refusal(why: str) -> web.Response:
    body = f"<h1>You cannot sign in</h1><p>{escape(why)}</p>"
    return _page(body, status=400)


def _page(body: str, *, status: int = 200, allows: str = "") -> web.Response:
    # A form's policy also counts for where its answer redirects to.
    policy = SAFE["Content-Security-Policy"].replace(
        "form-action 'none'",
        f"form-action 'self' {allows}".rstrip() if allows else "form-action 'none'",
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Sign in: the emulator</title>{LOOK}</head><body><main>{body}</main></body></html>"
    )
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers=SAFE | {"Content-Security-Policy": policy},
    )
