"""The slow half of publishing: files and samples become WAVs. Runs in threads and imports numpy.

Apart from `publishing.py`, because a start that finds everything kept never imports this.
"""

from bot.prompts import audio, music, tones, wav

MUSIC_MS = 60_000  # 20 of these, one request, must last ten minutes
SPEECH_EDGE_MS = 60  # of quiet around a spoken clip: joined, the pause is that between words


class Renderer:
    """Every way to make a playable WAV."""

    def recording(self, content: bytes, name: str, *, repeated: bool) -> bytes:
        """The file's content, repeated to a minute if it is music. Raises AudioRefused."""
        made = audio.convert(content, name=name)
        return wav.repeat_to(made, MUSIC_MS) if repeated else made

    def speech(self, spoken: bytes, text: str) -> bytes:
        """What a voice rendered."""
        return audio.without_edges(audio.convert(spoken, name=repr(text)), keep_ms=SPEECH_EDGE_MS)

    def hold_music(self) -> bytes:
        """The project's own music."""
        return music.hold_music()

    def tone(self, name: str) -> bytes:
        """One of the project's own signals."""
        return tones.tone(name)
