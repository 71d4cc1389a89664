"""A world under a hand-turned clock and a bot's side of it: notifications in, requests out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.config import Config, default_config
from emulator.exchange import Leg
from emulator.log import Record
from emulator.media import PromptDuration
from emulator.notices import Delivery
from emulator.refusals import Reply
from emulator.scripts import Behaviour, CallerScript
from emulator.world import World, one_minute

START = 1_767_225_600_000
WEBHOOK = "https://bot.contoso.example/api/calls"
MEDIA = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
Json = dict[str, Any]


@dataclass
class EmulatedBot:
    """Drives the world and answers every notification with 202 at once."""

    switches: Mapping[str, str] = field(default_factory=dict)
    prompt_duration: PromptDuration = one_minute
    config: Config | None = None
    seed: int = 7
    answers: int = 202
    """what the webhook says"""

    def __post_init__(self) -> None:
        config = self.config or default_config(webhook=WEBHOOK)
        self.config = config
        self.app = config.applications[0]
        self.world = World(
            config, self.seed, switches=self.switches, prompt_duration=self.prompt_duration
        )
        self.now = START
        self.world.advance(self.now)
        self.heard: list[Json] = []
        """notifications, oldest first"""
        self.deliveries: list[Delivery] = []

    # --- time

    def run(self, ms: int) -> None:
        """Let `ms` pass, each event at its own instant."""
        end = self.now + ms
        self._deliver()
        while (due := self.world.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.world.advance(self.now)
            self._deliver()
        self.now = end
        self.world.advance(end)
        self._deliver()

    def _deliver(self) -> None:
        while batch := self.world.take_deliveries():
            for delivery in batch:
                self.deliveries.append(replace(delivery, headers=dict(delivery.headers)))
                values: Any = delivery.body["value"]
                if self.answers < 500:
                    self.heard.extend(values)
                self.world.delivered(delivery, self.answers, 1, self.now)

    # --- requests

    def send(self, method: str, path: str, body: object = None, **who: Any) -> Reply:
        given = {"app_id": self.app.id, "tenant_id": self.app.tenant_id, "roles": self.app.roles}
        given |= who
        return self.world.request(
            given["app_id"], given["tenant_id"], given["roles"], method, path, body, self.now
        )

    def act(self, call: str, action: str, body: object = None, **who: Any) -> Reply:
        return self.send("POST", f"/v1.0/communications/calls/{call}/{action}", body, **who)

    def answer(self, call: str, **more: Any) -> Reply:
        body = {"callbackUri": WEBHOOK, "acceptedModalities": ["audio"], "mediaConfig": MEDIA}
        return self.act(call, "answer", body | more)

    def play(self, call: str, *uris: str, context: str = "ctx") -> Reply:
        prompts = [
            {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": uri}}
            for uri in uris
        ]
        return self.act(call, "playPrompt", {"prompts": prompts, "clientContext": context})

    def transfer(self, call: str, target: Json, replaces: str | None = None) -> Reply:
        body: Json = {"identity": target}
        if replaces is not None:
            body["replacesCallId"] = replaces
        return self.act(call, "transfer", {"transferTarget": body})

    def invite(self, call: str, target: Json, **more: Any) -> Reply:
        body = {"participants": [{"identity": target} | more], "clientContext": "invited"}
        return self.act(call, "participants/invite", body)

    def create(self, *targets: Json, **more: Any) -> Reply:
        body = {
            "@odata.type": "#microsoft.graph.call",
            "callbackUri": WEBHOOK,
            "targets": [{"identity": target} for target in targets],
            "requestedModalities": ["audio"],
            "mediaConfig": MEDIA,
            "tenantId": self.app.tenant_id,
        }
        return self.send("POST", "/v1.0/communications/calls", body | more)

    def rung(self, *targets: Json, **more: Any) -> str:
        """The id of a call just created."""
        reply = self.create(*targets, **more)
        assert reply.status == 201, reply.body
        assert isinstance(reply.body, dict)
        return str(reply.body["id"])

    # --- people

    def caller(self, to: str = "support@contoso.example", **script: Any) -> Leg:
        return self.world.place_call(CallerScript(to=to, **script), self.now)

    def answered(self, **script: Any) -> Leg:
        """A caller whom the bot has answered, established."""
        leg = self.caller(**script)
        assert self.answer(leg.call).status == 202
        self.run(500)
        return leg

    def agent(self, upn: str, *behaviours: Behaviour) -> Json:
        """The agent follows the behaviours; returns its identity as a target."""
        self.world.script_agent(upn, behaviours)
        return self.user(upn)

    def user(self, upn: str) -> Json:
        person = self.world.directory.person(upn)
        assert person is not None
        return {"user": {"id": person.id}}

    # --- what came

    def of(self, call: str) -> list[Json]:
        """resourceData of this call's notifications, rosters left out."""
        found = []
        for item in self.heard:
            where = str(item.get("resourceUrl", item.get("resource"))).lower()
            if call.lower() in where and isinstance(item.get("resourceData"), dict):
                found.append(item["resourceData"])
        return found

    def states(self, call: str) -> list[str]:
        return [data["state"] for data in self.of(call) if "state" in data]

    def end_of(self, call: str) -> Json:
        """resourceData of the deletion."""
        for item in self.heard:
            where = str(item.get("resourceUrl", item.get("resource"))).lower()
            if item["changeType"] == "deleted" and where.endswith(call):
                data: Json = item["resourceData"]
                return data
        raise AssertionError(f"{call} has not ended: {self.states(call)}")

    def operations(self, call: str) -> list[Json]:
        return [data for data in self.of(call) if "Operation" in data["@odata.type"]]

    def rosters(self) -> list[list[Json]]:
        return [i["resourceData"] for i in self.heard if isinstance(i["resourceData"], list)]

    def records(self, kind: str) -> list[Record]:
        return [record for record in self.world.log if record.kind == kind]


def with_application(config: Config, **changes: Any) -> Config:
    first, *rest = config.applications
    return replace(config, applications=(replace(first, **changes), *rest))
