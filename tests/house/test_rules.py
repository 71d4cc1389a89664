"""House rules that no linter knows: where clocks, tasks, settings and one library may be named."""

import re
from collections.abc import Callable, Iterable

import pytest
from kit.source_tree import ROOMS, ROOT, Use, functions, imports, python_files, tracked_files, uses

PRODUCT = ("bot", "console", "graph", "store", "routing")

CLOCKS = re.compile(
    r"time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns)"
    r"|(datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today"
    r"|(.*[._])?(loop|get_running_loop\(\)|get_event_loop\(\))\.time"
)
MAY_READ_A_CLOCK = {
    "bot/clock.py": "the one clock",
    "store/clock.py": "the database's clock, which the one clock follows",
}
# A TaskGroup waits for its own, so its `create_task` is free to all.
TASKS = re.compile(
    r"asyncio\.(create_task|ensure_future|run_coroutine_threadsafe)"
    r"|(.*[._])?(loop|get_running_loop\(\)|get_event_loop\(\))\.create_task"
)
MAY_START_TASKS = {"bot/tasks.py": "TaskSet, which everybody else uses"}
ENVIRONMENT = re.compile(r"os\.(environ|getenv|environb|putenv)\b.*")
MAY_READ_THE_ENVIRONMENT = {"bot/settings.py": "the one Settings"}
BOTBUILDER = re.compile(r"(botbuilder|botframework)\b.*")
MAY_IMPORT_BOTBUILDER = {"bot/teams/botframework.py": "past end of support, kept in one module"}

RULES = {"clock": CLOCKS, "task": TASKS, "environment": ENVIRONMENT, "library": BOTBUILDER}

LONGEST_FILE = 400
LONGEST_TEST_FILE = 600  # a table of cases is long and yet read one line at a time
LONGEST_FUNCTION = 40
LONGER_FILES: dict[str, str] = {}
LONGER_FUNCTIONS: dict[str, str] = {}


def broken(
    look: Callable[[str], Iterable[Use]],
    pattern: re.Pattern[str],
    allowed: dict[str, str],
    rooms: tuple[str, ...] = PRODUCT,
) -> list[str]:
    files = [file for file in python_files(*rooms) if file not in allowed]
    return [str(use) for file in files for use in look(file) if pattern.fullmatch(use.name)]


def test_only_the_clock_reads_a_clock() -> None:
    assert broken(uses, CLOCKS, MAY_READ_A_CLOCK) == []


def test_only_the_task_set_starts_tasks() -> None:
    assert broken(uses, TASKS, MAY_START_TASKS) == []


def test_only_the_settings_read_the_environment() -> None:
    assert broken(uses, ENVIRONMENT, MAY_READ_THE_ENVIRONMENT) == []


def test_botbuilder_is_named_in_one_module() -> None:
    assert broken(imports, BOTBUILDER, MAY_IMPORT_BOTBUILDER, ROOMS) == []


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    long = {
        file: lines
        for file in python_files(*ROOMS, "scripts", "tests", "bench")
        if (lines := len((ROOT / file).read_text().splitlines()))
        > (LONGEST_TEST_FILE if file.startswith("tests/") else LONGEST_FILE)
    }
    assert {file: lines for file, lines in long.items() if file not in LONGER_FILES} == {}
    assert set(LONGER_FILES) <= set(long), "an exception is no longer needed"


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{file}:{name}": length
        for file in python_files(*ROOMS, "scripts")
        for name, _, length in functions(file)
        if length > LONGEST_FUNCTION
    }
    assert {f: length for f, length in long.items() if f not in LONGER_FUNCTIONS} == {}
    assert set(LONGER_FUNCTIONS) <= set(long), "an exception is no longer needed"


def page_files(*endings: str) -> list[str]:
    return [
        f for f in tracked_files() if f.startswith("emulator/page/web/") and f.endswith(endings)
    ]


def test_no_module_of_the_page_is_longer_than_a_reader_keeps_in_mind() -> None:
    lengths = {
        file: len((ROOT / file).read_text().splitlines()) for file in page_files(".js", ".css")
    }
    assert len(lengths) > 20
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE} == {}


# Whatever a caller is called must stay text, and the page's policy forbids code from strings.
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")


def test_the_page_makes_no_markup_and_no_code_of_text() -> None:
    assert [f for f in page_files(".js", ".html") if MARKUP.search((ROOT / f).read_text())] == []
    assert [
        f for f in page_files(".html") if re.search(r"\son\w+=|style=", (ROOT / f).read_text())
    ] == []


BLURRED = re.compile(
    r"(utils?|helpers?|common|misc|managers?|services?|handlers?|base|data|info)\.py"
)


def test_a_file_is_named_for_its_subject() -> None:
    blurred = [f for f in python_files(*ROOMS, "tests") if BLURRED.fullmatch(f.rsplit("/", 1)[-1])]
    assert blurred == []


# Spelled in pieces, so that this file does not find itself.
PLACES = {
    "a folder of somebody's machine": "|".join(
        [
            r"/" + r"root/",
            r"/" + r"work/",
            r"/home/" + r"(?!site|LogFiles|ASP)\w",
            r"/" + r"Users/\w",
            r"/" + r"tmp/venv",
        ]
    ),
    "a package registry or mirror": "|".join(
        [
            "pypi" + r"\.org",
            "pythonhosted" + r"\.org",
            "registry" + r"\.npmjs",
            r"find-links\s*=",
            "index-url" + r"\s*=",
        ]
    ),
    "a file address": "file:" + "///",
}
BINARY = (".png", ".wav", ".ico", ".zip", ".flac", ".ogg", ".mp3", ".woff2", ".gz")


@pytest.mark.parametrize("kind", PLACES)
def test_no_tracked_file_names(kind: str) -> None:
    pattern = re.compile(PLACES[kind])
    found = [
        f"{file}:{number} {line.strip()[:80]}"
        for file in tracked_files()
        if not file.endswith(BINARY)
        for number, line in enumerate((ROOT / file).read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("import time as t\nt.monotonic()", "clock"),
        ("from time import time_ns\ntime_ns()", "clock"),
        ("import asyncio\nasyncio.get_running_loop().time()", "clock"),
        ("import asyncio\nloop = asyncio.get_event_loop()\nread = loop.time", "clock"),
        ("from datetime import datetime\ndatetime.now(None)", "clock"),
        ("import datetime\ndatetime.datetime.utcnow()", "clock"),
        ("import asyncio\nasyncio.create_task(f())", "task"),
        ("from asyncio import create_task as go\ngo(f())", "task"),
        ("import asyncio\nasyncio.get_running_loop().create_task(f())", "task"),
        ("def f(loop):\n    loop.create_task(g())", "task"),
        ("import os\nos.environ['X']", "environment"),
        ("from os import environ as e\ne.get('X')", "environment"),
        ("import os\nos.getenv('X')", "environment"),
    ],
)
def test_the_rules_see_through_aliases(
    source: str, rule: str, planted: Callable[[str], str]
) -> None:
    assert [use for use in uses(planted(source)) if RULES[rule].fullmatch(use.name)]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("import datetime\ndatetime.datetime(2026, 1, 1)", "clock"),
        ("def f(event):\n    return event.time", "clock"),
        ("import os\nos.fspath('x')", "environment"),
        ("async def f(group):\n    group.create_task(g())", "task"),
    ],
)
def test_the_rules_leave_the_rest_alone(
    source: str, rule: str, planted: Callable[[str], str]
) -> None:
    assert not [use for use in uses(planted(source)) if RULES[rule].fullmatch(use.name)]
