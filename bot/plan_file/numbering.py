"""Countries' numbers, from the `phonenumbers` library into the plan.

The engine judges what a caller keys in by these patterns, without the library. Ordinary are fixed
lines, mobiles, numbers over the internet and of persons; premium, shared-cost and pager numbers,
voicemail access and company-wide ones are not, wherever they are.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from routing.numbering import Numbering

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

ORDINARY = ("fixed_line", "mobile", "voip", "personal_number", "toll_free")
COSTLY = ("premium_rate", "shared_cost", "pager", "uan", "voicemail")
NOTHING = "NA"
"""How the library writes that a country has no such numbers."""
CODE = re.compile(r"\+([1-9][0-9]{0,2})")


@cache
def numbering_of(country: str) -> Numbering:
    """The numbers of a country, by its two letters."""
    # Slow to import and only needed where a plan calls back.
    from phonenumbers import PhoneMetadata, phonenumberutil  # noqa: PLC0415

    found = PhoneMetadata.metadata_for_region(country, None)
    code = phonenumberutil.country_code_for_region(country)
    if found is None or not code:
        return Numbering(country=country, code=f"+{code}")
    return Numbering(
        country=country,
        code=f"+{code}",
        trunk=_trunk(found),
        abroad=found.international_prefix or "",
        ordinary=_ordinary(found),
    )


def _trunk(found: PhoneMetadata) -> str:
    """What stands before a national number; not where the number itself is changed with it."""
    parsed = found.national_prefix_for_parsing
    if parsed and not found.national_prefix_transform_rule:
        return parsed
    return re.escape(found.national_prefix or "")


def _ordinary(found: PhoneMetadata) -> str:
    """The numbers of the ordinary kinds, without those that are of a costly kind too."""
    wanted = _patterns(found, ORDINARY)
    costly = _patterns(found, COSTLY)
    none_of = f"(?!(?:{'|'.join(costly)})$)" if costly else ""
    return f"{none_of}(?:{'|'.join(wanted)})" if wanted else ""


def _patterns(found: PhoneMetadata, kinds: tuple[str, ...]) -> list[str]:
    told = (getattr(found, kind) for kind in kinds)
    patterns = (each.national_number_pattern for each in told if each is not None)
    return [re.sub(r"\s+", "", each) for each in patterns if each and each != NOTHING]


def countries_behind(prefix: str) -> tuple[str, ...]:
    """The countries whose numbers begin so; empty when no country's do."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415

    digits = prefix.removeprefix("+")
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or 0))
        if regions and len(digits) >= length:
            return tuple(region for region in regions if region.isalpha())
    return ()
