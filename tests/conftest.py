"""What every test needs and nothing else: hypothesis draws the same examples in every run."""

import os
from pathlib import Path

import pytest
from _pytest.nodes import NodeId
from hypothesis import HealthCheck, settings
from kit.found_browser import LEFT_OUT, left_out

# Two cores shared with a database make any deadline a coin toss; a found example must come again.
settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# `HYPOTHESIS_PROFILE=search make test TESTS=tests/routing` looks for new examples.
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

PAGES = tuple(Path(__file__).parent / folder for folder in ("page", "console"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """One line for all the tests that nobody ran (their conftest.py leaves them out)."""
    asked = [
        (config.invocation_params.dir / each.partition("::")[0]).resolve() for each in config.args
    ]
    about_a_page = any(
        each in (page, *page.parents) or page in each.parents for each in asked for page in PAGES
    )
    if about_a_page and left_out():
        terminalreporter.write_line(LEFT_OUT)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of one `xdist_group` on one worker, so that a house is built once.

    xdist 3.8 marks them by the end of their ids, in a place where pytest 9.2 does not look any
    more. To be removed when xdist does.
    """
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        groups = [str(mark.args[0]) for mark in item.iter_markers("xdist_group")]
        if groups and not item.nodeid.endswith(f"@{groups[0]}"):
            item._id = NodeId.parse(f"{item.nodeid}@{groups[0]}")
