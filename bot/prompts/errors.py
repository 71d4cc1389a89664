"""What can go wrong with a prompt, in one sentence for whoever wrote the plan."""


class PromptError(Exception):
    """A prompt could not be made: `subject` and then why, without the full stop."""

    def __init__(self, subject: str, why: str) -> None:
        super().__init__(subject, why)
        self.subject = subject
        self.why = why

    def __str__(self) -> str:
        return f"{self.subject} {self.why}."


class AudioRefused(PromptError):
    """A recording is not one that can be played."""


class SpeechFailed(PromptError):
    """A voice exists but did not render this text."""


class NoVoice(PromptError):
    """No text at all can be spoken: no voice is set up, or it refuses us."""


class UnknownLanguage(PromptError):
    """The system prompts are not written in this language."""
