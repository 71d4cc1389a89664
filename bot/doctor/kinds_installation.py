"""Kinds of findings about the installation: settings, plan, webhook, prompts, database, clock."""

from __future__ import annotations

from typing import Final

from bot.doctor.finding import Kind, Weight

FAILS, WORSE, NOTE, UNSEEN = Weight.FAILS, Weight.WORSE, Weight.NOTE, Weight.UNSEEN

INSTALLATION: Final = (
    # --- settings
    Kind(
        code="settings.invalid",
        weight=FAILS,
        means="A setting is missing, contradicts another, or is none.",
        breaks="The service does not start.",
        mend="By the sentence; docs/settings.md lists them all.",
    ),
    Kind(
        code="settings.placeholder",
        weight=FAILS,
        means="A setting still holds what an example had in its place.",
        breaks="Whatever needs it: an identity that does not exist, a key that opens nothing.",
        mend="Put the real value there.",
    ),
    Kind(
        code="settings.certificate_unreadable",
        weight=FAILS,
        means="CERTIFICATE_FILE cannot be read, or holds no certificate with its key.",
        breaks="The application cannot prove who it is: no token, no call.",
        mend="A PEM file with certificate and private key, readable for the service's user; "
        "CERTIFICATE_PASSWORD if the key has one.",
    ),
    Kind(
        code="settings.certificate_expired",
        weight=FAILS,
        means="The application's certificate has expired, or is not valid yet.",
        breaks="Entra refuses it: no token, no call.",
        mend="Make a new one, upload it to the application in Entra, put it where the setting "
        "points, restart.",
    ),
    Kind(
        code="settings.certificate_expiring",
        weight=WORSE,
        means="The application's certificate expires within 30 days.",
        breaks="Nothing yet; then everything at once.",
        mend="Upload a new one beside the old before that.",
    ),
    Kind(
        code="settings.not_microsoft",
        weight=NOTE,
        means="Graph or Entra is not Microsoft's: the settings name another server.",
        breaks="Nothing on a laptop with the emulator. A real tenant is not reached.",
        mend="For a real tenant leave GRAPH_URL, AUTHORITY_URL, CALLING_OPENID_URL and "
        "BOT_OPENID_URL out.",
    ),
    # --- plan
    Kind(
        code="plan.unreadable",
        weight=FAILS,
        means="The plan file is not there or cannot be read.",
        breaks="The service starts with the plan that was in force last, or not at all.",
        mend="SWITCHBOARD_PLAN names the file.",
    ),
    Kind(
        code="plan.error",
        weight=FAILS,
        means="The plan has an error.",
        breaks="It is never put in force: the last good one goes on, or nothing starts.",
        mend="By the sentence; `switchboard plan check` lists the same.",
    ),
    Kind(
        code="plan.warning",
        weight=WORSE,
        means="The plan has something that its author should look at.",
        breaks="By the sentence.",
        mend="By the sentence; `switchboard plan check` lists the same.",
    ),
    Kind(
        code="plan.messages_off",
        weight=WORSE,
        means="Callers are to leave messages, and KEEP_VOICEMAIL does not allow it.",
        breaks="They hear an apology instead.",
        mend="docs/voicemail.md says what it takes; or lead them elsewhere.",
    ),
    Kind(
        code="plan.not_in_force",
        weight=WORSE,
        means="The plan file differs from the plan that the service put in force last.",
        breaks="What was changed in the file has no effect yet.",
        mend="SIGHUP to the service, or a restart. An error in the file keeps it out.",
    ),
    # --- webhook
    Kind(
        code="webhook.local",
        weight=FAILS,
        means="PUBLIC_URL is this machine, and Graph is not.",
        breaks="Graph cannot tell of any call, and fetches no prompt.",
        mend="Set PUBLIC_URL to the address under which Microsoft reaches the service.",
    ),
    Kind(
        code="webhook.unresolved",
        weight=FAILS,
        means="The name in PUBLIC_URL leads to no address.",
        breaks="No notification arrives.",
        mend="Correct PUBLIC_URL, or make the DNS record.",
    ),
    Kind(
        code="webhook.private",
        weight=WORSE,
        means="The name in PUBLIC_URL leads to a private address, as seen from here.",
        breaks="If it does so outside too, no notification arrives.",
        mend="Look from outside: `nslookup HOST 8.8.8.8`. Inside a network with its own DNS this "
        "may be right.",
    ),
    Kind(
        code="webhook.no_connection",
        weight=FAILS,
        means="Nothing answers at PUBLIC_URL, as seen from here.",
        breaks="No notification arrives, unless only this machine cannot reach it.",
        mend="Is the service running? Look at the front, the firewall, port 443.",
    ),
    Kind(
        code="webhook.certificate",
        weight=FAILS,
        means="The certificate of PUBLIC_URL is not valid for its name, or of no known authority.",
        breaks="Graph does not connect: no notification arrives.",
        mend="A certificate for that host, with its chain, of an authority that everybody trusts.",
    ),
    Kind(
        code="webhook.certificate_expiring",
        weight=WORSE,
        means="The certificate of PUBLIC_URL expires within 21 days.",
        breaks="Nothing yet; then no notification arrives.",
        mend="Renew it; see why it did not renew itself.",
    ),
    Kind(
        code="webhook.redirects",
        weight=FAILS,
        means="PUBLIC_URL sends the asker elsewhere.",
        breaks="To Graph 302 means that another deployment takes the call; prompts are lost.",
        mend="Set PUBLIC_URL to the last address, or take the redirect out for /api and /prompts.",
    ),
    Kind(
        code="webhook.not_ours",
        weight=FAILS,
        means="POST /api/calls without a token is not answered with 401.",
        breaks="Something else answers there: notifications are lost.",
        mend="See what answers: another program, a front with its own sign-in, an old slot.",
    ),
    Kind(
        code="webhook.unhealthy",
        weight=FAILS,
        means="/healthz does not say that the service lives.",
        breaks="The service is down, or not behind this address.",
        mend="The service's last lines (docs/runbook.md).",
    ),
    Kind(
        code="webhook.not_ready",
        weight=FAILS,
        means="/readyz says that something is missing.",
        breaks="Callers go to `fallback` until it is there.",
        mend="By the words; wait a minute after a start.",
    ),
    Kind(
        code="webhook.slow",
        weight=WORSE,
        means="The service took more than 2 s to answer, as seen from here.",
        breaks="A call must be answered within 15 s of its ring; this takes a part of them.",
        mend="Processors, and `switchboard_loop_lag_ms` (docs/runbook.md).",
    ),
    Kind(
        code="webhook.registration_not_visible",
        weight=UNSEEN,
        means="Whether the Azure Bot's calling webhook leads here, and calling is enabled.",
        breaks="If it leads elsewhere, no call comes.",
        mend="`az bot msteams show --resource-group ... --name ...`: enableCalling, and "
        "callingWebhook = PUBLIC_URL/api/calls.",
    ),
    # --- prompts
    Kind(
        code="prompts.file",
        weight=WORSE,
        means="A recording that the plan names is missing or cannot be used.",
        breaks="Callers hear a tone in its place.",
        mend="By the sentence: a WAV, FLAC, OGG or MP3 file of up to 20 MB, beside the plan.",
    ),
    Kind(
        code="prompts.no_voice",
        weight=WORSE,
        means="Nobody can speak the plan's sentences.",
        breaks="Callers hear tones in place of words.",
        mend="SPEECH_REGION and SPEECH_KEY for Azure Speech.",
    ),
    Kind(
        code="prompts.laptop_voice",
        weight=WORSE,
        means="A laptop's voice would speak to callers of a real tenant.",
        breaks="Nothing; it sounds like a robot, and is under GPL-3.",
        mend="SPEECH_REGION and SPEECH_KEY for Azure Speech.",
    ),
    Kind(
        code="prompts.unpublished",
        weight=NOTE,
        means="No prompt has been rendered yet: the service has not started with this database.",
        breaks="Nothing; the first start renders them.",
        mend="Start the service.",
    ),
    Kind(
        code="prompts.format",
        weight=FAILS,
        means="A rendered prompt is not a WAV of 16 kHz, 16 bit, one channel.",
        breaks="Graph says that it plays, and callers hear nothing.",
        mend="Publish the plan again (SIGHUP); if it stays, please report it.",
    ),
    Kind(
        code="prompts.unreachable",
        weight=FAILS,
        means="A prompt cannot be fetched under PUBLIC_URL without a token, or comes otherwise "
        "than it was rendered.",
        breaks="Callers hear silence: no greeting, no music.",
        mend="A front must let /prompts pass as it is, without sign-in and without changing it.",
    ),
    # --- database
    Kind(
        code="database.unreachable",
        weight=FAILS,
        means="The database cannot be reached.",
        breaks="The service does not start; running, it sends callers to `fallback`.",
        mend="DATABASE_URL, the server's state, the network between.",
    ),
    Kind(
        code="database.pooler",
        weight=FAILS,
        means="A pooler stands before PostgreSQL.",
        breaks="Advisory locks and LISTEN do not survive it: two owners, or a takeover that waits.",
        mend="The server's own port: 5432, not 6432.",
    ),
    Kind(
        code="database.old",
        weight=WORSE,
        means="PostgreSQL is older than 14.",
        breaks="Nothing is tested with it.",
        mend="Upgrade the server.",
    ),
    Kind(
        code="database.read_only",
        weight=FAILS,
        means="The database takes no writing: a standby, a full disk, or missing rights.",
        breaks="No call can be written down: callers are sent to `fallback`.",
        mend="The address of the primary; room on the disk; rights on the schema for this user.",
    ),
    Kind(
        code="database.other_program",
        weight=FAILS,
        means="The database belongs to another program.",
        breaks="The service does not start.",
        mend="A database of its own.",
    ),
    Kind(
        code="database.newer",
        weight=FAILS,
        means="A newer Switchboard has written this database.",
        breaks="This version does not start on it.",
        mend="Run the newer version (docs/upkeep.md).",
    ),
    Kind(
        code="database.behind",
        weight=NOTE,
        means="The database's tables are of an older version, or not there yet.",
        breaks="Nothing; the next start brings them up.",
        mend="Back up first if it is an upgrade (docs/upkeep.md), then start the service.",
    ),
    Kind(
        code="database.no_replica",
        weight=WORSE,
        means="No second server holds a copy of the database at every commit.",
        breaks="When its disk is lost, so are the calls of the last moments, and a restore takes "
        "long.",
        mend="High availability with synchronous replication (DATABASE_HIGH_AVAILABILITY).",
    ),
    Kind(
        code="database.replica_gone",
        weight=FAILS,
        means="Commits wait for a synchronous replica, and none is connected.",
        breaks="Every commit hangs: callers are sent to `fallback`.",
        mend="Bring the replica back, or take it out of synchronous_standby_names.",
    ),
    Kind(
        code="database.replica_not_visible",
        weight=UNSEEN,
        means="Whether a synchronous replica is connected: this user may not see it.",
        breaks="Nothing by itself.",
        mend="`GRANT pg_monitor TO ...`, or the portal's High availability page.",
    ),
    Kind(
        code="database.loses_commits",
        weight=WORSE,
        means="The server says that a commit is done before it is on disk (synchronous_commit).",
        breaks="A crash of the server loses what Graph was told is written down.",
        mend="synchronous_commit = on for this database and user.",
    ),
    Kind(
        code="database.plain",
        weight=WORSE,
        means="The way to a database on another machine is not encrypted.",
        breaks="No call. Callers' numbers and the password cross the network in the open.",
        mend="`?sslmode=verify-full` in DATABASE_URL, and TLS on the server.",
    ),
    Kind(
        code="database.slow",
        weight=WORSE,
        means="A question to the database takes more than 20 ms there and back.",
        breaks="Every decision waits for it: offers and answers come late.",
        mend="Database and service in one region and zone.",
    ),
    Kind(
        code="database.sqlite",
        weight=NOTE,
        means="The database is a file of this machine.",
        breaks="One instance only; when the machine is lost, so is the database.",
        mend="PostgreSQL, as soon as one machine is not enough.",
    ),
    Kind(
        code="database.network_folder",
        weight=FAILS,
        means="The database's file lies on a network file system.",
        breaks="The service does not start: SQLite's locks do not hold there.",
        mend="A local disk, or PostgreSQL.",
    ),
    Kind(
        code="database.nobody_decides",
        weight=FAILS,
        means="No running instance decides for this tenant: the last lease ran out.",
        breaks="Calls are written down and not answered.",
        mend="Start the service; see why the last one stopped.",
    ),
    # --- clock
    Kind(
        code="clock.off",
        weight=WORSE,
        means="This machine's clock and Graph's differ by more than 10 s.",
        breaks="Histories and reports are off by that; presence looks older or newer than it is.",
        mend="Time synchronization (NTP, chrony) on this machine.",
    ),
    Kind(
        code="clock.far_off",
        weight=FAILS,
        means="This machine's clock and Graph's differ by more than four minutes.",
        breaks="Tokens are not valid yet or any more: notifications are refused, and so are we.",
        mend="Time synchronization (NTP, chrony) on this machine.",
    ),
    Kind(
        code="clock.database",
        weight=WORSE,
        means="The database's clock and this machine's differ by more than 5 s.",
        breaks="The service follows the database's: timers are right, times in records are off.",
        mend="Time synchronization on the database's machine.",
    ),
    # --- versions
    Kind(
        code="version.python",
        weight=NOTE,
        means="This is not Python 3.11, the version that is tested.",
        breaks="Nothing that is known.",
        mend="Python 3.11.",
    ),
    Kind(
        code="version.library",
        weight=WORSE,
        means="A library is missing, or of another version than Switchboard was made for.",
        breaks="Anything that uses it.",
        mend="Install from requirements.txt, or the wheel anew.",
    ),
    # --- the examination itself
    Kind(
        code="check.unfinished",
        weight=WORSE,
        means="An examination was not finished in time.",
        breaks="Nothing by itself; what it looks at is not known to be well.",
        mend="Look at what it looks at: something there hangs.",
    ),
    Kind(
        code="check.broken",
        weight=WORSE,
        means="An examination failed in a way that it should not.",
        breaks="Nothing by itself; what it looks at is not known to be well.",
        mend="Please report it with this line.",
    ),
    Kind(
        code="check.left_out",
        weight=UNSEEN,
        means="Something was not looked at, because what it needs is not well.",
        breaks="Nothing by itself.",
        mend="Mend the findings above and run the doctor again.",
    ),
)
