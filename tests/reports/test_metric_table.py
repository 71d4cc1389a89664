"""The table of metrics: complete, each explained in both languages, as the docs and the tab say."""

from __future__ import annotations

import json
import re

import pytest
from kit.source_tree import ROOT

from console.reports.counting import OUTCOMES
from console.reports.metric_texts import TEXTS
from console.reports.metrics import METRICS, Of, Tally, Unit, figures

KEYS = [metric.key for metric in METRICS]
TEAMS = [
    "sl_met_handled",
    "sl_met_no_abandon",
    "sl_met_positive_abandon",
    "sl_met_negative_abandon",
]


def test_each_figure_has_one_row() -> None:
    assert len(KEYS) == len(set(KEYS))
    assert set(OUTCOMES) <= set(KEYS), "every way in which a visit ends"
    assert [key for key in KEYS if key.startswith("sl_")] == TEAMS


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_each_figure_is_named_and_explained(language: str) -> None:
    texts = TEXTS[language]
    assert list(texts) == [key for key in texts if key in KEYS]
    assert set(texts) == set(KEYS)
    for key, (name, meaning) in texts.items():
        assert name.strip(), key
        assert meaning.endswith("."), key
    names = [texts[m.key].name for m in METRICS if m.of is not Of.AGENTS]
    assert len(names) == len(set(names)), "two columns of one table are told apart"


def test_korean_is_korean() -> None:
    for key, (name, meaning) in TEXTS["ko"].items():
        assert re.search("[가-힣]", name), key
        assert meaning.endswith("니다."), key


def test_the_page_documents_every_figure_with_the_formula_that_runs() -> None:
    page = (ROOT / "docs" / "reports.md").read_text()
    for metric in METRICS:
        lines = [line for line in page.splitlines() if line.startswith(f"| `{metric.key}` |")]
        assert len(lines) == (2 if metric.of is Of.BOTH else 1), metric.key
        assert f"| {metric.formula()} |" in lines[0]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_the_tab_gets_every_figure(language: str) -> None:
    told = json.loads((ROOT / f"console/web/figures/{language}.json").read_text())
    assert list(told) == KEYS
    for metric in METRICS:
        assert told[metric.key]["name"] == TEXTS[language][metric.key].name
        assert told[metric.key]["unit"] == metric.unit.value


def test_the_tab_shows_every_figure_somewhere() -> None:
    source = (ROOT / "console" / "web" / "reports" / "tables.js").read_text()
    assert [key for key in KEYS if f'"{key}"' not in source] == []


@pytest.mark.parametrize("of", [Of.QUEUES, Of.AGENTS])
def test_of_nothing_there_is_no_average(of: Of) -> None:
    for key, value in figures(Tally(), of).items():
        metric = METRICS[KEYS.index(key)]
        counted = not metric.under and not metric.spread
        assert value == (0 if counted else None), key


def test_a_formula_names_only_what_is_counted() -> None:
    from store.tables import AGENT_COUNTS, QUEUE_COUNTS

    names = {*AGENT_COUNTS, *QUEUE_COUNTS}
    for metric in METRICS:
        if not metric.spread:
            assert set(re.findall(r"[a-z_]+", metric.formula())) <= names
    assert {metric.unit for metric in METRICS} == set(Unit)
