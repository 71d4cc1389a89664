"""How long each prompt plays.

The engine waits that long, and a little, before it takes the notification of its end for lost.
"""

from collections.abc import Iterable

from bot.prompts.catalog import Book, PromptCatalog
from bot.prompts.language.rules import MAX_CLIPS
from routing.commands import Say
from routing.events import CallerKind

HOUR_MS, MINUTE_MS, SECOND_MS = 3_600_000, 60_000, 1_000


def durations(book: Book) -> dict[str, int]:
    """Milliseconds by a `Say`'s prompt, the longest over all languages.

    A `music:` prompt counts as one request plays it. `whisper` is the longest there can be.
    """
    catalog = PromptCatalog(book)
    longest: dict[str, int] = {}
    for name, tag in book.clips:
        lasts = catalog.duration_ms(Say(prompt=name, language=tag))
        longest[name] = max(longest.get(name, 0), lasts)
    for tag in book.languages:
        lasts = max(catalog.duration_ms(say) for say in _worst_whispers(book, tag))
        longest["whisper"] = max(longest.get("whisper", 0), lasts)
    return longest


def _worst_whispers(book: Book, tag: str) -> Iterable[Say]:
    """Every longest part at once: queue, two units of time, and each way to name a caller."""

    def longest(prefix: str, names: Iterable[str]) -> str:
        def lasts(name: str) -> int:
            clip = book.find(prefix + name, tag)
            return 0 if clip is None else clip.duration_ms

        return max(names, key=lasts, default="")

    queues = {name.removeprefix("queue:") for name, _ in book.clips if name.startswith("queue:")}
    queue = longest("queue:", sorted(queues))
    hours = int(longest("system:hours.", [str(count) for count in range(1, 24)]))
    minutes = int(longest("system:minutes.", [str(count) for count in range(1, 60)]))
    seconds = int(longest("system:seconds.", [str(count) for count in range(1, 60)]))
    waits = (hours * HOUR_MS + minutes * MINUTE_MS, minutes * MINUTE_MS + seconds * SECOND_MS)
    digit = longest("system:digit.", "0123456789")
    callers = [(kind.value, "") for kind in CallerKind]
    callers += [(CallerKind.NUMBER.value, digit * count) for count in range(1, MAX_CLIPS)]
    for waited_ms in (*waits, 24 * HOUR_MS):
        for kind, caller in callers:
            for callback in (False, True):
                yield Say(
                    prompt="whisper",
                    language=tag,
                    queue=queue,
                    waited_ms=waited_ms,
                    caller_kind=kind,
                    caller=caller,
                    callback=callback,
                )
