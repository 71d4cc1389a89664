"""The shapes of requests about people, groups and the tenant: see graph/shapes.py."""

from typing import Any

from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.groups.item.members.members_request_builder import MembersRequestBuilder
from msgraph.generated.groups.item.transitive_members.transitive_members_request_builder import (
    TransitiveMembersRequestBuilder,
)
from msgraph.generated.organization.organization_request_builder import OrganizationRequestBuilder
from msgraph.generated.users.item.manager.manager_request_builder import ManagerRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from graph.shapes import ADAPTER, BASE, BASE_URL, Shape, Texts, query_of

__all__ = [
    "BASE_URL",
    "groups",
    "manager",
    "members",
    "organization",
    "photo",
    "profile",
    "transitive_members",
    "user",
    "users",
]

ACCOUNT_FIELDS = ["accountEnabled", "userType", "businessPhones"]
USER_FIELDS = ["id", "userPrincipalName", "displayName", "mail", *ACCOUNT_FIELDS]
PAGE = 999
"""The most members that Graph gives on a page."""
PROFILE_FIELDS = ["id", "displayName", "jobTitle", "department", "officeLocation"]
MANAGER_FIELDS = ["id", "displayName"]
PHOTO_SIZE = "96x96"


def user(_: Shape, texts: Texts) -> Any:
    """One user by id or user principal name."""
    query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=USER_FIELDS)
    one = UsersRequestBuilder(ADAPTER, BASE).by_user_id(texts["user"])
    return one.to_get_request_information(query_of(query))


def profile(_: Shape, texts: Texts) -> Any:
    """What the directory says of one user."""
    query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=PROFILE_FIELDS)
    one = UsersRequestBuilder(ADAPTER, BASE).by_user_id(texts["user"])
    return one.to_get_request_information(query_of(query))


def manager(_: Shape, texts: Texts) -> Any:
    """Whom one user reports to."""
    query = ManagerRequestBuilder.ManagerRequestBuilderGetQueryParameters(select=MANAGER_FIELDS)
    one = UsersRequestBuilder(ADAPTER, BASE).by_user_id(texts["user"])
    return one.manager.to_get_request_information(query_of(query))


def photo(_: Shape, texts: Texts) -> Any:
    """One user's photo, of the smallest size that looks well on two pixels for one."""
    one = UsersRequestBuilder(ADAPTER, BASE).by_user_id(texts["user"])
    return one.photos.by_profile_photo_id(PHOTO_SIZE).content.to_get_request_information()


def users(_: Shape, texts: Texts) -> Any:
    """Users by a filter."""
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        select=USER_FIELDS, filter=texts["filter"]
    )
    return UsersRequestBuilder(ADAPTER, BASE).to_get_request_information(query_of(query))


def groups(_: Shape, texts: Texts) -> Any:
    """Groups by a filter."""
    query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(
        select=["id", "displayName", "mail"], filter=texts["filter"]
    )
    return GroupsRequestBuilder(ADAPTER, BASE).to_get_request_information(query_of(query))


def transitive_members(_: Shape, texts: Texts) -> Any:
    """Everybody in a group and in the groups inside it."""
    builder = TransitiveMembersRequestBuilder
    query = builder.TransitiveMembersRequestBuilderGetQueryParameters(select=USER_FIELDS, top=PAGE)
    group = GroupsRequestBuilder(ADAPTER, BASE).by_group_id(texts["group"])
    return group.transitive_members.to_get_request_information(query_of(query))


def members(_: Shape, texts: Texts) -> Any:
    """Everybody directly in a group."""
    builder = MembersRequestBuilder
    query = builder.MembersRequestBuilderGetQueryParameters(select=USER_FIELDS, top=PAGE)
    group = GroupsRequestBuilder(ADAPTER, BASE).by_group_id(texts["group"])
    return group.members.to_get_request_information(query_of(query))


def organization(_: Shape, __: Texts) -> Any:
    """The tenant itself, with its domains."""
    query = OrganizationRequestBuilder.OrganizationRequestBuilderGetQueryParameters(
        select=["id", "verifiedDomains"]
    )
    return OrganizationRequestBuilder(ADAPTER, BASE).to_get_request_information(query_of(query))
