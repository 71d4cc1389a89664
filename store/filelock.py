"""Who may use a SQLite file: one process at a time, on a local disk.

The lock file beside the database is held for as long as the process lives, and the kernel drops it
whatever way the process ends. It also spares SQLite's own locks from network folders, where they
are not kept.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from store.errors import InUse, NetworkFolder, Unavailable

NETWORK_KINDS = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "beegfs",
        "ncpfs",
    )
)
LOCAL_FUSE = frozenset(("fuse.fuse-overlayfs", "fuse.ext4", "fuse.ntfs-3g", "fuse.lxcfs"))


class FileLock:
    """The lock beside one database file. Raises InUse, Unavailable."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            message = f"cannot write {path}: {error.strerror}"
            raise Unavailable(message) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise InUse(str(database), pid) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        # The file stays: removing it would let a third process lock a file without a name.
        os.close(self._file)


def refuse_network_folder(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Raise NetworkFolder if the folder is mounted from another machine.

    Where the kernel keeps no such list (macOS) nothing is refused.
    """
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return
    kind = _file_system(folder.resolve(), lines)
    if kind in NETWORK_KINDS or (kind.startswith("fuse.") and kind not in LOCAL_FUSE):
        raise NetworkFolder(str(folder.resolve()), kind)


def _file_system(folder: Path, lines: list[str]) -> str:
    # Fields: proc_pid_mountinfo(5). The mount point is the fifth; the type follows " - ". Of
    # several mounts on one point the last one counts.
    best, kind = "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:  # noqa: PLR2004 (the mount point is the fifth)
            continue
        point = fields[4].encode().decode("unicode_escape")
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind
