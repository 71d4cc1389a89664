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
HOUSES = "houses"


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
    """Keep the tests that need a house, a browser or a client on one worker, whatever their group:
    each house is built once, and never do two browsers compete with two services for two cores.

    xdist 3.8 marks groups by the end of a test's id, in a place where pytest 9.2 does not look any
    more. To be removed when xdist does; then one group has to be named everywhere.
    """
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") is not None:
            item._id = NodeId.parse(f"{item.nodeid}@{HOUSES}")
