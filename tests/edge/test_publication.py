"""Publishing: a plan file becomes the plan in force, or changes nothing and says why."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kit.prompt_stores import MemoryPromptStore
from kit.sounds import encoded, sine
from kit.store import Ticks
from kit.voices import CountingVoice

from bot.plan_file import ReferenceKind
from bot.prompts.catalog import PromptCatalog
from bot.prompts.errors import NoVoice
from bot.prompts.publishing import Publisher
from bot.publication import PlanUnusable, Publication
from console.inquiry import PLAN_KIND, PLANS
from routing.commands import Say
from store.contract import Store
from store.database import open_store

TENANT = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
PLAN = """\
tenant: contoso.example
entry_points:
  support:
    account: support@contoso.example
    queue: support
    greeting: welcome
    fallback: {number: "+14255550199"}
queues:
  support:
    title: Customer care
    members: [ada.agent@contoso.example]
    music: tune
prompts:
  welcome: {say: {en: Welcome., ko: 환영합니다.}}
  tune: {audio: tune.wav}
"""


class Hands:
    """A clock turned by hand."""

    ms = 1_000

    def now(self) -> int:
        self.ms += 1
        return self.ms


@dataclass
class Press:
    """A publication with everything that it needs."""

    publication: Publication
    store: Store
    voice: CountingVoice
    catalog: PromptCatalog
    file: Path


@pytest.fixture
async def press(tmp_path: Path) -> AsyncIterator[Press]:
    store = await open_store("sqlite://", monotonic=Ticks())
    voice, catalog = CountingVoice(), PromptCatalog()
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    (tmp_path / "tune.wav").write_bytes(encoded(sine(hertz=440, ms=2_000), 16_000, "WAV"))
    publication = Publication(
        path=file,
        tenant=TENANT,
        legs={"app": 40},
        plans=store.plans,
        publisher=Publisher(store=MemoryPromptStore(), speech=voice),
        catalog=catalog,
        clock=Hands(),
    )
    yield Press(publication, store, voice, catalog, file)
    await store.close()


async def test_a_plan_comes_in_force_whole(press: Press) -> None:
    published = await press.publication.publish("test")
    plan = published.plan
    assert (plan.tenant, plan.legs, plan.version) == (TENANT, {"app": 40}, 1)
    assert plan.queues[0].music == "music:tune"
    assert plan.durations["plan:welcome"] > 0
    assert plan.durations["music:tune"] >= 60_000
    assert plan.durations["queue:support"] > 0
    assert {text for text, _, _ in press.voice.said} >= {"Welcome.", "환영합니다.", "Customer care"}
    for say in (Say(prompt="plan:welcome", language="ko"), Say(prompt="music:tune")):
        assert press.catalog.clips(say)
    assert [r.kind for r in published.reading.references if r.queue] == [ReferenceKind.MEMBER]
    stored = await press.store.plans.latest(TENANT)
    assert stored is not None
    assert stored.text == PLAN
    kept = PLANS.decode(PLAN_KIND, stored.compiled)
    assert (kept.queues, kept.durations) == (plan.queues, plan.durations)


async def test_the_same_file_is_the_same_version(press: Press) -> None:
    first = await press.publication.publish("start")
    again = await press.publication.publish("reload")
    assert again.plan == first.plan
    press.file.write_text(PLAN.replace("Customer care", "Support"))
    assert (await press.publication.publish("reload")).plan.version > first.plan.version


async def test_a_plan_with_an_error_changes_nothing(press: Press) -> None:
    await press.publication.publish("start")
    book = press.catalog.book
    press.file.write_text(PLAN.replace("queue: support", "queue: suport"))
    with pytest.raises(PlanUnusable, match=r"plan\.yaml:5: error: .*did you mean support\?"):
        await press.publication.publish("reload")
    assert press.catalog.book is book
    latest = await press.store.plans.latest(TENANT)
    assert latest is not None
    assert latest.text == PLAN
    (finding,) = press.publication.findings.all()
    assert (finding.line, finding.key) == (5, "entry_points.support.queue")
    press.file.write_text(PLAN)
    await press.publication.publish("reload")
    assert press.publication.findings.all() == []


@pytest.mark.parametrize("change", ["broken", "gone"])
async def test_a_start_with_a_bad_file_goes_on_with_the_last_version(
    press: Press, change: str
) -> None:
    before = await press.publication.start()
    if change == "gone":
        press.file.unlink()
    else:
        press.file.write_text("tenant: [")
    after = await press.publication.start()
    assert after.plan == before.plan
    assert [finding.severity for finding in press.publication.findings.all()] == ["error"]
    assert [r.ref for r in after.reading.references] == [r.ref for r in before.reading.references]


async def test_a_first_start_needs_a_plan(press: Press) -> None:
    press.file.unlink()
    with pytest.raises(
        PlanUnusable, match=r"plan\.yaml: error: No such file .* names the plan file"
    ):
        await press.publication.start()


async def test_a_plan_of_another_tenant_is_refused(press: Press) -> None:
    other = "99999999-1111-2222-3333-444444444444"
    press.file.write_text(PLAN.replace("contoso.example", other, 1))
    with pytest.raises(PlanUnusable, match=r"plan\.yaml:1: error: tenant: is for tenant 9999"):
        await press.publication.publish("start")
    press.file.write_text(PLAN.replace("contoso.example", TENANT.upper(), 1))
    assert (await press.publication.publish("start")).plan.tenant == TENANT


async def test_without_a_voice_the_plan_works_and_findings_name_the_lines(press: Press) -> None:
    press.voice.fails = NoVoice("A voice", "is missing")
    published = await press.publication.publish("start")
    assert published.plan.version == 1
    found = {(f.key, f.line, f.severity) for f in press.publication.findings.all()}
    assert ("prompts.welcome", 14, "error") in found
    assert ("queues.support", 9, "warning") in found
    assert press.catalog.clips(Say(prompt="plan:welcome", language="en"))


FLOWS = """\
tenant: contoso.example
entry_points:
  main:
    account: main@contoso.example
    flow: main
    fallback: {number: "+14255550199"}
flows:
  main:
    steps:
      language:
        menu: which
        keys: {1: {language: ko, queue: support}}
        otherwise: ask
      ask: {ask: crm, then: {queue: support}, otherwise: {queue: support}}
queues:
  support: {members: [ada.agent@contoso.example]}
webhooks:
  crm: {url: "https://crm.contoso.example", secret: crm}
prompts:
  which: {say: For Korean press 1.}
"""


async def test_a_plan_that_names_a_secret_which_nobody_has_is_refused(press: Press) -> None:
    press.file.write_text(FLOWS)
    with pytest.raises(PlanUnusable) as caught:
        await press.publication.publish("test")
    line = FLOWS.splitlines().index(next(x for x in FLOWS.splitlines() if "secret:" in x)) + 1
    [problem] = caught.value.problems
    assert (
        f":{line}: error: webhooks.crm.secret: unknown: SWITCHBOARD_SECRETS has no secret"
        in problem
    )
    press.publication.secrets = frozenset({"crm"})
    assert (await press.publication.publish("test")).plan.webhooks[0].secret == "crm"
    told = "subscribers:\n  bi: {url: 'https://bi.contoso.example', secret: bi}\n"
    press.file.write_text(FLOWS + told)
    with pytest.raises(PlanUnusable) as caught:
        await press.publication.publish("test")
    assert "subscribers.bi.secret: unknown: SWITCHBOARD_SECRETS has no" in caught.value.problems[0]


async def test_the_services_own_words_are_rendered_in_every_language_that_a_flow_offers(
    press: Press,
) -> None:
    press.file.write_text(FLOWS)
    press.publication.secrets = frozenset({"crm"})
    await press.publication.publish("test")
    [clip] = press.catalog.clips(Say(prompt="system:hold", language="ko"))
    [english] = press.catalog.clips(Say(prompt="system:hold", language="en"))
    assert clip != english


async def test_messages_that_the_settings_do_not_allow_are_a_finding(press: Press) -> None:
    promised = PLAN.replace(
        "    music: tune\n", "    music: tune\n    max_wait: 1m\n    on_max_wait: voicemail\n"
    )
    press.file.write_text(promised)
    published = await press.publication.publish("start")
    assert not published.plan.keeps_messages
    [finding] = [f for f in press.publication.findings.all() if f.problem == "voicemail"]
    assert (finding.severity, finding.key, finding.line) == ("error", "queues.support", 9)
    assert "SWITCHBOARD_KEEP_VOICEMAIL" in finding.sentence
    press.publication.keeps_messages = True
    published = await press.publication.publish("reload")
    assert published.plan.keeps_messages
    assert [f for f in press.publication.findings.all() if f.problem == "voicemail"] == []
