"""A tenant in which something is wrong, for each finding about tokens, people and limits."""

from dataclasses import replace

from kit.doctor_ward import Ward, produces

from bot.clock import wall_ms
from emulator.config import Group, Person, object_id
from emulator.faults import Fault
from store.contract import Store
from store.leg_counts import LegCount

ADA, SUPPORT = "ada.agent@contoso.example", "support@contoso.example"
MEMBERS = "members: [ada.agent@contoso.example, ben.agent@contoso.example]"


@produces("token.refused")
async def _(ward: Ward) -> None:
    ward.environment |= {
        "SWITCHBOARD_CREDENTIAL": "secret",
        "SWITCHBOARD_CLIENT_SECRET": "of-another-application",
    }


@produces("token.other_tenant")
async def _(ward: Ward) -> None:
    ward.application(speaks_as="other_tenant")


@produces("token.other_application")
async def _(ward: Ward) -> None:
    ward.application(speaks_as="other_application")


@produces("token.opaque")
async def _(ward: Ward) -> None:
    ward.application(speaks_as="opaque")


@produces("consent.none")
async def _(ward: Ward) -> None:
    ward.application(roles=())


@produces("permission.missing", "presence.refused")
async def _(ward: Ward) -> None:
    ward.without_role("Presence.Read.All")


@produces("permission.weaker")
async def _(ward: Ward) -> None:
    ward.without_role("CallRecords.Read.All")


@produces("permission.unused")
async def _(ward: Ward) -> None:
    """The plan of the ward names no group, and GroupMember.Read.All has consent."""


@produces("permission.foreign")
async def _(ward: Ward) -> None:
    ward.application(roles=(*ward.first.roles, "Directory.ReadWrite.All"))


@produces("graph.no_answer", "check.left_out")
async def _(ward: Ward) -> None:
    ward.limits = replace(ward.limits, question_s=0.3)
    ward.faults.append(Fault(kind="slow", op="unauthorized", delay_ms=5_000, times=0))


@produces("graph.throttled")
async def _(ward: Ward) -> None:
    ward.application(presence_reads=0)


@produces("presence.unknown")
async def _(ward: Ward) -> None:
    ward.person(ADA, availability="PresenceUnknown", activity="PresenceUnknown")


@produces("account.unknown")
async def _(ward: Ward) -> None:
    ward.plan_with("account: support@", "account: suport@")


@produces("account.unreadable", "agent.unreadable", "account.licenses_not_visible")
async def _(ward: Ward) -> None:
    ward.switches["directory"] = "forbidden"
    ids = [ward.someone(each).id for each in (SUPPORT, ADA)]
    ward.plan_with(f"account: {SUPPORT}", f"account: {ids[0]}")
    ward.plan_with(MEMBERS, f"members: [{ids[1]}]")


@produces("account.no_resource_account")
async def _(ward: Ward) -> None:
    ward.account(SUPPORT, kind="user")


@produces("account.unlicensed")
async def _(ward: Ward) -> None:
    ward.account(SUPPORT, plans=())


@produces("account.no_number")
async def _(ward: Ward) -> None:
    ward.account(SUPPORT, number=None)


@produces("account.other_number")
async def _(ward: Ward) -> None:
    ward.plan_with(
        'fallback: {number: "+14255550199"}',
        'fallback: {account: sales@contoso.example, number: "+14255550177"}',
    )


@produces("account.teams_not_visible")
async def _(ward: Ward) -> None:
    ward.without_role("TeamsUserConfiguration.Read.All")


@produces("account.owner_not_visible", "agent.forwarding_not_visible")
async def _(ward: Ward) -> None:
    """No call has come in yet; nobody can see who forwards."""


@produces("agent.unknown")
async def _(ward: Ward) -> None:
    ward.plan_with("ada.agent@", "aida.agent@")


@produces("agent.disabled")
async def _(ward: Ward) -> None:
    ward.person(ADA, enabled=False)


@produces("agent.guest")
async def _(ward: Ward) -> None:
    ward.person(ADA, kind="guest")


@produces("agent.other_tenant")
async def _(ward: Ward) -> None:
    # What the tenant's own domains are, Graph tells by a permission that no feature needs.
    ward.application(roles=(*ward.first.roles, "Organization.Read.All"))
    ward.plan_with("ada.agent@contoso.example", "pat.partner@fabrikam.example")


@produces("agent.not_one")
async def _(ward: Ward) -> None:
    twins = tuple(
        Group(id=object_id(name), mail="twins@contoso.example", name="Twins", members=())
        for name in ("one", "two")
    )
    ward.config = replace(ward.config, groups=(*ward.config.groups, *twins))
    ward.plan_with(MEMBERS, "members: [{group: twins@contoso.example}, ben.agent@contoso.example]")


@produces("agent.empty_group", "queue.nobody")
async def _(ward: Ward) -> None:
    empty = Group(id=object_id("empty"), mail="empty@contoso.example", name="Empty", members=())
    ward.config = replace(ward.config, groups=(*ward.config.groups, empty))
    ward.plan_with(MEMBERS, "members: [{group: empty@contoso.example}]")


@produces("agent.no_teams")
async def _(ward: Ward) -> None:
    ward.person(ADA, plans=("mail", "suspended teams"))


@produces("agent.no_phone")
async def _(ward: Ward) -> None:
    ward.person(ADA, plans=("teams",))


@produces("agent.licenses_not_visible")
async def _(ward: Ward) -> None:
    ward.switches["user_fields"] = "missing"


@produces("agent.no_chat")
async def _(ward: Ward) -> None:
    async def removed(store: Store) -> None:
        await store.conversations.forget(ward.config.tenant_id, ward.someone(ADA).id)

    ward.is_served = True
    ward.prepared.append(removed)


@produces("agent.chat_not_visible")
async def _(ward: Ward) -> None:
    """The ward's database has no tables yet."""


@produces("queue.voicemail_answers")
async def _(ward: Ward) -> None:
    ward.plan_with("    title: Support\n", "    title: Support\n    delivery: group_call\n")


@produces("capacity.legs")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_LEGS"] = "3"


@produces("capacity.month")
async def _(ward: Ward) -> None:
    async def busy(store: Store) -> None:
        month = await _month(store)
        counted = LegCount(place=(1, 1), months={month: {ward.first.id: 8_100}})
        await store.leg_counts.save(ward.config.tenant_id, counted)

    ward.is_served = True
    ward.prepared.append(busy)


async def _month(_store: Store) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(wall_ms() / 1000, UTC):%Y-%m}"


@produces("capacity.presence")
async def _(ward: Ward) -> None:
    crowd = tuple(
        Person(
            id=object_id(f"crowd{n}"),
            upn=f"crowd{n}@contoso.example",
            name=f"Crowd {n}",
            tenant_id=ward.config.tenant_id,
        )
        for n in range(651)
    )
    group = Group(
        id=object_id("crowd"),
        mail="crowd@contoso.example",
        name="Crowd",
        members=tuple(each.id for each in crowd),
    )
    ward.config = replace(
        ward.config,
        people=(*ward.config.people, *crowd),
        groups=(*ward.config.groups, group),
    )
    ward.plan_with(MEMBERS, "members: [{group: crowd@contoso.example}]")


@produces("clock.off")
async def _(ward: Ward) -> None:
    ward.config = replace(ward.config, timings=replace(ward.config.timings, ahead_ms=60_000))


@produces("clock.far_off")
async def _(ward: Ward) -> None:
    ward.config = replace(ward.config, timings=replace(ward.config.timings, ahead_ms=-600_000))


@produces("check.unfinished")
async def _(ward: Ward) -> None:
    ward.limits = replace(ward.limits, check_s=0.5, question_s=5.0)
    ward.faults.append(Fault(kind="slow", op="getPresencesByUserId", delay_ms=3_000, times=0))
