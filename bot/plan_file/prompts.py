"""The plan's prompts: what is said or played, in which languages, and who refers to them."""

from __future__ import annotations

from pathlib import Path

from bot.plan_file.document import Mapping, Node, Scalar
from bot.plan_file.lists import texts
from bot.plan_file.problems import Problems
from bot.plan_file.reading import PromptText
from bot.plan_file.section import Section
from bot.plan_file.vocabulary import LANGUAGES, PROMPT, SYSTEM_PROMPTS

AUDIO = (".wav", ".flac", ".ogg", ".mp3")
LARGEST_AUDIO = 20 * 1024 * 1024
PLAN, SYSTEM, MUSIC = "plan:", "system:", "music:"
DEFAULT = "default"
CUT = (
    "if these are words, a `,` before them has cut the text off: put the whole text in quotes, as "
    'in `{ko: "..."}`'
)


class Prompts:
    """The prompts by name, and the references to them."""

    def __init__(self, names: list[str], texts: list[PromptText], problems: Problems) -> None:
        self.names = names
        """All that the plan names, also those whose text is wrong."""
        self.texts = tuple(texts)
        self.used: set[str] = set()
        self._problems = problems

    def languages(self, name: str) -> set[str]:
        """The languages in which the prompt can be heard."""
        return {each.language for each in self.texts if each.name == name}

    def is_audio(self, name: str) -> bool:
        """Whether the prompt is a recording."""
        return any(each.audio for each in self.texts if each.name == name)

    def reference(self, section: Section, key: str) -> str:
        """The prompt that the key names as `plan:NAME` or `system:NAME`; empty: none."""
        node = section.node(key)
        if node is None:
            return ""
        if not isinstance(node, Scalar):
            section.error(key, "the name of a prompt is expected")
            return ""
        return self._named(section, key, node.text)

    def references(self, section: Section, key: str) -> tuple[str, ...]:
        """The prompts that the key names: one, or a list."""
        found = (self._named(section, key, text) for text in texts(section, key))
        return tuple(name for name in found if name)

    def _named(self, section: Section, key: str, text: str) -> str:
        if text.startswith(SYSTEM):
            return self._system(section, key, text)
        name = text.removeprefix(PLAN)
        if name in self.names:
            self.used.add(name)
            return PLAN + name
        if name in SYSTEM_PROMPTS:
            section.error(key, f"no prompt is called {name!r}; did you mean {SYSTEM}{name}?")
        elif self.names:
            remedy = self._problems.suggest(name, self.names)
            section.error(key, f"no prompt is called {name!r}; {remedy}")
        else:
            section.error(key, f"no prompt is called {name!r}: add it under `prompts:`")
        return ""

    def music(self, section: Section, key: str) -> str:
        """What waiting callers hear: `music:default`, or `music:NAME` of a prompt with `audio:`."""
        node = section.node(key)
        if node is None or (isinstance(node, Scalar) and node.text == DEFAULT):
            return MUSIC + DEFAULT
        name = node.text.removeprefix(PLAN) if isinstance(node, Scalar) else ""
        if name not in self.names:
            remedy = self._problems.suggest(name, [DEFAULT, *self.names])
            section.error(key, f"{name!r} is not known here; {remedy}")
            return MUSIC + DEFAULT
        self.used.add(name)
        if self.languages(name) and not self.is_audio(name):
            section.error(key, "music is a recording: give this prompt `audio:` instead of `say:`")
        return MUSIC + name

    def _system(self, section: Section, key: str, text: str) -> str:
        name = text.removeprefix(SYSTEM)
        if name in SYSTEM_PROMPTS:
            return text
        remedy = self._problems.suggest(name, SYSTEM_PROMPTS)
        section.error(key, f"the service has no words called {name!r}; {remedy}")
        return ""


def read_prompts(
    top: Section,
    language: str,
    folder: Path | None,
    problems: Problems,
    lines: dict[str, int],
) -> Prompts:
    """The section `prompts`. Audio files are looked for in `folder`, unless it is None.

    Each prompt's line is added to `lines`.
    """
    sections = top.sections("prompts")
    lines.update((f"prompts.{name}", line) for name, (_, line) in sections.items())
    texts: list[PromptText] = []
    for name, (node, line) in sections.items():
        node.line = line
        section = Section(node, PROMPT, f"prompts.{name}", problems)
        texts += _Prompt(name, section, language, folder, problems).read()
    return Prompts(top.names("prompts"), texts, problems)


class _Prompt:
    def __init__(
        self, name: str, section: Section, language: str, folder: Path | None, problems: Problems
    ) -> None:
        self._name = name
        self._section = section
        self._language = language
        self._folder = folder
        self._problems = problems

    def read(self) -> list[PromptText]:
        """One text or file per language. Languages beyond the first may mix words and files."""
        given = self._section.given()
        if not given:
            seen = self._section.keys_seen()
            if not any(self._problems.has(self._section.path(key)) for key in seen):
                self._problems.error(
                    self._section.line,
                    f"prompts.{self._name}",
                    "says nothing: add `say:` or `audio:`",
                )
            return []
        found: dict[str, PromptText] = {}
        for key in given:
            for language, (scalar, path) in self._by_language(key).items():
                if language in found:
                    other = "audio" if key == "say" else "say"
                    self._problems.error(
                        scalar.line, path, f"has `{other}:` for this language too: keep one"
                    )
                elif prompt := self._one(key, language, scalar, path):
                    found[language] = prompt
        return list(found.values())

    def _by_language(self, key: str) -> dict[str, tuple[Scalar, str]]:
        node, path = self._section.node(key), self._section.path(key)
        if isinstance(node, Scalar):
            languages = LANGUAGES if key == "audio" else (self._language,)
            return dict.fromkeys(languages, (node, path))
        if not isinstance(node, Mapping):
            self._section.error(key, "one value is expected, or one by language (`en:`, `ko:`)")
            return {}
        found: dict[str, tuple[Scalar, str]] = {}
        for language, inner in node.items.items():
            inner_path = f"{path}.{language}"
            if language not in LANGUAGES:
                cut = isinstance(inner, Scalar) and inner.empty
                remedy = CUT if cut else self._problems.suggest(language, LANGUAGES)
                self._problems.error(
                    node.lines[language], inner_path, f"not a language here; {remedy}"
                )
            elif scalar := self._filled(inner, inner_path, node.lines[language]):
                found[language] = (scalar, inner_path)
        return found

    def _filled(self, node: Node, path: str, line: int) -> Scalar | None:
        if isinstance(node, Scalar) and not node.empty and node.text.strip():
            return node
        self._problems.error(line, path, "has no words: write some, or remove the line")
        return None

    def _one(self, key: str, language: str, scalar: Scalar, path: str) -> PromptText | None:
        text = scalar.text.strip()
        limit = next(each.high for each in PROMPT if each.name == key)
        if len(text) > limit:
            self._problems.error(
                scalar.line, path, f"{len(text)} characters: write at most {limit}"
            )
            return None
        if key == "say":
            return PromptText(name=self._name, language=language, say=text, line=scalar.line)
        if problem := self._audio_problem(text):
            if not self._problems.has(path):
                self._problems.error(scalar.line, path, problem)
            return None
        return PromptText(name=self._name, language=language, audio=text, line=scalar.line)

    def _audio_problem(self, text: str) -> str:
        path = Path(text)
        if path.suffix.lower() not in AUDIO:
            return f"{text!r} is not a WAV, FLAC, OGG or MP3 file: convert it"
        if path.is_absolute() or ".." in path.parts:
            return f"{text!r} is not beside the plan: copy it into the plan's folder"
        if self._folder is None:
            return ""
        file = self._folder / path
        if not file.is_file():
            return f"there is no file {text!r} in the plan's folder: copy it there"
        if file.stat().st_size > LARGEST_AUDIO:
            return f"{text!r} is larger than 20 MiB: shorten it"
        return ""
