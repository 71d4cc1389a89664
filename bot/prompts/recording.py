"""Reads the file behind an `audio:` prompt, before anybody looks into it. Needs no numpy."""

from pathlib import Path

from bot.prompts.errors import AudioRefused

MAX_BYTES = 20 * 1024 * 1024
TOO_BIG = "is over 20 MB; give a shorter or a compressed recording"


def read_recording(path: Path) -> bytes:
    """The file's content. Raises AudioRefused for what is no file, too big, or not ours to read."""
    try:
        if not path.is_file():  # also keeps a pipe or a device from being read for ever
            raise AudioRefused(str(path), "is not a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise AudioRefused(str(path), f"cannot be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise AudioRefused(str(path), TOO_BIG)
    return content
