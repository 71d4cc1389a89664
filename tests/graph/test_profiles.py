"""Who a colleague is: profile, manager and photo, though parts of it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from kit.fake_transport import NOT_FOUND, FakeTransport

from graph.errors import GraphError, Refused
from graph.profiles import LARGEST_PHOTO, LONGEST, Profile, Profiles
from graph.transport import GraphRequest, GraphResponse

UNA = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
TOLD: dict[str, Any] = {
    "id": UNA,
    "displayName": "Una User",
    "jobTitle": "Buyer",
    "department": None,
    "officeLocation": 18,
}


def profiles(manager: Any, told: Any = None) -> tuple[Profiles, FakeTransport]:
    def answer(request: GraphRequest) -> Any:
        return manager if "/manager" in request.path else (TOLD if told is None else told)

    transport = FakeTransport(answer)
    return Profiles(transport=transport, tenant_id="t"), transport


async def test_a_profile_is_read_with_its_manager_side_by_side() -> None:
    asked, transport = profiles({"displayName": "Sam"})
    found = await asked.read(UNA, manager=True)
    assert found == Profile(name="Una User", job_title="Buyer", manager="Sam")
    assert sorted(transport.lines) == [
        f"GET /users/{UNA}/manager?%24select=id,displayName",
        f"GET /users/{UNA}?%24select=id,displayName,jobTitle,department,officeLocation",
    ]


@pytest.mark.parametrize("manager", [NOT_FOUND, Refused("no", status=403), {"displayName": 5}])
async def test_a_manager_who_cannot_be_read_is_left_out(manager: Any) -> None:
    asked, _ = profiles(manager)
    assert (await asked.read(UNA, manager=True)).manager == ""


async def test_nobody_asks_for_a_manager_whom_the_plan_does_not_want() -> None:
    asked, transport = profiles({"displayName": "Sam"})
    assert (await asked.read(UNA, manager=False)).manager == ""
    assert len(transport.sent) == 1


async def test_a_profile_that_cannot_be_read_is_an_error_and_a_long_one_is_cut() -> None:
    asked, _ = profiles(NOT_FOUND, NOT_FOUND)
    with pytest.raises(GraphError):
        await asked.read(UNA, manager=True)
    asked, _ = profiles(NOT_FOUND, {"jobTitle": "x" * 9_000})
    assert (await asked.read(UNA, manager=False)).job_title == "x" * LONGEST


class Pictures:
    """Answers with these bytes."""

    def __init__(self, body: bytes | GraphError) -> None:
        self.body = body
        self.paths: list[str] = []

    async def send(self, request: GraphRequest) -> GraphResponse:
        self.paths.append(request.path)
        if isinstance(self.body, GraphError):
            raise self.body
        return GraphResponse(status=200, body=self.body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xffrest", "image/jpeg"),
        (b"<svg onload=alert(1)>", ""),
        (b"<html>", ""),
        (b"", ""),
        (b"\xff\xd8\xff" + b"x" * LARGEST_PHOTO, ""),
        (NOT_FOUND, ""),
    ],
)
async def test_a_photo_is_a_picture_or_nothing(body: bytes | GraphError, kind: str) -> None:
    pictures = Pictures(body)
    photo = await Profiles(transport=pictures, tenant_id="t").photo(UNA)
    assert (photo.kind if photo else "") == kind
    assert pictures.paths == [f"/users/{UNA}/photos/96x96/$value"]


async def test_a_photo_that_may_not_be_read_is_an_error() -> None:
    pictures = Pictures(Refused("no", status=403))
    with pytest.raises(Refused):
        await Profiles(transport=pictures, tenant_id="t").photo(UNA)
