"""What every test needs and nothing else: hypothesis draws the same examples in every run."""

import os

from hypothesis import HealthCheck, settings

# Two cores shared with a database make any deadline a coin toss; a found example must come again.
settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# `HYPOTHESIS_PROFILE=search make test TESTS=tests/routing` looks for new examples.
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
