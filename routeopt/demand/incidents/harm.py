"""Default weights of categories of incidents.

The idea is the Cambridge Crime Harm Index (Sherman, Neyroud and Neyroud 2016): severity in days that a first
offender would serve. The days here are rounded starting values for a planner to edit, not that index's table. A
weight is 1 + log10(days), so that one killing does not outweigh a year of everything else on the map.
"""

from __future__ import annotations

import math
import re

DAYS: tuple[tuple[str, float], ...] = (
    (r"fraud|scam|诈骗|cyber|网络|telephone|电信", 0.0),
    (r"homicide|murder|manslaughter|杀人|命案", 5475.0),
    (r"sex|rape|强奸|猥亵|性侵", 1825.0),
    (r"robbery|抢劫", 365.0),
    (r"weapon|\badw\b|aggravated|shooting|stabbing|重伤|持刀|枪", 365.0),
    (r"arson|放火|纵火", 33.0),
    (r"burglary|break.?in|入室|入户|撬", 20.0),
    (r"snatch|抢夺", 20.0),
    (r"assault|battery|fight|伤害|打架|斗殴|殴打|滋事", 10.0),
    (r"vehicle theft|auto theft|theft of vehicle|stolen (?:vehicle|auto|car)|盗窃.*车|车辆被盗", 7.0),
    (r"theft|larceny|stealing|shoplift|pickpocket|盗窃|扒窃|偷", 2.0),
    (r"drunk|disorder|noise|nuisance|醉|酗酒|噪|扰民|纠纷|dispute|quarrel", 1.0),
)
"""Pattern of a category's name, days; the first that fits counts. 0 days: no demand on any street."""


def default_weight(category: str) -> float | None:
    """Return the weight by the table of harm; None for a category that is not in it."""
    text = category.lower()
    for pattern, days in DAYS:
        if re.search(pattern, text):
            return 1.0 + math.log10(days) if days > 0 else 0.0
    return None
