"""Requests about the tenant's set-up, as msgraph-sdk builds them: see graph/shapes.py."""

from typing import Any

from msgraph.generated.admin.teams.user_configurations.user_configurations_request_builder import (
    UserConfigurationsRequestBuilder,
)
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from graph.shapes import ADAPTER, BASE, BASE_URL, Shape, Texts, query_of

__all__ = ["BASE_URL", "licensed_users", "teams_user"]


def licensed_users(_: Shape, texts: Texts) -> Any:
    """Users by a filter, with the service plans that their licenses bring."""
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        select=["id", "userPrincipalName", "assignedPlans"], filter=texts["filter"]
    )
    return UsersRequestBuilder(ADAPTER, BASE).to_get_request_information(query_of(query))


def teams_user(_: Shape, texts: Texts) -> Any:
    """What Teams knows of one account: its kind, its numbers, whether it has voice."""
    configurations = UserConfigurationsRequestBuilder(ADAPTER, BASE)
    one = configurations.by_teams_user_configuration_id(texts["user"])
    return one.to_get_request_information()
