"""Whether there is a browser to try the page in: every run asks, so nothing heavy is imported."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEMANDED = "SWITCHBOARD_DEMAND_BROWSER"
LEFT_OUT = (
    "no Chromium here, so the page's tests were left out: `apt-get install chromium`, or name one "
    "with SWITCHBOARD_BROWSER"
)


def found_browser() -> str | None:
    """The program to drive, or None."""
    named = os.environ.get("SWITCHBOARD_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def left_out() -> bool:
    """Whether tests that need a browser are not run. In CI a missing one is a failure."""
    return found_browser() is None and os.environ.get(DEMANDED) != "1"
