"""Which of several simple rules stands in for a learner of lists."""

from __future__ import annotations

import numpy as np

from segue.models.lists.episodes import ENOUGH_ASKED, best_rule

PLAINEST = np.tile([0.0, 0.2], 50)
CERTAIN = PLAINEST + np.tile([0.04, 0.06], 50)
LUCKY = CERTAIN + np.tile([0.52, -0.5], 50)
"""Ahead of the one before it by 0.01, with a standard error of 0.05."""


def test_a_rule_that_leads_for_certain_takes_the_plainest_ones_place():
    assert best_rule([PLAINEST, CERTAIN]) == 1


def test_a_later_rule_has_to_lead_the_one_in_hand_for_certain_and_not_the_plainest_alone():
    lead = LUCKY - PLAINEST
    assert lead.mean() > lead.std() / np.sqrt(lead.size)
    assert best_rule([PLAINEST, CERTAIN, LUCKY]) == 1


def test_where_few_were_asked_the_plainest_stands():
    few = ENOUGH_ASKED - 1
    assert best_rule([PLAINEST[:few], CERTAIN[:few]]) == 0
    assert best_rule([np.zeros(0), np.zeros(0)]) == 0
