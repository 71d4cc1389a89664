"""What can go wrong when something is written down, said in classes.

`Unavailable` passes by itself and may be tried again with the same batch; `Fenced` means that this
process decides nothing any more; `Unstorable` names the one item to take out; `Refused` means that
this database must not be used at all and stops the start.
"""

from __future__ import annotations


class StoreError(Exception):
    """Something could not be written down or read."""


class Unavailable(StoreError):
    """The database cannot be reached, written or read now.

    What was to be written may or may not have been: every write of this package can be repeated.
    """


class Fenced(StoreError):
    """Another owner has taken this tenant over; nothing of the batch was written."""

    def __init__(self, tenant: str, epoch: int) -> None:
        super().__init__(f"tenant {tenant}: epoch {epoch} has ended, another owner decides")
        self.tenant = tenant
        self.epoch = epoch


class Unstorable(StoreError):
    """One item can never be stored as it is; nothing was written.

    `position` is the item's place among those handed over, None when the database would not say.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        where = "" if position is None else f"item {position}: "
        super().__init__(f"{where}{reason}")
        self.reason = reason
        self.position = position


class Refused(StoreError):
    """This database must not be used; the message names the remedy."""


class InUse(Refused):
    """Another Switchboard runs on this database."""

    def __init__(self, path: str, pid: str) -> None:
        super().__init__(
            f"another Switchboard runs on this database: pid {pid} ({path}). "
            "Stop it, or set SWITCHBOARD_DATABASE_URL to another file."
        )
        self.pid = pid


class NetworkFolder(Refused):
    """The file lies on a network file system, where SQLite's locks do not hold."""

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(
            f"{path} lies on a network file system ({kind}), where SQLite may lose data. "
            "Use a local disk, or PostgreSQL (SWITCHBOARD_DATABASE_URL=postgresql://...)."
        )
        self.kind = kind


class OtherProgram(Refused):
    """The database belongs to another program."""

    def __init__(self, where: str, found: str) -> None:
        super().__init__(
            f"{where} belongs to another program ({found}). "
            "Give Switchboard a database of its own (SWITCHBOARD_DATABASE_URL)."
        )


class NewerSchema(Refused):
    """The database was written by a newer Switchboard."""

    def __init__(self, where: str, found: str, known: str) -> None:
        super().__init__(
            f"{where} was written by a newer Switchboard (schema {found}, this one knows {known}). "
            "Run the newer version, or restore a backup from before the update."
        )
