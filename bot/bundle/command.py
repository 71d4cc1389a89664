"""`switchboard report CONTACT`: read beside the running service, masked, written as one file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from bot.bundle.contents import Leaks, bundle, read_story
from bot.query_commands import in_archive
from bot.settings import BadSettings, load_settings, secrets_of
from console.inquiry import Inquiry
from store.archive import Archive


async def write_report(contact: str, out: str, database: str | None, tenant: str | None) -> int:
    """Write the bundle; the exit code."""

    async def work(archive: Archive, chosen: str, console: Console) -> int:
        found = await Inquiry(past=archive, tenant=chosen).contact_id(contact)
        story = await read_story(archive, chosen, found)
        try:
            content = await asyncio.to_thread(bundle, story, _secrets())
        except Leaks as error:
            console.print(str(error), markup=False)
            return 1
        path = Path(out or f"switchboard-{found}.zip")
        try:
            await asyncio.to_thread(path.write_bytes, content)
        except OSError as error:
            console.print(f"{path} cannot be written: {error.strerror}", markup=False)
            return 1
        console.print(
            f"{path}: {len(content)} bytes, without names, numbers and words. Look into it before "
            "you send it.",
            markup=False,
        )
        return 0

    return await in_archive(work, database, tenant)


def _secrets() -> list[str]:
    try:
        return secrets_of(load_settings())
    except BadSettings:
        return []
