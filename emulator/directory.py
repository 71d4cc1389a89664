"""Users and groups as Graph shows them: by id or UPN, with $select, filters and pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator.config import HOME_DOMAIN, Account, Group, Person
from emulator.exchange import Exchange
from emulator.portrait import portrait
from emulator.refusals import Refused, Reply, Request, bad_request, not_found
from emulator.ringing import Directory
from emulator.routes import Route
from emulator.shapes import Json

DEFAULT_FIELDS = ("id", "displayName", "userPrincipalName", "mail", "businessPhones")
PLANS = {
    "teams": ("TeamspaceAPI", "57ff2da0-773e-42df-b2af-ffb7a2317929"),
    "phone": ("MicrosoftCommunicationsOnline", "4828c8ec-dc2e-4779-b502-87ac9ce28ab7"),
    "resource account": ("MicrosoftCommunicationsOnline", "f47330e9-c134-43b3-9993-e7f004506889"),
    "mail": ("exchange", "efb87545-963c-4e0d-99df-69c6916d9eb0"),
}
"""Service plans by the names that the configuration has for them: their service and id."""
IN_AT_MOST = 15
"""Values of an `in` filter (learn.microsoft.com/graph/filter-query-parameter)."""
SEVERAL = re.compile(r"^(\w+) in \(((?:'[^']*'(?:, ?)?)+)\)$")
FILTER = re.compile(r"^(\w+) eq '((?:[^']|'')*)'$")


class DirectoryReader:
    def __init__(self, exchange: Exchange, directory: Directory) -> None:
        self._x = exchange
        self._directory = directory
        self._groups: dict[str, Group] = {}
        for group in exchange.config.groups:
            self._groups[group.id.lower()] = group

    def answer(self, request: Request, route: Route) -> Reply:
        """The answer to a request about people and groups. Raises Refused."""
        match route.op:
            case "user":
                return self.user(request, route.name)
            case "manager" | "photo":
                return self.about(request, route.name, route.op)
            case "users" | "groups":
                return self.listed(request, route.op)
            case "group":
                return self.group(request, route.name)
            case "groupMembers" | "groupTransitiveMembers":
                transitive = route.op == "groupTransitiveMembers"
                return self.members(request, route.name, transitive=transitive)
            case "organization":
                return self._organization()
            case "teamsUser":
                return self.teams_user(route.name)
        message = f"Resource not found for the segment in {request.method} {request.path}."
        raise Refused(404, "BadRequest", message)

    def _organization(self) -> Reply:
        domains: list[Json] = [{"name": HOME_DOMAIN, "isDefault": True, "isInitial": False}]
        body: Json = {"id": self._x.config.tenant_id, "verifiedDomains": domains}
        return Reply(200, {"value": [body]})

    def teams_user(self, name: str) -> Reply:
        """What Teams knows of an account; whoever has no license for Teams is none of its users."""
        person, account = self._directory.person(name), self._directory.account(name)
        told = self._x.switches["teams_accounts"]
        if account is not None and told != "unknown":
            number = account.number if told == "told" else None
            return Reply(200, _teams_user(account, account.kind, number, voice=True))
        if person is None or person.kind == "federated" or not person.plans:
            raise not_found(f"Resource '{name}' does not exist.")
        kind = "guest" if person.kind == "guest" else "user"
        voice = "phone" in person.plans
        return Reply(200, _teams_user(person, kind, person.number, voice=voice))

    def user(self, request: Request, name: str) -> Reply:
        self._check()
        found = self._user_body(name)
        if found is None:
            raise not_found(f"Resource '{name}' does not exist.")
        return Reply(200, self._selected(found, request))

    def about(self, request: Request, name: str, what: str) -> Reply:
        """A user's manager or photo."""
        return self.manager(request, name) if what == "manager" else self.photo(name)

    def listed(self, request: Request, what: str) -> Reply:
        return self.users(request) if what == "users" else self.groups(request)

    def manager(self, request: Request, name: str) -> Reply:
        """Graph tells of nobody who is not there, and of nobody who has no manager, with 404."""
        self._check()
        person = self._directory.person(name)
        above = self._user_body(person.manager) if person is not None and person.manager else None
        if above is None:
            raise not_found("Resource 'manager' does not exist.")
        return Reply(200, {"@odata.type": "#microsoft.graph.user"} | self._selected(above, request))

    def photo(self, name: str) -> Reply:
        self._check()
        person = self._directory.person(name)
        if person is None or not person.photo:
            raise Refused(404, "ImageNotFound", "Exception of type 'ImageNotFoundException'.")
        return Reply(200, portrait(person.id), content_type="image/png")

    def users(self, request: Request) -> Reply:
        self._check()
        rows = [
            self._person(person) for person in self._x.config.people if person.kind != "federated"
        ]
        rows += [self._account(account) for account in self._x.config.accounts]
        return self._page(request, "/users", _filtered(rows, request))

    def groups(self, request: Request) -> Reply:
        self._check()
        rows = [_group(group) for group in self._x.config.groups]
        return self._page(request, "/groups", _filtered(rows, request))

    def group(self, request: Request, name: str) -> Reply:
        self._check()
        return Reply(200, self._selected(_group(self._group(name)), request))

    def members(self, request: Request, name: str, *, transitive: bool) -> Reply:
        self._check()
        group = self._group(name)
        ids = self._nested(group) if transitive else list(group.members)
        rows = [row for row in (self._member(each) for each in ids) if row is not None]
        part = "transitiveMembers" if transitive else "members"
        if request.path.endswith("/microsoft.graph.user"):
            rows = [row for row in rows if str(row["@odata.type"]).endswith(".user")]
            part += "/microsoft.graph.user"
        return self._page(request, f"/groups/{group.id}/{part}", rows)

    def _check(self) -> None:
        if self._x.switches["directory"] == "forbidden":
            raise Refused(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            )

    def _group(self, name: str) -> Group:
        group = self._groups.get(name.lower())
        if group is None:
            raise not_found(f"Resource '{name}' does not exist.")
        return group

    def _nested(self, group: Group) -> list[str]:
        found: dict[str, None] = {}
        stack = list(reversed(group.members))
        while stack:
            each = stack.pop()
            if each in found:
                continue
            found[each] = None
            inner = self._groups.get(each.lower())
            if inner is not None:
                stack.extend(reversed(inner.members))
        return list(found)

    def _member(self, object_id: str) -> Json | None:
        inner = self._groups.get(object_id.lower())
        if inner is not None:
            return {"@odata.type": "#microsoft.graph.group"} | _group(inner)
        row = self._user_body(object_id)
        return None if row is None else {"@odata.type": "#microsoft.graph.user"} | row

    def _user_body(self, name: str) -> Json | None:
        person = self._directory.person(name)
        if person is not None and person.kind != "federated":
            return self._person(person)
        account = self._directory.account(name)
        return None if account is None else self._account(account)

    def _person(self, person: Person) -> Json:
        row: Json = {
            "id": person.id,
            "displayName": person.name,
            "userPrincipalName": person.upn,
            "mail": person.upn,
            "businessPhones": [person.number] if person.number else [],
            "accountEnabled": person.enabled,
            "userType": "Guest" if person.kind == "guest" else "Member",
            "jobTitle": person.job_title or None,
            "department": person.department or None,
            "officeLocation": person.office or None,
            "assignedPlans": _plans(person.plans),
        }
        return self._without_missing(row)

    def _account(self, account: Account) -> Json:
        """A resource account is a user object whose sign-in is blocked."""
        row: Json = {
            "id": account.id,
            "displayName": account.name,
            "userPrincipalName": account.upn,
            "mail": None,
            "businessPhones": [account.number] if account.number else [],
            "accountEnabled": False,
            "userType": "Member",
            "assignedPlans": _plans(account.plans),
        }
        return self._without_missing(row)

    def _without_missing(self, row: Json) -> Json:
        if self._x.switches["user_fields"] == "missing":
            del row["accountEnabled"], row["userType"], row["assignedPlans"]
        return row

    def _selected(self, row: Json, request: Request) -> Json:
        select = request.query.get("$select")
        names = [name.strip() for name in select.split(",")] if select else DEFAULT_FIELDS
        kept = {name: row[name] for name in names if name in row}
        if "@odata.type" in row:
            kept["@odata.type"] = row["@odata.type"]
        if "members" in row or "id" not in kept:
            kept["id"] = row["id"]
        return kept

    def _page(self, request: Request, path: str, rows: Sequence[Json]) -> Reply:
        top = request.query.get("$top", str(self._x.config.page_size))
        skip = request.query.get("$skiptoken", "0")
        if not top.isdigit() or not skip.isdigit() or int(top) < 1:
            raise bad_request("$top and $skiptoken are whole numbers.")
        first, size = int(skip), int(top)
        chosen = rows[first : first + size]
        body: Json = {"value": [self._selected(row, request) for row in chosen]}
        if first + size < len(rows):
            kept = {**request.query, "$top": top, "$skiptoken": str(first + size)}
            query = "&".join(f"{key}={value}" for key, value in kept.items())
            body["@odata.nextLink"] = f"{self._x.base_url}/v1.0{path}?{query}"
        return Reply(200, body)


def _group(group: Group) -> Json:
    return {
        "id": group.id,
        "displayName": group.name,
        "mail": group.mail,
        "mailNickname": group.mail.partition("@")[0],
        "groupTypes": ["Unified"],
    }


def _plans(names: Sequence[str]) -> list[Json]:
    return [
        {
            "assignedDateTime": "2026-01-01T00:00:00Z",
            "capabilityStatus": "Suspended" if name.startswith("suspended ") else "Enabled",
            "service": PLANS[name.removeprefix("suspended ")][0],
            "servicePlanId": PLANS[name.removeprefix("suspended ")][1],
        }
        for name in names
    ]


def _teams_user(who: Person | Account, kind: str, number: str | None, *, voice: bool) -> Json:
    numbers = [{"telephoneNumber": number, "assignmentCategory": "primary"}] if number else []
    return {
        "id": who.id,
        "tenantId": who.tenant_id,
        "userPrincipalName": who.upn,
        "accountType": kind,
        "isEnterpriseVoiceEnabled": voice,
        "telephoneNumbers": numbers,
    }


def _filtered(rows: list[Json], request: Request) -> list[Json]:
    wanted = request.query.get("$filter")
    if wanted is None:
        return rows
    if (several := SEVERAL.match(wanted.strip())) is not None:
        names = [each.strip().strip("'").lower() for each in several.group(2).split(",")]
        if len(names) > IN_AT_MOST:
            raise bad_request(f"Too many values in an 'in' filter: at most {IN_AT_MOST}.")
        return [row for row in rows if str(row.get(several.group(1), "")).lower() in names]
    match = FILTER.match(wanted.strip())
    if match is None:
        raise bad_request(f"Only `property eq 'value'` is known here as $filter, not {wanted!r}.")
    key, value = match.group(1), match.group(2).replace("''", "'").lower()
    return [row for row in rows if str(row.get(key, "")).lower() == value]
