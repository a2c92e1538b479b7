"""Triggers that the parts of a campaign share."""

from typing import Final

import pgtrigger

from relief.lib.triggers import Guard

_OF_CAMPAIGN: Final = """
    IF (SELECT status FROM campaigns_campaign
        WHERE id = COALESCE(NEW.campaign_id, OLD.campaign_id)) IN ('archived', 'void')
    THEN
        RAISE EXCEPTION 'ended as it stands' USING ERRCODE = '23R10';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""
_OF_PACKAGE: Final = """
    IF (SELECT status FROM campaigns_campaign JOIN campaigns_goodspackage package
            ON package.campaign_id = campaigns_campaign.id
        WHERE package.id = COALESCE(NEW.package_id, OLD.package_id)) IN ('archived', 'void')
    THEN
        RAISE EXCEPTION 'ended as it stands' USING ERRCODE = '23R10';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""


def ended_as_it_stands(*, through_package: bool = False) -> Guard:
    """Refuses every change of a part of a campaign that was archived or given up."""
    return Guard(
        name="ended_as_it_stands",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=_OF_PACKAGE if through_package else _OF_CAMPAIGN,
    )
