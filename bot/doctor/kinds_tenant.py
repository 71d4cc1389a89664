"""Kinds of findings about the tenant: tokens, consent, presence, accounts, agents, limits."""

from __future__ import annotations

from typing import Final

from bot.doctor.finding import Kind, Weight

FAILS, WORSE, NOTE, UNSEEN = Weight.FAILS, Weight.WORSE, Weight.NOTE, Weight.UNSEEN
_CONSENT: Final = (
    "Have an administrator open the consent link (docs/deploy.md), then restart the service: a "
    "token from before lacks it for up to an hour."
)

TENANT: Final = (
    # --- token and consent
    Kind(
        code="token.refused",
        weight=FAILS,
        means="Entra gives the application no token for Graph.",
        breaks="Nothing can be asked of Graph: no call is answered.",
        mend="Look at APP_ID, TENANT_ID and CREDENTIAL. AADSTS7000215 or 700027: another secret or "
        "certificate. AADSTS70021 or 700213: the federated credential of the application in "
        "Entra does not name this identity. A managed identity that does not answer: this is not "
        "the machine that has it.",
    ),
    Kind(
        code="token.other_tenant",
        weight=FAILS,
        means="The token is of another tenant than the settings name.",
        breaks="Graph refuses every call with 7505.",
        mend="Set TENANT_ID to the tenant of the calls, or CREDENTIAL to one of that tenant: a "
        "managed identity has tokens of its home tenant only.",
    ),
    Kind(
        code="token.other_application",
        weight=FAILS,
        means="The token is another application's: often the managed identity's own.",
        breaks="Calls belong to the bot's application: Graph knows none of them under another.",
        mend="Set CREDENTIAL=federated, so that the managed identity vouches for APP_ID, or set "
        "APP_ID to the identity's client id if the bot was registered with that.",
    ),
    Kind(
        code="token.opaque",
        weight=UNSEEN,
        means="The token's permissions: it is not one that can be read.",
        breaks="Nothing by itself. Missing permissions show up when a request is refused.",
        mend="`Register-Application.ps1` lists what has consent.",
    ),
    Kind(
        code="consent.none",
        weight=FAILS,
        means="The token carries no permission at all: nobody has consented in this tenant.",
        breaks="Graph refuses everything with 403, `7504` for calls.",
        mend=_CONSENT,
    ),
    Kind(
        code="permission.missing",
        weight=FAILS,
        means="A permission that this plan cannot do without has no consent.",
        breaks="By permission: docs/permissions.md says what fails without it.",
        mend=f"`Register-Application.ps1` asks for it. {_CONSENT}",
    ),
    Kind(
        code="permission.weaker",
        weight=WORSE,
        means="A permission that this plan uses has no consent; calls go on without it.",
        breaks="By permission: docs/permissions.md says what is worse without it.",
        mend=f"`Register-Application.ps1` asks for it. {_CONSENT}",
    ),
    Kind(
        code="permission.unused",
        weight=NOTE,
        means="A permission has consent that this plan does not use.",
        breaks="Nothing. Whoever steals the application's identity can do more.",
        mend="Leave it if the plan will grow, or take it away with `Register-Application.ps1 "
        "-Features` and in Entra.",
    ),
    Kind(
        code="permission.foreign",
        weight=WORSE,
        means="A permission has consent that no feature of Switchboard needs.",
        breaks="No call. Whoever steals the application's identity can do more than they should.",
        mend="Take it away in Entra, App registrations, API permissions, unless another program "
        "shares this application: then give that one its own.",
    ),
    # --- Graph itself
    Kind(
        code="graph.no_answer",
        weight=FAILS,
        means="Graph did not answer a question in time, or could not be reached.",
        breaks="Calls are answered late or not at all while it lasts.",
        mend="Look at the network's way out (proxy, firewall, DNS) from this machine, and at "
        "Microsoft's service health.",
    ),
    Kind(
        code="graph.throttled",
        weight=WORSE,
        means="Graph is throttling the application (429).",
        breaks="Presence is read late; offers and answers wait for as long as Graph says.",
        mend="Wait, and look for another program that uses the same application.",
    ),
    # --- presence
    Kind(
        code="presence.refused",
        weight=FAILS,
        means="Graph refuses to tell presence.",
        breaks="With `frozen_presence: hold` nobody is rung; with `trust`, on what was known last.",
        mend=f"`Presence.Read.All` needs consent. {_CONSENT}",
    ),
    Kind(
        code="presence.unknown",
        weight=WORSE,
        means="Teams tells no presence of this agent.",
        breaks="The agent gets no call: unknown presence lets none through.",
        mend="Have the agent sign in to Teams once; look whether a license with Teams is enabled.",
    ),
    # --- resource accounts
    Kind(
        code="account.unknown",
        weight=FAILS,
        means="A resource account of the plan is not in the directory.",
        breaks="Calls to it do not exist; calls to its entry point go to the default one.",
        mend="Correct the name in the plan, or make it with `Set-ResourceAccount.ps1`.",
    ),
    Kind(
        code="account.unreadable",
        weight=WORSE,
        means="A resource account of the plan could not be looked up.",
        breaks="An account named by its object id is used as given; by name it leads nowhere.",
        mend="See what Graph said: mostly `User.Read.All` without consent.",
    ),
    Kind(
        code="account.no_resource_account",
        weight=FAILS,
        means="Teams knows the account as something else than a resource account.",
        breaks="A call to it rings a person's Teams, never Switchboard.",
        mend="Make a resource account with `Set-ResourceAccount.ps1` and name that one.",
    ),
    Kind(
        code="account.unlicensed",
        weight=WORSE,
        means="The account has no license Microsoft Teams Phone Resource Account.",
        breaks="It can have no number. From Teams it can be called.",
        mend="`Set-ResourceAccount.ps1` with -UsageLocation gives it one.",
    ),
    Kind(
        code="account.no_number",
        weight=NOTE,
        means="Teams tells of no phone number of the account.",
        breaks="It can be called from Teams only, and cannot call phone numbers.",
        mend="`Set-ResourceAccount.ps1 -PhoneNumber` if the phone network should reach it.",
    ),
    Kind(
        code="account.other_number",
        weight=WORSE,
        means="The account has another number than the plan says.",
        breaks="Callers who are sent on to the account by that number reach another, or nobody.",
        mend="Correct `number` in the plan, or the assignment in Teams.",
    ),
    Kind(
        code="account.licenses_not_visible",
        weight=UNSEEN,
        means="Whether the account is licensed.",
        breaks="Nothing by itself.",
        mend="`User.Read.All` with consent shows it; `Get-ResourceAccount.ps1` too.",
    ),
    Kind(
        code="account.teams_not_visible",
        weight=UNSEEN,
        means="The account's kind and number.",
        breaks="Nothing by itself.",
        mend="`TeamsUserConfiguration.Read.All` with consent shows them; `Get-ResourceAccount.ps1` "
        "too.",
    ),
    Kind(
        code="account.owner_not_visible",
        weight=UNSEEN,
        means="Whether the account belongs to this application: Graph does not say, and no call "
        "through it is on record yet.",
        breaks="If it belongs to another, its calls never come here, and calls out of it fail with "
        "7507.",
        mend="`Get-ResourceAccount.ps1`: IsOurs must be True. The first call through it proves it.",
    ),
    # --- agents and queues
    Kind(
        code="agent.unknown",
        weight=WORSE,
        means="An agent or group of the plan is not in the directory.",
        breaks="Nobody is rung under that name.",
        mend="Correct the name in the plan.",
    ),
    Kind(
        code="agent.disabled",
        weight=WORSE,
        means="An agent's account is disabled.",
        breaks="The agent gets no call.",
        mend="Enable the account in Entra, or take the name out of the plan.",
    ),
    Kind(
        code="agent.guest",
        weight=WORSE,
        means="An agent is a guest of the tenant.",
        breaks="The agent gets no call: Graph connects members of the tenant only.",
        mend="Give them an account of the tenant, or take the name out of the plan.",
    ),
    Kind(
        code="agent.other_tenant",
        weight=WORSE,
        means="An agent belongs to another tenant.",
        breaks="The agent gets no call.",
        mend="Name people of this tenant.",
    ),
    Kind(
        code="agent.not_one",
        weight=WORSE,
        means="Several groups have the name in the plan.",
        breaks="Nobody of them is taken.",
        mend="Name the group by its object id.",
    ),
    Kind(
        code="agent.empty_group",
        weight=WORSE,
        means="A group of the plan has no members.",
        breaks="Nobody is rung by way of it.",
        mend="Add people to the group; it is read again every 5 minutes.",
    ),
    Kind(
        code="agent.unreadable",
        weight=WORSE,
        means="An agent or group of the plan could not be looked up.",
        breaks="Who is named by object id is used as given; anybody else gets no call.",
        mend="See what Graph said: mostly `User.Read.All` or `GroupMember.Read.All` lacks consent.",
    ),
    Kind(
        code="agent.no_teams",
        weight=WORSE,
        means="An agent has no license with Teams, or it is suspended.",
        breaks="The agent's phone cannot be rung: every offer is lost as unreachable.",
        mend="Give the agent a license with Teams and Teams Phone.",
    ),
    Kind(
        code="agent.no_phone",
        weight=WORSE,
        means="An agent has no Teams Phone.",
        breaks="Calls of people of the phone network may not be transferred to the agent.",
        mend="Give the agent a license with Teams Phone.",
    ),
    Kind(
        code="agent.licenses_not_visible",
        weight=UNSEEN,
        means="The agents' licenses.",
        breaks="Nothing by itself.",
        mend="`User.Read.All` with consent shows them.",
    ),
    Kind(
        code="agent.no_chat",
        weight=WORSE,
        means="An agent has not installed the bot in Teams.",
        breaks="Calls come, but no card says who calls, and ready or not ready cannot be said.",
        mend="Add the app, or have a setup policy install it (docs/teams-app.md).",
    ),
    Kind(
        code="agent.chat_not_visible",
        weight=UNSEEN,
        means="Which agents have installed the bot: the database could not be read.",
        breaks="Nothing by itself.",
        mend="Mend the database first.",
    ),
    Kind(
        code="agent.forwarding_not_visible",
        weight=UNSEEN,
        means="Whether agents forward their calls, or let a delegate or group pick up: Graph does "
        "not tell an application.",
        breaks="An offer to who forwards rings somebody else, who may take it as the agent.",
        mend="`Get-CsUserCallingSettings -Identity UPN`: IsForwardingEnabled and "
        "IsUnansweredEnabled should be False, or the wait longer than `ring_seconds`.",
    ),
    Kind(
        code="queue.nobody",
        weight=FAILS,
        means="A queue has no agent who could ever be rung.",
        breaks="Its callers wait until `max_wait`, or for ever.",
        mend="Name people in `members` whom the findings above do not rule out.",
    ),
    Kind(
        code="queue.voicemail_answers",
        weight=WORSE,
        means="An agent's voicemail in Teams can take this queue's callers: their phones ring "
        "longer than Teams' own 20 s, or the caller is handed over by the first ring.",
        breaks="Callers end in a private mailbox, and count as answered.",
        mend="Use `delivery: consult` with `ring_seconds` below 20 and `accept` by card or key, or "
        "turn the agents' voicemail off.",
    ),
    # --- limits
    Kind(
        code="capacity.legs",
        weight=WORSE,
        means="More agents than the application's call legs can serve at once.",
        breaks="When all are busy and callers wait, further callers go to `fallback`.",
        mend="A second application for some entry points (`APPLICATIONS`), or fewer queues on one.",
    ),
    Kind(
        code="capacity.over_graph",
        weight=WORSE,
        means="LEGS is above Graph's own limit of 100 calls at once.",
        breaks="Graph refuses what is above it, in the middle of answering and ringing.",
        mend="Leave LEGS at 100 on a real tenant, unless Microsoft raised the limit for you.",
    ),
    Kind(
        code="capacity.month",
        weight=WORSE,
        means="The application has used 80 % or more of its calls of this month.",
        breaks="Graph refuses calls beyond 10,000 a month.",
        mend="Move an entry point to another application, or talk to Microsoft (docs/capacity.md).",
    ),
    Kind(
        code="capacity.presence",
        weight=NOTE,
        means="More than 650 agents: each reading of their presence takes several requests.",
        breaks="Nothing, while the requests stay well below Graph's 1,500 in 30 s.",
        mend="Nothing, until `graph.throttled` shows up.",
    ),
)
