"""The hold music loops without a seam, sits below a voice, and never changes by itself."""

import numpy as np
import pytest
from kit.sounds import decoded, rms

from bot.prompts.music import hold_music
from bot.prompts.tones import TONES, tone
from bot.prompts.wav import duration_ms


@pytest.fixture(scope="module")
def music() -> bytes:
    return hold_music()


def test_it_lasts_a_minute_and_is_the_same_each_time(music: bytes) -> None:
    assert duration_ms(music) == 60_000
    assert hold_music() == music


def test_it_joins_its_own_end_without_a_jump(music: bytes) -> None:
    samples = decoded(music)
    twice = np.concatenate([samples, samples])
    steps = np.abs(np.diff(twice))
    seam = len(samples) - 1

    assert steps[seam] <= np.percentile(steps, 90)
    # The last notes are faint, so that a cut shows only beside what is just as faint.
    just_before = steps[seam - 400 : seam].max()
    assert steps[seam] <= 1.5 * just_before
    assert abs(twice[seam + 1] - 2 * twice[seam] + twice[seam - 1]) <= 2 * just_before


def test_a_caller_never_wonders_whether_the_line_is_dead(music: bytes) -> None:
    samples = decoded(music)
    around = np.concatenate([samples[-32_000:], samples])
    quarters = [rms(part) for part in np.array_split(around, len(around) // 4_000)]
    longest = run = 0
    for loud in quarters:
        run = run + 1 if loud < 0.002 else 0
        longest = max(longest, run)

    assert longest * 250 < 1_000


def test_it_is_quieter_than_a_prompt_and_made_for_a_telephone(music: bytes) -> None:
    samples = decoded(music)
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 16_000)

    assert 0.02 < rms(samples) < 0.07
    assert np.abs(samples).max() <= 0.26
    assert power[(hertz > 150) & (hertz < 3_400)].sum() > 0.97 * power.sum()


def test_it_has_phrases_and_rests(music: bytes) -> None:
    bars = [rms(part) for part in np.array_split(decoded(music), 20)]

    assert max(bars[:4]) > 1.3 * bars[4]
    assert bars[-1] < min(bars[:-1])


@pytest.mark.parametrize("name", TONES)
def test_a_tone_is_short_and_begins_and_ends_at_rest(name: str) -> None:
    samples = decoded(tone(name))

    assert 100 <= duration_ms(tone(name)) <= 2_000
    assert abs(samples[0]) < 0.01
    assert abs(samples[-1]) < 0.01
    assert np.abs(samples).max() <= 0.2
    assert (np.abs(samples).max() > 0.1) == (name != "pause")
