"""System prompts and number rules, a file per language. `language_for` finds the one for a tag."""

from bot.prompts.errors import UnknownLanguage
from bot.prompts.language import en, ko
from bot.prompts.language.rules import Language

LANGUAGES: dict[str, Language] = {
    language.code: language for language in (en.LANGUAGE, ko.LANGUAGE)
}


def language_for(tag: str) -> Language:
    """The language of a tag such as `en`, `en-US` or `ko_KR`. Raises UnknownLanguage."""
    family = tag.replace("_", "-").split("-", 1)[0].lower()
    try:
        return LANGUAGES[family]
    except KeyError:
        written = ", ".join(sorted(LANGUAGES))
        raise UnknownLanguage(repr(tag), f"has no system prompts; {written} have") from None
