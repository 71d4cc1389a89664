"""The keys of named hours in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import Key, Keys, Kind

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GROUPS: dict[str, tuple[str, ...]] = {
    "every_day": DAYS,
    "weekdays": DAYS[:5],
    "weekend": DAYS[5:],
}
"""Several days by one word; what names fewer days goes before what names more."""
CLOSED = "closed"


def _day(name: str) -> Key:
    return Key(name=name, kind=Kind.SPANS, doc=f"{name.capitalize()}s, instead of the above.")


HOURS: Keys = (
    Key(
        name="zone",
        kind=Kind.ZONE,
        required=True,
        doc="The time zone whose clocks count, by its name in the IANA database, such as "
        "`Europe/Berlin`.",
    ),
    Key(
        name="every_day",
        kind=Kind.SPANS,
        doc="When it is open: `09:00-17:30`, several as `09:00-12:00, 13:00-17:30`, past midnight "
        "as `22:00-26:00`, or `closed`. A day that nothing names is closed.",
    ),
    Key(name="weekdays", kind=Kind.SPANS, doc="Monday to Friday, instead of `every_day`."),
    Key(name="weekend", kind=Kind.SPANS, doc="Saturday and Sunday, instead of `every_day`."),
    *(_day(name) for name in DAYS),
    Key(
        name="holidays",
        kind=Kind.HOLIDAYS,
        doc="Days with hours of their own: `2026-12-24: closed`, every year `12-25: closed`, half "
        "days `12-24: 09:00-12:00`, several days `2026-12-27 to 2026-12-31: closed`.",
    ),
)
