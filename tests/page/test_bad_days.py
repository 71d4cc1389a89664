"""Faults and switches of the page: one rule each, all pages agree, off is off."""

from kit.page_reader import Sections
from kit.page_stage import ADA, Stage

from emulator.faults import Fault


def value(sections: Sections, name: str, among: str = "faults") -> str:
    return str(next(row["value"] for row in sections[among] if row["name"] == name))


async def test_a_fault_is_one_rule_of_one_strength(stage: Stage) -> None:
    rules = stage.server.shell.world.faults.rules
    other = Fault(kind="slow", times=0, delay_ms=500)
    rules.append(other)  # somebody else's, and equal
    async with stage.page.open() as page:
        await stage.page.act("fault", name="slow", value="0.5 s")
        await page.until(lambda s: value(s, "slow") == "0.5 s")
        await stage.page.act("fault", name="slow", value="3 s")
        await page.until(lambda s: value(s, "slow") == "3 s")
        assert [rule.delay_ms for rule in rules] == [500, 3_000]
        await stage.page.act("fault", name="slow", value="off")
        await page.until(lambda s: value(s, "slow") == "off")
        assert [id(rule) for rule in rules] == [id(other)]


async def test_each_fault_has_its_way_with_graph(stage: Stage) -> None:
    async with stage.page.open() as page:
        await page.until(lambda s: "faults" in s)
        for row in page.sections["faults"]:
            for strength in row["values"]:
                await stage.page.act("fault", name=row["name"], value=strength)
                await page.until(lambda s, n=row["name"], v=strength: value(s, n) == v)
    kinds = {rule.kind for rule in stage.server.shell.world.faults.rules}
    assert {"slow", "429", "503", "reply_lost", "drop", "delay", "duplicate"} <= kinds


async def test_faults_that_others_clear_are_off_on_the_page(stage: Stage) -> None:
    async with stage.page.open() as page:
        await stage.page.act("fault", name="lost", value="1 in 3")
        await page.until(lambda s: value(s, "lost") == "1 in 3")
        stage.server.shell.world.faults.clear()
        await page.until(lambda s: value(s, "lost") == "off")


async def test_frozen_presence_shows_what_is_true_once_it_thaws(stage: Stage) -> None:
    shown = stage.server.shell.world.presences.shown
    await stage.page.act("fault", name="presence_frozen", value="frozen")
    await stage.page.act("presence", agent=ADA, presence="Away")
    assert shown(ADA) == ("Available", "Available")
    await stage.page.act("fault", name="presence_frozen", value="off")
    assert shown(ADA) == ("Away", "Away")


async def test_every_unproven_fact_is_on_the_page(stage: Stage) -> None:
    world = stage.server.shell.world
    async with stage.page.open() as page:
        rows = await page.until(lambda s: s.get("switches"))
        named = {row["name"] for row in rows} | {"presence_frozen"}
        assert named == set(world.switches.as_dict())
        await stage.page.act("switch", name="roster", value="silent")
        await page.until(lambda s: value(s, "roster", "switches") == "silent")
        assert world.switches["roster"] == "silent"
