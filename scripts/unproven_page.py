"""docs/unproven.md: what nobody could prove about Graph without a tenant.

The questions and their possible answers are the emulator's switches. What the product does under
each answer stands here, because the emulator knows nothing of the product; a test holds the two to
the same names.
"""

import re

from emulator.switch_rows import SWITCHES, Switch

HEAD = """\
<!-- Written by `make docs` from emulator/switch_rows.py and scripts/unproven_page.py. -->

# Unproven

Switchboard has not run against a real tenant. Where Microsoft's documentation is silent, or
contradicts itself or what people report, there is a **switch** in the emulator: a question, the
answers that Graph could give, the likeliest in bold. The emulator is tested
under every value of every switch. `python -m emulator serve --switch NAME=VALUE` sets one.

Each entry says where the doubt comes from and what the service does. If you have a tenant: each of
these is worth an answer; `make hour` asks for them, call by call
([how](the-hour.md#what-only-a-tenant-can-tell)).

## Questions
"""

CODES_HEAD = """
## Codes that we assume

The table of endings is `outcome_of_ending` in [graph/errors.py](../graph/errors.py).

| Where Graph's own is not known | We take |
|---|---|
"""
CODES = (
    (
        "an outgoing call or invitation was declined",
        "603 is `declined` (back-off 30 s)",
    ),
    (
        "the agent is busy",
        "486 is `busy` (10 s)",
    ),
    (
        "nobody picked up",
        "408 (documented) and 487 are `no_answer` (a missed offer)",
    ),
    (
        "the agent has no device, or cannot be reached",
        "480 with any subcode (documented) is `unreachable` (60 s)",
    ),
    (
        "any other code below 200 or from 300 on; none at all",
        "`failed` (10 s)",
    ),
    (
        "a transfer that succeeded",
        (
            "subcode 7015 under any code; without it, any end of the caller's leg while a "
            "transfer is under way, unless its subcode is a hang-up (4097, 4521, 5300, 18503, "
            "540000, 560000)"
        ),
    ),
    (
        "a transfer that failed",
        "`established` once more with any code (documented: 500/7000, 500/7700)",
    ),
    (
        "a resource account that cannot be transferred to",
        "any refusal, 7505 among them",
    ),
    (
        "a call that Graph does not know",
        "404 with any code; the emulator says 404/9999",
    ),
    (
        "too many calls at once, or in the month",
        "a 429; the emulator says 429/9999",
    ),
    (
        "a participant whom the tenant does not let us remove",
        "any refusal; the emulator says 403/9999",
    ),
    (
        "an invitation that was to replace a call",
        "the service never sends one; the emulator ends it with 412/9999",
    ),
)
PRODUCT: dict[str, str] = {
    "recording_status": "Nothing is recorded without its success. `notified`: the caller hears "
    "music until it is told, 8 s at most. `refused`: the caller is told that no message can be "
    "taken, and their call is listed for the team.",
    "recording_at_hang_up": "`told`: what was said so far is fetched and listed. `dropped`: news "
    "is waited for 30 s; then the call is listed as a message without sound.",
    "record_in_meeting": "`refused`: the caller is told that no message can be taken, and their "
    "call is listed for the team.",
    "redelivery": "Copies are known by what they say (call created, call deleted, operation, "
    "tone "
    "sequence), never by the message's id. `none`: calls that are silent for 30 s are asked "
    "for, sooner while a phone rings or a transfer is under way; a "
    "call whose very first notification is lost is not known to anybody.",
    "bundling": "Each item is taken by itself; one bad item never costs the others.",
    "established_order": "An `establishing` that comes late changes nothing.",
    "establishing": "Nothing waits for it.",
    "media_state": "It is not used. Another `established` without a code changes nothing.",
    "resource_url": "Both keys are read, with or without a slash; the kind is taken from the "
    "entity's type first.",
    "call_id_case": "Ids are compared in one spelling; requests use the one Graph wrote first.",
    "subcode_key": "Both are read.",
    "result_numbers": "Both are read.",
    "operation_id": "Operations are matched by our `clientContext`; the id only tells copies.",
    "content_type": "The header is not looked at. The body is read as JSON in UTF-8, else in the "
    "encoding its first bytes show, else as Windows-1252.",
    "issuer": "Both are believed, with the keys of `SWITCHBOARD_CALLING_OPENID_URL`.",
    "reject_notice": "The deletion counts, whatever state it names.",
    "pstn_identity": "All three are read as a number.",
    "pstn_withheld": "All three are a withheld number; so is whatever else is not 3 to 20 digits.",
    "guest_identity": "`guest`: connected by `group_call`, whatever the queue says. `user`: "
    "taken "
    "for a colleague (or, with a foreign tenant, a federated caller); Graph may then refuse the "
    "transfer, and the caller goes back in line each time.",
    "abandon_code": "The contact's state decides, not the code: abandoned.",
    "decline_code": "`603/0`: declined, 30 s of peace. `480/10078`: unreachable, 60 s. `486/0`: "
    "busy, 10 s. The caller goes back in line each time.",
    "no_answer_code": "With `consult` our own timer ends the ring first: a missed offer under "
    "all "
    "three. With `group_call`, `480/10076` is unreachable (60 s) and not a missed offer.",
    "busy_code": "`486/0`: busy, 10 s. `603/0`: declined, 30 s. `480/10076`: unreachable, 60 s.",
    "ring_after_end": "An agent whose ring was taken back is left alone for 150 ms "
    "(`FALLS_SILENT_MS` in routing/agent.py), so `moment` is silent by then. `second`: if "
    "somebody waits, the phone rings for them while it still rings, or is found busy and left "
    "alone for 10 s; the caller stays in line.",
    "voicemail_create": "Below 20 s of `ring_seconds` our hang-up comes first. `established`: "
    "the "
    "whisper plays to the voicemail, no key comes, a missed offer; with `accept: answer`, or "
    "after "
    "Accept on the card, the caller is transferred to the voicemail. `ends`: by its code.",
    "voicemail_transfer": "`success`: counts as connected; presence never shows a call, so the "
    "agent is let go after 120 s as `unverified`. `failure`: a missed offer, the caller is "
    "back in "
    "line.",
    "voicemail_invite": "`joins`: the roster shows the agent, so it counts as connected. We "
    "cannot "
    "tell the difference.",
    "transfer_accepted": "Not needed: the end of the caller's leg says it. A hang-up code is "
    "a hang-up also where it was heard.",
    "transfer_begins": "Either way: that a call is shown as established proves a failed transfer "
    "only when it was asked for 3 s or more after the transfer was accepted.",
    "replaced_call_deleted": "The agent's leg that ends during a link is waited for 5 s, then "
    "the "
    "caller's leg is asked for. Both orders end the same.",
    "pstn_outgoing": "`refused`: the agent who took a callback hears that the customer could not "
    "be reached; after `tries` it comes to nothing, and the team is told.",
    "replaces_pstn": "`refused`, `flaky`: the agent's leg is hung up, the caller goes back in "
    "line, "
    "the agent is left alone for 10 s. If Graph always refuses, use `group_call`.",
    "agent_leg_after_7700": "A leg that survives is hung up; one that is gone is not.",
    "account_target": "Accounts are named as `application` with their tenant. Refused: the "
    "account's number, then the fallback, then an apology.",
    "roster": "`silent`, `empty`: an invitation that completed counts as joined after 3 s; "
    "the end "
    "is that of the call. An empty roster is never taken for an empty call.",
    "invite_participant_id": "The id is taken from the roster, never from the answer.",
    "invite_after_call": "Either way an agent is rung again only when Graph has said that the "
    "invitation ended, or 75 s after its ring began. `stops`: what that costs where Graph does not "
    "say so, `abandoned_ring: trust` in the plan saves. `rings_on`: leave it at `hold`.",
    "invite_end_after_call": "`told`: the agent is free at once. `untold`: their phone may ring, "
    "for all we know, so they are left alone until 75 s after it began, or until they say `ready`, "
    "or, with `abandoned_ring: trust`, for 5 s.",
    "prompt_at_invite": "Nothing depends on it: music is stopped when the agent has joined.",
    "invite_replaces": "The service sends no such invitation.",
    "participant_removal": "`forbidden`: a late joiner stays in the call. An agent who hands a "
    "caller over is told to hang up, and the caller goes on when they do.",
    "bot_leaves_group_call": "The bot stays until the agent or the caller has left; then the "
    "call "
    "ends either way. Ending a call for all takes the caller out first.",
    "hold_music": "`refused`: the agent is told; nobody is asked first whom the caller would hear.",
    "hold_again": "A second request to resume is sent only when nobody knows what became of the "
    "first, and a refusal then counts as done.",
    "hold_operation": "The answer counts; the operation's end is not waited for.",
    "prompt_failure": "`notified`, `in_reply`: what comes next begins at once; music is tried "
    "again "
    "after 2 s. `silent`: greetings, last words and music are taken for over after their own "
    "length and 3 s; for music that is ten minutes, and until then the caller hears nothing.",
    "presence_vocabulary": "Both spellings are read, in either field and any case.",
    "presence_lag": "Presence frees nobody whom an offer or roster holds. `minutes`: an "
    "agent's talk "
    "after a transfer may never be seen within 120 s; the contact then ends as `unverified`, and "
    "the agent has 60 s of peace.",
    "presence_frozen": "`frozen`: every talk after a transfer ends as `unverified` after 120 "
    "s, and "
    "whoever was shown as available is rung. `frozen_presence` in the plan helps only when "
    "presence "
    "cannot be read at all.",
    "user_fields": "`missing`: taken for an enabled member.",
    "teams_accounts": "Only `switchboard doctor` asks. `without_number`: it says that Teams tells "
    "no number. `unknown`: it calls the account's kind and number not visible.",
    "directory": "`forbidden`: a finding for each name. Object ids are used as given; names that "
    "were known stay who they were.",
}
PAGES = re.compile(
    r"(?<![\w/-])((?:call-(?:answer|delete|playprompt|reject|transfer)|participant-(?:delete|invite))"
    r")(?![\w/])"
)
ISSUES = {
    "comms-samples": "microsoftgraph/microsoft-graph-comms-samples",
    "microsoft-graph-docs": "microsoftgraph/microsoft-graph-docs",
    "azure-sdk-for-js": "Azure/azure-sdk-for-js",
}


def unproven_page() -> str:
    """The page. Raises KeyError for a switch of which nothing is said."""
    codes = "".join(f"| {unknown} | {taken} |\n" for unknown, taken in CODES)
    return HEAD + "".join(_entry(each) for each in SWITCHES) + CODES_HEAD + codes


def _entry(switch: Switch) -> str:
    values = ", ".join(
        f"**`{value}`**" if value == switch.default else f"`{value}`" for value in switch.values
    )
    return (
        f"\n### `{switch.name}`\n\n{switch.question} {values}.\n\n"
        f"- The doubt: {_source(switch)}.\n- The service: {PRODUCT[switch.name]}\n"
    )


def _source(switch: Switch) -> str:
    """Where the doubt comes from, with links where the address is certain."""
    repository = ""

    def issue(found: re.Match[str]) -> str:
        nonlocal repository
        repository = ISSUES.get(found[1] or "", repository)
        return f"[{repository.rpartition('/')[2]} {found[2]}](https://github.com/{repository}/issues/{found[2]})"

    told = re.sub(r"([a-z-]+)?#(\d+)", issue, switch.source)
    return PAGES.sub(r"[\1](https://learn.microsoft.com/graph/api/\1)", told)
