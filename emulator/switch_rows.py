"""The rows of the table of switches: a question about the real Graph, the answers it could give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    name: str
    values: tuple[str, ...]
    default: str
    question: str
    """one sentence"""
    source: str
    """where the doubt comes from: a page of Microsoft's documentation, or a reported issue"""


SWITCHES: tuple[Switch, ...] = (
    # --- notifications on the wire
    Switch(
        "redelivery",
        ("same_id", "new_id", "none"),
        "same_id",
        "Is a notification that met a 5xx, a time-out or a closed port posted again, and does the "
        "second post keep X-Microsoft-Skype-Message-ID?",
        "not documented for commsNotifications",
    ),
    Switch(
        "bundling",
        ("single", "bundled"),
        "single",
        "Does one post carry several notifications when they are due together?",
        "commsNotifications.value is a collection",
    ),
    Switch(
        "established_order",
        ("in_order", "established_first"),
        "in_order",
        "Does `establishing` come before `established`?",
        "call-answer: notifications may arrive out of order",
    ),
    Switch(
        "establishing",
        ("sent", "omitted"),
        "sent",
        "Is `establishing` reported at all?",
        "call-answer; comms-samples#824",
    ),
    Switch(
        "media_state",
        ("sent", "omitted"),
        "sent",
        "Are changes of mediaState reported?",
        "call-transfer, prose before example 1",
    ),
    Switch(
        "resource_url",
        ("both", "url_only", "no_slash", "resource_only"),
        "url_only",
        "Under which key stands the resource of a notification, and does it begin with a slash?",
        "participant-startholdmusic; participant-invite; call-answer",
    ),
    Switch(
        "call_id_case",
        ("same", "upper", "mixed"),
        "same",
        "Is a call's id spelled alike everywhere, or with capitals in notifications?",
        "call-answer writes capitals, call-transfer small letters",
    ),
    Switch(
        "subcode_key",
        ("subcode", "subCode"),
        "subcode",
        "How is resultInfo's second number spelled?",
        "call-transfer examples 1 and 2",
    ),
    Switch(
        "result_numbers",
        ("int", "string"),
        "int",
        "Are the numbers in resultInfo JSON numbers or strings?",
        "call-delete",
    ),
    Switch(
        "operation_id",
        ("given", "null", "absent"),
        "given",
        "Does the completion of an operation carry the operation's id?",
        "call-playprompt example; participant-invite example 2",
    ),
    Switch(
        "content_type",
        (
            "application/json; charset=utf-8",
            "application/json",
            "application/json; charset=Windows-1252",
        ),
        "application/json; charset=utf-8",
        "Which Content-Type has a notification?",
        "comms-samples#23",
    ),
    Switch(
        "issuer",
        ("botframework", "graph"),
        "botframework",
        "Is the callback token issued by https://api.botframework.com or https://graph.microsoft.com?",
        "call-notifications; Microsoft's sample accepts both",
    ),
    Switch(
        "reject_notice",
        ("id_only", "terminated"),
        "id_only",
        "Does the deletion after a reject name a state?",
        "call-reject example 2",
    ),
    # --- who calls
    Switch(
        "pstn_identity",
        ("phone", "phone_bare", "phone_tel"),
        "phone",
        "How does a caller's number look: +E.164, digits alone or a tel: URI under `phone`?",
        "no documented raw inbound notification from the phone network",
    ),
    Switch(
        "pstn_withheld",
        ("anonymous", "empty_phone", "no_identity"),
        "anonymous",
        "What stands for a caller who withholds the number?",
        "not documented",
    ),
    Switch(
        "guest_identity",
        ("guest", "user"),
        "guest",
        "Is a guest caller shown under `guest` or under `user`?",
        "communicationsIdentitySet",
    ),
    Switch(
        "abandon_code",
        ("200/4521", "487/0", "none"),
        "200/4521",
        "Which resultInfo has a call whose caller hung up before the answer?",
        "call-delete lists only answered calls",
    ),
    # --- outgoing calls
    Switch(
        "decline_code",
        ("603/0", "480/10078", "486/0"),
        "603/0",
        "Which code ends an outgoing call that the callee declined?",
        "not documented",
    ),
    Switch(
        "no_answer_code",
        ("408/10057", "487/0", "480/10076"),
        "408/10057",
        "Which code ends an outgoing call that nobody picked up?",
        "call-delete names 408/10057",
    ),
    Switch(
        "busy_code",
        ("486/0", "603/0", "480/10076"),
        "486/0",
        "Which code ends an outgoing call to somebody busy?",
        "not documented",
    ),
    Switch(
        "pstn_outgoing",
        ("works", "refused"),
        "works",
        "May a bot call numbers from its resource account at all, as far as licence and credit go?",
        "docs-contrib#649; comms-samples#498",
    ),
    Switch(
        "ring_after_end",
        ("moment", "none", "second"),
        "moment",
        "How long does a phone ring on after Graph said that the call to it is over?",
        "call-delete says nothing of the callee's phone",
    ),
    Switch(
        "voicemail_create",
        ("established", "ends"),
        "established",
        "When the agent's voicemail takes our call, is it established like any other?",
        "comms-samples#463",
    ),
    Switch(
        "voicemail_transfer",
        ("success", "failure"),
        "success",
        "Does a transfer that ends in the agent's voicemail count as success?",
        "azure-sdk-for-js#33159",
    ),
    Switch(
        "voicemail_invite",
        ("never", "joins"),
        "never",
        "Can the agent's voicemail take an invitation?",
        "comms-samples#479",
    ),
    # --- transfer
    Switch(
        "transfer_accepted",
        ("sent", "after_inactive", "omitted"),
        "sent",
        "When is `transferAccepted` reported: before mediaState turns inactive, after, never?",
        "call-transfer example 1",
    ),
    Switch(
        "transfer_begins",
        ("at_once", "after_2_s"),
        "at_once",
        "How long does a call whose transfer was accepted go on being shown as established?",
        "call-transfer: 202 says accepted, not begun",
    ),
    Switch(
        "replaced_call_deleted",
        ("before", "after"),
        "before",
        "Is the deletion of the replaced call told before the success of the transfer?",
        "not documented",
    ),
    Switch(
        "replaces_pstn",
        ("works", "refused", "flaky"),
        "works",
        "Does a transfer with replacesCallId work for a caller from the phone network?",
        "call-transfer speaks of Teams users; comms-samples#783",
    ),
    Switch(
        "agent_leg_after_7700",
        ("survives", "ends"),
        "survives",
        "Does the agent's call live on when the consultative transfer fails?",
        "call-transfer example 2 is silent",
    ),
    Switch(
        "account_target",
        ("application", "any", "refused"),
        "application",
        "Which identity of a resource account may be transferred or redirected to without 7505?",
        "comms-samples#260, #295; microsoft-graph-docs#9853",
    ),
    # --- invite and groups
    Switch(
        "roster",
        ("told", "silent", "empty"),
        "told",
        "After an invite on a two-party call, are rosters notified, and does GET list anybody?",
        "comms-samples#140",
    ),
    Switch(
        "invite_participant_id",
        ("null", "given"),
        "null",
        "Does the answer to an invite name the participant's id?",
        "participant-invite; comms-samples#522",
    ),
    Switch(
        "invite_after_call",
        ("stops", "rings_on"),
        "stops",
        "Does an invitee's phone stop ringing when the call they were invited to ends?",
        "participant-invite is silent",
    ),
    Switch(
        "invite_end_after_call",
        ("told", "untold"),
        "told",
        "Is the end of an invitation told when its call ended before?",
        "commsOperation: after running a notification follows; but comms-samples#16",
    ),
    Switch(
        "prompt_at_invite",
        ("continues", "repeated"),
        "continues",
        "Does a prompt that plays during an invite start again?",
        "comms-samples#411",
    ),
    Switch(
        "recording_status",
        ("accepted", "notified", "refused"),
        "accepted",
        "Does updateRecordingStatus succeed for a caller's call, and in the reply or later?",
        "call-updaterecordingstatus: it asks for policy-based recording",
    ),
    Switch(
        "recording_at_hang_up",
        ("told", "dropped"),
        "told",
        "Is a recording told, with its place, when the caller hangs up in the middle of it?",
        "call-record says nothing of it",
    ),
    Switch(
        "record_in_meeting",
        ("works", "refused"),
        "works",
        "Does recordResponse work in a call in meeting mode, after an invite?",
        "call-record says nothing of it; comms-samples#395",
    ),
    Switch(
        "invite_replaces",
        ("works", "fails"),
        "works",
        "Does an invite with replacesCallId of the agent's own call work?",
        "comms-samples#783",
    ),
    Switch(
        "participant_removal",
        ("allowed", "forbidden"),
        "allowed",
        "May the bot remove participants (Set-CsApplicationMeetingConfiguration)?",
        "participant-delete",
    ),
    Switch(
        "bot_leaves_group_call",
        ("others_stay", "call_ends"),
        "others_stay",
        "Do the others go on talking (or does everything end with 5010) when the bot leaves?",
        "call-delete",
    ),
    Switch(
        "hold_music",
        ("works", "refused"),
        "works",
        "Can a participant of a call be put on hold that was answered one to one, and then became "
        "a meeting by an invite?",
        "participant-startholdmusic speaks of participants, and not of which calls",
    ),
    Switch(
        "hold_again",
        ("accepted", "refused"),
        "accepted",
        "Does stopHoldMusic succeed for a participant who is not on hold?",
        "participant-stopholdmusic is silent",
    ),
    Switch(
        "hold_operation",
        ("told", "untold"),
        "told",
        "Is the end of startHoldMusic and stopHoldMusic notified, beside the answer 202?",
        "participant-startholdmusic: the answer says running; commsOperation",
    ),
    # --- media
    Switch(
        "prompt_failure",
        ("notified", "in_reply", "silent"),
        "notified",
        "A prompt that cannot be fetched: told by notification, by the reply, or not at all?",
        "commsOperation; comms-samples#58",
    ),
    # --- presence and directory
    Switch(
        "presence_vocabulary",
        ("classic", "new"),
        "classic",
        "Are presence values spelled InACall under activity, or inACall under availability?",
        "resources/presence, pages of 2022 and 2026",
    ),
    Switch(
        "presence_lag",
        ("seconds", "none", "minutes"),
        "seconds",
        "How long until presence shows that somebody is in a call: 4 s, at once, 2 minutes?",
        "cloud-communications-manage-presence-state",
    ),
    Switch(
        "presence_frozen",
        ("live", "frozen"),
        "live",
        "Does presence change at all?",
        "outages seen by every Teams administrator",
    ),
    Switch(
        "user_fields",
        ("full", "missing"),
        "full",
        "Are accountEnabled and userType in the answer when they were selected?",
        "User.ReadBasic.All does not include them",
    ),
    Switch(
        "teams_accounts",
        ("told", "without_number", "unknown"),
        "told",
        "Does Teams' userConfigurations tell of a resource account, with its number?",
        "teamsUserConfiguration: accountType has `resourceAccount`, no page shows one",
    ),
    Switch(
        "directory",
        ("readable", "forbidden"),
        "readable",
        "May the application read users and groups?",
        "User.Read.All is consented apart from the calling permissions",
    ),
)
